import Configuration
import GPUCollection
import HostCollection
import Prices
import System
import WorkloadIdentity

/// The settings of the Fleet slice.
enum FleetSettings {
  static let isHostEnabled = Setting<Bool>(
    "fleet.host_enabled", expected: Parsers.boolForm, default: "true",
    meaning: "Whether the server collects the facts of its own machine.",
    notes:
      "As series of the tenant `default` with the names that node_exporter has for them; docs/fleet.md lists them.",
    parse: Parsers.bool)
  static let instance = Setting<String>(
    "fleet.instance", expected: "a name", default: "",
    meaning: "The label `instance` of the series of this machine.", notes: "Without it, the machine's host name.",
    parse: Parsers.optionalText)
  static let cpuInterval = interval(
    "cpu", "1s", "How often processors, load, pressure and memory are collected.")
  static let ioInterval = interval(
    "io", "5s", "How often disks, networks, sockets, open files and the container are collected.")
  static let usageInterval = interval(
    "usage", "30s", "How often file systems, processes, temperatures and what hardly changes are collected.")
  static let procRoot = root(
    "fleet.proc_root", "/proc", "Where the files of proc(5) are.",
    notes: "In a container that looks at its host, where the host's `/proc` is mounted.")
  static let sysRoot = root("fleet.sys_root", "/sys", "Where the files of sysfs(5) are.")
  static let root = root(
    "fleet.root", "/", "Where the machine's own files are.",
    notes: "File systems are asked below it, and series have their paths without it.")

  static let gpuMode = Setting<GPUMode>(
    "fleet.gpu_enabled", expected: "auto, true or false", default: "auto",
    meaning: "Whether the GPUs of this machine are read; `auto` where it has some.",
    notes:
      "`true` looks for them again and again, and `/readyz` says why there are none; docs/gpus.md lists the series.",
    parse: { GPUMode(rawValue: $0) })
  static let nvmlLibrary = Setting<String>(
    "fleet.nvml_library", expected: "a file, or a name that the loader looks for",
    default: NVIDIABackend.libraryPathDefault, meaning: "The management library of NVIDIA's driver.",
    notes: "Where another one is given, it is asked whatever devices the machine has.",
    parse: { $0.isEmpty ? nil : $0 })
  static let gpuInterval = interval(
    "gpu", "1s", "How often utilisation, memory, temperature, power and clocks of GPUs are read.",
    notes: "At least 200ms: their sensors have a new value once a second or so, and reading slows the work on the GPU.",
    min: .milliseconds(200))
  static let burstsOnEvents = Setting<Bool>(
    "fleet.burst_on_events", expected: Parsers.boolForm, default: "true",
    meaning: "Whether GPUs are read ten times a second for 30 s when one has a fault or is slowed down by heat.",
    notes:
      "The seconds after a fault are those that people look at, and at most half of `fleet.burst_hourly_max` is used so; "
      + "docs/gpus.md lists the events.", parse: Parsers.bool)
  static let burstHourlyMax = Setting<Duration>(
    "fleet.burst_hourly_max", expected: Parsers.durationForm, default: "10m",
    meaning:
      "How long in an hour the GPUs of a machine are read ten times a second, on demand and around events together.",
    notes: "`0s` for never. Reading so often costs the work on a GPU some percent of its speed.",
    parse: Parsers.duration(.zero...(.seconds(3600))))
  static let hasDCGMNames = Setting<Bool>(
    "fleet.dcgm_names", expected: Parsers.boolForm, default: "true",
    meaning: "Whether series of GPUs have the names of NVIDIA's DCGM exporter too.",
    notes: "For dashboards and alerts that were made for it; a quarter more series.", parse: Parsers.bool)
  static let hostNameLabel = Setting<HostNameLabel>(
    "fleet.hostname_label", expected: "none, Hostname or hostname", default: "none",
    meaning: "The label for the machine of series with the names of DCGM's exporter.",
    notes: "It was `Hostname` until May 2026 and is `hostname` since. All series have `instance`.",
    parse: { HostNameLabel(rawValue: $0) })

  static let energyDelay = Setting<Duration>(
    "fleet.energy_delay", expected: Parsers.durationForm, default: "90s",
    meaning: "How long after the end of a minute it is computed what spans did to GPUs in it.",
    notes:
      "Spans and samples should have come by then. The minute is computed again after 5, 20 and 60 minutes, for those that "
      + "came later; docs/energy.md says more.", parse: Parsers.duration(.seconds(1)...(.seconds(3600))))

