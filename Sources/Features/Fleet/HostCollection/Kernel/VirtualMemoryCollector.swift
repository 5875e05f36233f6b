import Collection
import SeriesBytes

/// Paging, page faults and processes that were killed for memory: some of `/proc/vmstat`.
final class VirtualMemoryCollector: Collector {
  let name = "vmstat"
  private let file: HostFile
  private var families = NamedFamilies()

  init(_ roots: HostRoots, _ buffer: HostFileBuffer) { file = HostFile("\(roots.proc)/vmstat", buffer) }

  func collect(into collected: inout Collected) throws(CollectionProblem) {
    let text = try file.read()
    var scanner = TextScanner(text.span)
    var (isKnown, isWhole) = (false, true)
    while !scanner.isAtEnd {
      defer { scanner.nextLine() }
      guard let word = scanner.word() else { continue }
      guard let value = scanner.integer() else {
        isWhole = false
        continue
      }
      isKnown = true
      guard Self.isCollected(scanner, word) else { continue }
      let family = families.family(scanner.bytes(word)) { name in
        MetricText.name(name).map { CollectedFamily("node_vmstat_\($0)", .unknown, "\($0) of /proc/vmstat.") }
      }
      if let family { collected.append(family, Double(value)) }
    }
    guard isKnown else { throw file.malformed }
    if !isWhole { collected.note(file.malformed) }
  }

  /// What node_exporter takes by default: `^(oom_kill|pgpg|pswp|pg.*fault).*`.
  private static func isCollected(_ scanner: borrowing TextScanner, _ word: Range<Int>) -> Bool {
    if scanner.hasPrefix(word, "oom_kill") || scanner.hasPrefix(word, "pgpg") || scanner.hasPrefix(word, "pswp") {
      return true
    }
    guard scanner.hasPrefix(word, "pg") else { return false }
    for begin in word.dropFirst(2) where scanner.hasPrefix(begin..<word.upperBound, "fault") { return true }
    return false
  }
}
