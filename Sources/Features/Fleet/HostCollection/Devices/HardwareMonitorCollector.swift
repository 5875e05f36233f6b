import Collection
import SeriesBytes
import System

/// Temperatures and fans of chips: `/sys/class/hwmon`.
final class HardwareMonitorCollector: Collector {
  let name = "hwmon"
  private let folder: String
  private let files: HostFiles

  /// A file of a sensor, and the unit that it counts in.
  private struct Kind: Sendable {
    let sensor: String
    let file: String
    let family: CollectedFamily
    let unit: Double

    init(_ sensor: String, _ file: String, _ name: String, unit: Double, _ help: String) {
      self.sensor = sensor
      self.file = file
      family = CollectedFamily("node_hwmon_\(name)", .gauge, help, labelNames: ["chip", "sensor"])
      self.unit = unit
    }
  }

  private static let kinds = [
    Kind("temp", "input", "temp_celsius", unit: 0.001, "Temperature of a sensor."),
    Kind("temp", "max", "temp_max_celsius", unit: 0.001, "Temperature above which a sensor is too warm."),
    Kind("temp", "crit", "temp_crit_celsius", unit: 0.001, "Temperature that is critical for a sensor."),
    Kind("temp", "crit_alarm", "temp_crit_alarm_celsius", unit: 0.001, "Whether the temperature was critical."),
    Kind("fan", "input", "fan_rpm", unit: 1, "Speed of a fan in revolutions a minute."),
    Kind("fan", "min", "fan_min_rpm", unit: 1, "Slowest speed of a fan."),
    Kind("fan", "max", "fan_max_rpm", unit: 1, "Fastest speed of a fan."),
  ]
  private static let chipNames = CollectedFamily(
    "node_hwmon_chip_names", .gauge, "What a chip is called.", labelNames: ["chip", "chip_name"])
  private static let labels = CollectedFamily(
    "node_hwmon_sensor_label", .gauge, "What a sensor is called.", labelNames: ["chip", "sensor", "label"])

  init(_ roots: HostRoots, _ buffer: HostFileBuffer) {
    folder = "\(roots.sys)/class/hwmon"
    files = HostFiles(buffer)
  }

  func collect(into collected: inout Collected) throws(CollectionProblem) {
    defer { files.closeUnused() }
    let chips = try HostFolder.entries(folder)
    let names = chips.map { deviceName(of: $0) }
    for (chip, device) in zip(chips, names) {
      let ownName = files.string("\(folder)/\(chip)/name").map(MetricText.deviceName) ?? ""
      var name = device ?? (ownName.isEmpty ? chip : ownName)
      // Chips of one device are told apart by their own names.
      if device != nil, !ownName.isEmpty, names.count(where: { $0 == device }) > 1 { name += "_\(ownName)" }
      collect(chip, as: name, ownName, into: &collected)
    }
  }

  /// A name that stays when modules are loaded in another order: the device's and its bus'; nil without a device.
  private func deviceName(of chip: String) -> String? {
    let link = "\(folder)/\(chip)/device"
    guard File.exists(link) else { return nil }
    let parts = File.absolutePath(link).split(separator: "/").suffix(2).map { MetricText.deviceName(String($0)) }
    let name = parts.filter { !$0.isEmpty }.joined(separator: "_")
    return name.isEmpty ? nil : name
  }

  private func collect(_ chip: String, as name: String, _ ownName: String, into collected: inout Collected) {
    // The sensors of old drivers are the device's.
    var isKnown = false
    var paths: [(folder: String, file: String)] = []
    for folder in ["\(self.folder)/\(chip)", "\(self.folder)/\(chip)/device"] {
      do throws(CollectionProblem) {
        paths += try HostFolder.entries(folder).map { (folder, $0) }
      } catch {
        if !error.isNoSuchFile { collected.note(error) }
      }
    }
    for (folder, file) in paths {
      guard let (sensor, property) = Self.parts(file) else { continue }
      isKnown = true
      if property == "label" {
        if let label = files.string("\(folder)/\(file)") {
          collected.append(Self.labels, labels: [name, sensor, label], 1)
        }
        continue
      }
      for kind in Self.kinds where property == kind.file && HostFolder.number(sensor, after: kind.sensor) != nil {
        guard let value = files.number("\(folder)/\(file)") else { continue }
        collected.append(kind.family, labels: [name, sensor], value * kind.unit)
      }
    }
    if isKnown, !ownName.isEmpty { collected.append(Self.chipNames, labels: [name, ownName], 1) }
  }

  /// Kinds of sensors that chips have (Documentation/hwmon/sysfs-interface.rst of Linux).
  private static let sensorKinds = [
    "in", "cpu", "fan", "pwm", "temp", "curr", "power", "energy", "humidity", "intrusion", "freq",
  ]

  /// `temp1_input` as `temp1` and `input`; nil for what is no sensor's.
  private static func parts(_ file: String) -> (sensor: String, property: String)? {
    guard let separator = file.firstIndex(of: "_"),
      sensorKinds.contains(where: { HostFolder.number(String(file[..<separator]), after: $0) != nil })
    else { return nil }
    return (String(file[..<separator]), String(file[file.index(after: separator)...]))
  }
}
