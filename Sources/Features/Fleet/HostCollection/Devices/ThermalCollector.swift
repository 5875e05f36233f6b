import Collection
import SeriesBytes

/// Temperatures of thermal zones, and what cools them: `/sys/class/thermal`.
final class ThermalCollector: Collector {
  let name = "thermal_zone"
  private let folder: String
  private let files: HostFiles

  private static let temperature = CollectedFamily(
    "node_thermal_zone_temp", .gauge, "Temperature of a zone in degrees Celsius.", labelNames: ["zone", "type"])
  private static let coolingState = CollectedFamily(
    "node_cooling_device_cur_state", .gauge, "How much a device cools.", labelNames: ["name", "type"])
  private static let coolingStateMax = CollectedFamily(
    "node_cooling_device_max_state", .gauge, "How much a device can cool.", labelNames: ["name", "type"])

  init(_ roots: HostRoots, _ buffer: HostFileBuffer) {
    folder = "\(roots.sys)/class/thermal"
    files = HostFiles(buffer)
  }

  func collect(into collected: inout Collected) throws(CollectionProblem) {
    defer { files.closeUnused() }
    for entry in try HostFolder.entries(folder) {
      let device = "\(folder)/\(entry)"
      if let number = HostFolder.number(entry, after: "thermal_zone") {
        // A zone whose sensor is off gives no temperature.
        guard let temperature = files.number("\(device)/temp"), let type = files.string("\(device)/type") else {
          continue
        }
        collected.append(Self.temperature, labels: [String(number), type], temperature / 1000)
      } else if let number = HostFolder.number(entry, after: "cooling_device") {
        guard let type = files.string("\(device)/type") else { continue }
        for (file, family) in [("cur_state", Self.coolingState), ("max_state", Self.coolingStateMax)] {
          guard let state = files.number("\(device)/\(file)") else { continue }
          collected.append(family, labels: [String(number), type], state)
        }
      }
    }
  }
}
