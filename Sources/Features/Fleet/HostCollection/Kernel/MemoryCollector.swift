import Collection
import SeriesBytes

/// Memory and swap: `/proc/meminfo`.
final class MemoryCollector: Collector {
  let name = "meminfo"
  private let file: HostFile
  private var families = NamedFamilies()

  init(_ roots: HostRoots, _ buffer: HostFileBuffer) { file = HostFile("\(roots.proc)/meminfo", buffer) }

  func collect(into collected: inout Collected) throws(CollectionProblem) {
    let text = try file.read()
    var scanner = TextScanner(text.span)
    var (isKnown, isWhole) = (false, true)
    while !scanner.isAtEnd {
      defer { scanner.nextLine() }
      guard let word = scanner.word() else { continue }
      guard scanner.bytes(word)[word.count - 1] == UInt8(ascii: ":"), let value = scanner.integer() else {
        isWhole = false
        continue
      }
      // All but counts of pages are in KiB.
      let isSize = scanner.word().map { scanner.isText($0, "kB") } ?? false
      let family = families.family(scanner.bytes(word.lowerBound..<word.upperBound - 1)) { name in
        Self.family(name, isSize: isSize)
      }
      guard let family else { continue }
      collected.append(family, isSize ? Double(value) * 1024 : Double(value))
      isKnown = true
    }
    guard isKnown else { throw file.malformed }
    if !isWhole { collected.note(file.malformed) }
  }

  private static func family(_ kernelName: String, isSize: Bool) -> CollectedFamily? {
    guard let name = MetricText.name(kernelName) else { return nil }
    return CollectedFamily(
      "node_memory_\(name)\(isSize ? "_bytes" : "")", .gauge, "\(name) of /proc/meminfo.", unit: isSize ? "bytes" : "")
  }
}
