import Collection
import SeriesBytes

/// What network devices are, and whether they are up: `/sys/class/net`.
final class NetworkClassCollector: Collector {
  let name = "netclass"
  private let folder: String
  private let files: HostFiles

  private static func family(_ name: String, _ help: String, _ type: FamilyType = .gauge) -> CollectedFamily {
    CollectedFamily("node_network_\(name)", type, help, labelNames: ["device"])
  }

  private static let numbers = [
    ("addr_assign_type", family("address_assign_type", "How the device got its address.")),
    ("carrier", family("carrier", "Whether there is a carrier.")),
    ("carrier_changes", family("carrier_changes_total", "Changes of the carrier.", .counter)),
    ("carrier_up_count", family("carrier_up_changes_total", "Times that the carrier came.", .counter)),
    ("carrier_down_count", family("carrier_down_changes_total", "Times that the carrier went.", .counter)),
    ("dev_id", family("device_id", "Number of the device among those with its address.")),
    ("dormant", family("dormant", "Whether the device waits for something, such as a key.")),
    ("flags", family("flags", "The device's flags.")), ("ifindex", family("iface_id", "Number of the device.")),
    ("iflink", family("iface_link", "Number of the device below it.")),
    ("link_mode", family("iface_link_mode", "How the state of the link comes about.")),
    ("mtu", family("mtu_bytes", "Largest packet.")),
    ("name_assign_type", family("name_assign_type", "How the device got its name.")),
    ("netdev_group", family("net_dev_group", "Group of the device.")),
    ("tx_queue_len", family("transmit_queue_length", "Packets that may wait to be sent.")),
    ("type", family("protocol_type", "Kind of the device, by ARP's numbers.")),
  ]
  private static let speed = family("speed_bytes", "Speed of the link in bytes a second.")
  private static let up = family("up", "Whether the device works.")
  private static let info = CollectedFamily(
    "node_network_info", .gauge, "What is known of a device beside numbers.",
    labelNames: ["device", "address", "broadcast", "duplex", "operstate", "adminstate", "ifalias"])
  /// IFF_UP of the flags (netdevice(7)).
  private static let upFlag: UInt64 = 1

  init(_ roots: HostRoots, _ buffer: HostFileBuffer) {
    folder = "\(roots.sys)/class/net"
    files = HostFiles(buffer)
  }

  func collect(into collected: inout Collected) throws(CollectionProblem) {
    defer { files.closeUnused() }
    for device in try HostFolder.entries(folder) {
      let path = "\(folder)/\(device)"
      // A file such as bonding_masters is no device.
      guard let state = files.string("\(path)/operstate") else { continue }
      collected.append(Self.up, labels: [device], state == "up" ? 1 : 0)
      for (file, family) in Self.numbers {
        guard let value = number("\(path)/\(file)") else { continue }
        collected.append(family, labels: [device], value)
      }
      // In Mbit/s; -1 where it is not known.
      if let speed = number("\(path)/speed"), speed >= 0 {
        collected.append(Self.speed, labels: [device], speed * 1_000_000 / 8)
      }
      let flags = (try? files.read("\(path)/flags")).flatMap {
        KernelNumber.hexadecimal($0.span.extracting($0.trimmed))
      }
      let isUp = flags.map { $0 & Self.upFlag != 0 ? "up" : "down" } ?? "unknown"
      let texts = ["address", "broadcast", "duplex"].map { files.string("\(path)/\($0)") ?? "" }
      collected.append(
        Self.info, labels: [device] + texts + [state, isUp, files.string("\(path)/ifalias") ?? ""], 1)
    }
  }

  /// A number, decimal or hexadecimal; nil where there is none, as with the carrier of a device that is down.
  private func number(_ path: String) -> Double? {
    guard let text = try? files.read(path) else { return nil }
    return text.number ?? KernelNumber.hexadecimal(text.span.extracting(text.trimmed)).map { Double($0) }
  }
}
