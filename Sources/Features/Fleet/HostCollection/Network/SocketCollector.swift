import Collection
import SeriesBytes
import System

/// Sockets by protocol: `/proc/net/sockstat` and `sockstat6`.
final class SocketCollector: Collector {
  let name = "sockstat"
  private let files: [HostFile]
  private let pageBytes = Double(pageByteCount())
  private var families = NamedFamilies()
  private var key: [UInt8] = []

  init(_ roots: HostRoots, _ buffer: HostFileBuffer) {
    files = ["sockstat", "sockstat6"].map { HostFile("\(roots.proc)/net/\($0)", buffer) }
  }

  func collect(into collected: inout Collected) throws(CollectionProblem) {
    for (number, file) in files.enumerated() {
      do throws(CollectionProblem) {
        let text = try file.read()
        if !collect(text.span, into: &collected) { collected.note(file.malformed) }
      } catch {
        // A kernel without IPv6 has no second file.
        if number == 0 || !error.isNoSuchFile { throw error }
      }
    }
  }

  /// False where a line is malformed.
  private func collect(_ text: Span<UInt8>, into collected: inout Collected) -> Bool {
    var scanner = TextScanner(text)
    var isWhole = true
    while !scanner.isAtEnd {
      defer { scanner.nextLine() }
      guard let protocolName = scanner.word() else { continue }
      while let name = scanner.word() {
        guard protocolName.count > 1, let value = scanner.integer() else {
          isWhole = false
          break
        }
        let prefix = protocolName.lowerBound..<protocolName.upperBound - 1
        append(scanner, prefix, name, "", Double(value), &collected)
        if scanner.isText(name, "mem") {
          append(scanner, prefix, name, "_bytes", Double(value) * pageBytes, &collected)
        }
      }
    }
    return isWhole
  }

  private func append(
    _ scanner: borrowing TextScanner, _ protocolName: Range<Int>, _ name: Range<Int>, _ suffix: StaticString,
    _ value: Double, _ collected: inout Collected
  ) {
    var key = self.key
    self.key = []
    key.removeAll(keepingCapacity: true)
    scanner.append(protocolName, to: &key)
    key.append(UInt8(ascii: "_"))
    scanner.append(name, to: &key)
    // SAFETY: the pointer is to the bytes of a constant.
    unsafe key.append(contentsOf: UnsafeBufferPointer(start: suffix.utf8Start, count: suffix.utf8CodeUnitCount))
    let family = families.family(key.span) { name in
      MetricText.name(name).map {
        CollectedFamily("node_sockstat_\($0)", .gauge, "\($0) of /proc/net/sockstat.")
      }
    }
    self.key = key
    if let family { collected.append(family, value) }
  }
}
