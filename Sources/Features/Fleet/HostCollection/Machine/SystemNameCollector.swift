import Collection
import SeriesBytes
import System

/// What the machine and its kernel are called (uname(2)), by the files that say it.
final class SystemNameCollector: Collector {
  let name = "uname"
  private let files: [HostFile]

  private static let info = CollectedFamily(
    "node_uname_info", .gauge, "What the machine and its kernel are called.",
    labelNames: ["sysname", "nodename", "release", "version", "domainname", "machine"])

  init(_ roots: HostRoots, _ buffer: HostFileBuffer) {
    files = ["ostype", "hostname", "osrelease", "version", "domainname"].map {
      HostFile("\(roots.proc)/sys/kernel/\($0)", buffer)
    }
  }

  func collect(into collected: inout Collected) throws(CollectionProblem) {
    var names: [String] = []
    for file in files { names.append(try file.read().string) }
    collected.append(Self.info, labels: names + [machineArchitecture()], 1)
  }
}
