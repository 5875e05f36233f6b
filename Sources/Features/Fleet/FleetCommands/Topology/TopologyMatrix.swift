import Commands
import JSON

/// The GPUs of a machine and what lies between each two.
struct TopologyMatrix {
  private struct GPU {
    let id: String
    let index: Int64
    let place: String
    let model: String
    let numaNode: Int64?
    /// How many NVLinks are up, of how many; nil where that is not known.
    let links: (up: Int, all: Int, areToSwitches: Bool)?
  }

  private struct Pair: Hashable {
    let first: String
    let second: String
  }

  let node: String
  private let gpus: [GPU]
  private let names: [Pair: String]

  /// - Parameter json: a machine of `GET /topology`.
  init(_ json: JSONValue) {
    node = json["node"]?.string ?? ""
    let gpus = (json["gpus"]?.array ?? []).map { gpu in
      let links = gpu["nvlinks"]?.array.map { links in
        (
          up: links.count { $0["active"]?.bool == true }, all: links.count,
          areToSwitches: links.allSatisfy { $0["active"]?.bool == false || $0["remote"]?.string == "switch" }
        )
      }
      return GPU(
        id: gpu["id"]?.string ?? "", index: gpu["index"]?.int ?? 0, place: gpu["pci_bus_id"]?.string ?? "-",
        model: gpu["model"]?.string ?? "-", numaNode: gpu["numa_node"]?.int, links: links)
    }
    self.gpus = gpus
    let byID = Dictionary(gpus.map { ($0.id, $0) }) { first, _ in first }
    let pairs = (json["links"]?.array ?? []).map { link in
      (
        from: link["from"]?.string ?? "", to: link["to"]?.string ?? "", distance: link["distance"]?.string ?? "-",
        hasLink: link["nvlink"]?.bool ?? false
      )
    }
    var linkedCount: [String: Int] = [:]
    for pair in pairs where pair.hasLink {
      linkedCount[pair.from, default: 0] += 1
      linkedCount[pair.to, default: 0] += 1
    }
    var names: [Pair: String] = [:]
    for pair in pairs {
      var name = pair.distance
      if pair.hasLink {
        // All links of a GPU lead to the other one through switches, or where it is the only one that it has links to.
        let counts = [pair.from, pair.to].map { id -> Int? in
          guard let links = byID[id]?.links, links.areToSwitches || linkedCount[id] == 1 else { return nil }
          return links.up
        }
        let count = counts.contains(nil) ? nil : counts.compactMap { $0 }.min()
        name = "NV\(count.map { "\($0)" } ?? "")"
      }
      names[Pair(first: pair.from, second: pair.to)] = name
      names[Pair(first: pair.to, second: pair.from)] = name
    }
    self.names = names
  }

  /// Nil for a machine without GPUs.
  var table: Table? {
    guard !gpus.isEmpty else { return nil }
    let hasLinks = gpus.contains { $0.links != nil }
    var columns: [Table.Column] = [.init(title: "")]
    columns += gpus.map { .init(title: "GPU\($0.index)") }
    columns.append(.init(title: "NUMA", isNumber: true))
    if hasLinks { columns.append(.init(title: "LINKS", isNumber: true)) }
    columns += [.init(title: "PLACE"), .init(title: "MODEL", isFlexible: true)]
    var table = Table(columns)
    for gpu in gpus {
      var row = ["GPU\(gpu.index)"]
      row += gpus.map { $0.id == gpu.id ? "X" : names[Pair(first: gpu.id, second: $0.id)] ?? "-" }
      row.append(gpu.numaNode.map { "\($0)" } ?? "-")
      if hasLinks { row.append(gpu.links.map { $0.up == $0.all ? "\($0.up)" : "\($0.up)/\($0.all)" } ?? "-") }
      row += [gpu.place, gpu.model]
      table.append(row)
    }
    return table
  }

  // MARK: - Names

  private static let meanings = [
    ("NV#", "NVLinks, and how many where that is known"), ("PIX", "one PCIe bridge"), ("PXB", "several PCIe bridges"),
    ("PHB", "the PCIe root complex of one processor"), ("NODE", "the processors of one NUMA node"),
    ("SYS", "the connection between NUMA nodes"),
  ]

  /// The names that matrices have, with their meaning.
  static func meanings(of matrices: [TopologyMatrix]) -> [(name: String, meaning: String)] {
    let used = Set(matrices.flatMap { $0.names.values }.map { $0.hasPrefix("NV") ? "NV#" : $0 })
    return meanings.filter { used.contains($0.0) }.map { ($0.0, $0.1) }
  }
}
