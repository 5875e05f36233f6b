import CommandTestSupport
import Commands
import Testing

@testable import FleetCommands

/// Goal: a matrix by the names of `nvidia-smi topo -m`, with a number of links only where it is known.
///
/// Method: responses as the API has them.
@Suite struct TopologyCommandTests {
  private func run(_ nodes: String, _ arguments: [String] = [], target: String = "limit=100") -> [String] {
    let world = CommandWorld(FleetCommands.all)
    world.columnCount = 80
    world.answers = [
      "/api/v1/topology?\(target)": (200, #"{"data":[\#(nodes)],"next_cursor":null}"#),
      "/api/v1/nodes/box": (200, #"{"data":{"name":"box"}}"#),
    ]
    #expect(world.run(["topology"] + arguments) == .success, "\(world.errors)")
    return world.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
  }

  private func gpu(_ index: Int, _ links: String?) -> String {
    let links = links.map { #","nvlinks":[\#($0)]"# } ?? ""
    return #"{"id":"G\#(index)","index":\#(index),"pci_bus_id":"0000:8\#(index):00.0","model":"H200","numa_node":0\#(links)}"#
  }

  private func link(_ from: Int, _ to: Int, _ distance: String, _ hasLink: Bool) -> String {
    #"{"from":"G\#(from)","to":"G\#(to)","distance":"\#(distance)","nvlink":\#(hasLink)}"#
  }

  private let up = #"{"link":0,"active":true,"remote":"switch"}"#
  private let direct = #"{"link":0,"active":true,"remote":"gpu"}"#
  private let down = #"{"link":1,"active":false}"#

  @Test func `links through switches are counted`() {
    let both = "\(up),\(up)"
    let lines = run(
      """
      {"node":"box","gpus":[\(gpu(0, both)),\(gpu(1, "\(up),\(down)")),\(gpu(2, both))],
      "links":[\(link(0, 1, "NODE", true)),\(link(0, 2, "SYS", true)),\(link(1, 2, "SYS", false))]}
      """)
    #expect(
      lines == [
        "box", "GPU0 GPU1 GPU2 NUMA LINKS PLACE MODEL", "GPU0 X NV1 NV2 0 2 0000:80:00.0 H200",
        "GPU1 NV1 X SYS 0 1/2 0000:81:00.0 H200", "GPU2 NV2 SYS X 0 2 0000:82:00.0 H200",
        "NV# NVLinks, and how many where that is known", "SYS the connection between NUMA nodes",
      ])
  }

  @Test func `links between GPUs are counted where they lead to one only`() {
    let pair = run(
      #"{"node":"box","gpus":[\#(gpu(0, direct)),\#(gpu(1, direct))],"links":[\#(link(0, 1, "PHB", true))]}"#)
    #expect(pair[2].hasPrefix("GPU0 X NV1 "))
    let three = run(
      """
      {"node":"box","gpus":[\(gpu(0, direct)),\(gpu(1, direct)),\(gpu(2, direct))],
      "links":[\(link(0, 1, "PHB", true)),\(link(0, 2, "PHB", true)),\(link(1, 2, "PIX", true))]}
      """)
    #expect(three[2].hasPrefix("GPU0 X NV NV "))
  }

  @Test func `a GPU without links and one that says nothing`() {
    let lines = run(#"{"node":"box","gpus":[\#(gpu(0, nil)),\#(gpu(1, nil))],"links":[\#(link(0, 1, "PIX", false))]}"#)
    #expect(lines[1] == "GPU0 GPU1 NUMA PLACE MODEL")
    #expect(lines[2] == "GPU0 X PIX 0 0000:80:00.0 H200")
    #expect(lines.last == "PIX one PCIe bridge")
  }

  @Test func `a machine without GPUs is said, and one machine is asked for`() {
    #expect(
      run(#"{"node":"box","gpus":[],"links":[]}"#, ["box"], target: "node=box&limit=100") == ["box", "no GPUs"])
  }
}
