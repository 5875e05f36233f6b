import Collection
import SeriesBytes

/// Load averages: `/proc/loadavg`.
final class LoadCollector: Collector {
  let name = "loadavg"
  private let file: HostFile

  private static let families = ["1", "5", "15"].map { minutes in
    CollectedFamily(
      "node_load\(minutes)", .gauge, "Threads that run, could run or wait for a disk, averaged over \(minutes) min.")
  }

  init(_ roots: HostRoots, _ buffer: HostFileBuffer) { file = HostFile("\(roots.proc)/loadavg", buffer) }

  func collect(into collected: inout Collected) throws(CollectionProblem) {
    let text = try file.read()
    var scanner = TextScanner(text.span)
    for family in Self.families {
      guard let word = scanner.word(), let value = KernelNumber.number(scanner.bytes(word)) else {
        throw file.malformed
      }
      collected.append(family, value)
    }
  }
}