  static let hasDCGMWorkloads = Setting<Bool>(
    "fleet.dcgm_workloads", expected: Parsers.boolForm, default: "false",
    meaning: "Whether series with the names of DCGM's exporter have the labels of pods and jobs.",
    notes:
      "`namespace`, `pod`, `container` and `hpc_job`, as its exporter has them, of a GPU that one container or job uses. "
      + "Each pod and job then begins new series; `axonize_gpu_workload_info` says the same without that.",
    parse: Parsers.bool)
  static let kubeletSocket = Setting<String>(
    "fleet.kubelet_socket", expected: "a file", default: KubeletWatch.pathDefault,
    meaning: "The socket on which the kubelet says which pods hold which GPUs.",
    notes: "It is used where it is there, on machines with GPUs; docs/kubernetes.md says how to mount it.",
    parse: { $0.hasPrefix("/") && $0.utf8.count < 108 ? $0 : nil })
  static let labels = Setting<[String: String]>(
    "fleet.labels", expected: "labels such as rack=r12,zone=a", default: "",
    meaning: "Labels of the series of this machine, and of its entry in the list of nodes.",
    notes: "At most 16. `job` and `instance` are not among them.", parse: parseLabels)

  private static func parseLabels(_ text: String) -> [String: String]? {
    var labels: [String: String] = [:]
    for part in text.split(separator: ",") {
      guard let (name, value) = AgentOptions.label(String(part)), labels.count < labelCountMax else { return nil }
      labels[name] = value
    }
    return labels
  }

  /// Each is in every series of the machine.
  private static let labelCountMax = 16

  static let eventsRetention = Setting<Duration>(
    "fleet.events_retention", expected: Parsers.durationForm, default: "90d",
    meaning: "How long events of machines and GPUs are kept.",
    notes: "Faults, lost GPUs, machines that fall silent and come back: some hundred bytes each.",
    parse: Parsers.duration(.seconds(86_400)...(.seconds(100 * 365 * 86_400))))

  /// What the machine is called in its series.
  ///
  /// - Parameter other: its name where none is set and it is not the host name.
  static func instanceName(_ configuration: Configuration, else other: String? = nil) -> String {
    let name = configuration[instance]
    return name.isEmpty ? other ?? SocketAddress.hostName ?? "localhost" : name
  }

  private static func interval(
    _ name: String, _ defaultText: String, _ meaning: String,
    notes: String = "At least 100ms; the kernel's own counters hardly move in less.", min: Duration = .milliseconds(100)
  ) -> Setting<Duration> {
    Setting<Duration>(
      "fleet.\(name)_interval", expected: Parsers.durationForm, default: defaultText, meaning: meaning,
      notes: notes, parse: Parsers.duration(min...(.seconds(3600))))
  }

  private static func root(_ key: String, _ path: String, _ meaning: String, notes: String = "") -> Setting<String> {
    Setting<String>(
      key, expected: "a folder", default: path, meaning: meaning, notes: notes,
      parse: { $0.hasPrefix("/") ? $0 : nil })
  }

  static let group = SettingGroup(
    "fleet", title: "Fleet",
    [
      isHostEnabled.declaration, instance.declaration, cpuInterval.declaration, ioInterval.declaration,
      usageInterval.declaration, procRoot.declaration, sysRoot.declaration, root.declaration, gpuMode.declaration,
      nvmlLibrary.declaration, gpuInterval.declaration, burstsOnEvents.declaration,
      burstHourlyMax.declaration, hasDCGMNames.declaration, hostNameLabel.declaration,
      hasDCGMWorkloads.declaration, kubeletSocket.declaration, labels.declaration, energyDelay.declaration,
      eventsRetention.declaration,
    ], sections: [PriceSection.section])
}

/// How series with DCGM's names spell the label of the machine.
enum HostNameLabel: String, Sendable {
  case none
  case upperCase = "Hostname"
  case lowerCase = "hostname"

  func label(_ name: String) -> DCGMHostLabel {
    switch self {
    case .none: .none
    case .upperCase: .upperCase(name)
    case .lowerCase: .lowerCase(name)
    }
  }
}

extension HostRoots {
  init(_ configuration: Configuration) {
    self.init(
      proc: configuration[FleetSettings.procRoot], sys: configuration[FleetSettings.sysRoot],
      root: configuration[FleetSettings.root])
  }
}

extension HostCollectors.Intervals {
  init(_ configuration: Configuration) {
    self.init(
      cpu: configuration[FleetSettings.cpuInterval], io: configuration[FleetSettings.ioInterval],
      usage: configuration[FleetSettings.usageInterval])
  }
}
