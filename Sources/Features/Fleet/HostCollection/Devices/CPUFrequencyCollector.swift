import Collection
import SeriesBytes

/// Clock rates of processors: `/sys/devices/system/cpu/cpu*/cpufreq`.
final class CPUFrequencyCollector: Collector {
  let name = "cpufreq"
  private let folder: String
  private let files: HostFiles

  private static let families = [
    ("scaling_cur_freq", "node_cpu_scaling_frequency_hertz", "Clock rate that a processor has."),
    ("scaling_min_freq", "node_cpu_scaling_frequency_min_hertz", "Lowest clock rate that it may have."),
    ("scaling_max_freq", "node_cpu_scaling_frequency_max_hertz", "Highest clock rate that it may have."),
  ].map { file, name, help in
    (file: file, family: CollectedFamily(name, .gauge, help, unit: "hertz", labelNames: ["cpu"]))
  }

  init(_ roots: HostRoots, _ buffer: HostFileBuffer) {
    folder = "\(roots.sys)/devices/system/cpu"
    files = HostFiles(buffer)
  }

  func collect(into collected: inout Collected) throws(CollectionProblem) {
    defer { files.closeUnused() }
    for entry in try HostFolder.entries(folder) {
      guard let number = HostFolder.number(entry, after: "cpu") else { continue }
      for (file, family) in Self.families {
        // In kHz; virtual machines have none.
        guard let rate = files.number("\(folder)/\(entry)/cpufreq/\(file)") else { break }
        collected.append(family, labels: [String(number)], rate * 1000)
      }
    }
  }
}
