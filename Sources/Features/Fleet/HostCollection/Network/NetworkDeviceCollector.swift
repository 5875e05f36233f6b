import Collection
import SeriesBytes

/// What network devices receive and send: `/proc/net/dev`.
final class NetworkDeviceCollector: Collector {
  let name = "netdev"
  private let file: HostFile

  private static func families(_ direction: String, _ columns: [(String, String)]) -> [CollectedFamily] {
    columns.map { name, help in
      CollectedFamily("node_network_\(direction)_\(name)_total", .counter, help, labelNames: ["device"])
    }
  }

  /// In the order of the file.
  private static let columns =
    families(
      "receive",
      [
        ("bytes", "Bytes that were received."), ("packets", "Packets that were received."),
        ("errs", "Packets that were received with errors."), ("drop", "Received packets that were dropped."),
        ("fifo", "Overflows of the receiver's buffer."), ("frame", "Packets that were received with wrong frames."),
        ("compressed", "Compressed packets that were received."),
        ("multicast", "Multicast packets that were received."),
      ])
    + families(
      "transmit",
      [
        ("bytes", "Bytes that were sent."), ("packets", "Packets that were sent."),
        ("errs", "Packets that could not be sent."), ("drop", "Packets that were dropped instead of being sent."),
        ("fifo", "Overflows of the sender's buffer."), ("colls", "Collisions."),
        ("carrier", "Losses of the carrier."), ("compressed", "Compressed packets that were sent."),
      ])

  init(_ roots: HostRoots, _ buffer: HostFileBuffer) { file = HostFile("\(roots.proc)/net/dev", buffer) }

  func collect(into collected: inout Collected) throws(CollectionProblem) {
    let text = try file.read()
    let bytes = text.span
    var begin = 0
    var isWhole = true
    while begin < bytes.count {
      var end = begin
      while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
      if !Self.collectLine(bytes.extracting(begin..<end), into: &collected) { isWhole = false }
      begin = end + 1
    }
    if !isWhole { collected.note(file.malformed) }
  }

  /// Takes a line; the two that begin the file have a `|` and are skipped.
  ///
  /// False where it is malformed.
  private static func collectLine(_ line: Span<UInt8>, into collected: inout Collected) -> Bool {
    // Names may have colons, as those of aliases have; values never do.
    guard let colon = line.indices.last(where: { line[$0] == UInt8(ascii: ":") }) else {
      return line.isEmpty || line.indices.contains { line[$0] == UInt8(ascii: "|") }
    }
    var name = 0
    while name < colon, line[name] == UInt8(ascii: " ") { name += 1 }
    guard name < colon else { return false }
    var scanner = TextScanner(line.extracting(colon + 1..<line.count))
    for family in columns {
      guard let value = scanner.integer() else { return false }
      collected.append(family, line.extracting(name..<colon), Double(value))
    }
    return true
  }
}
