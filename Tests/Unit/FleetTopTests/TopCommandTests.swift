import Base
import CommandTestSupport
import Commands
import HTTPTypes
import JSON
import Testing

@testable import FleetTop

/// Goal: one frame is written as text or JSON, for all machines or one.
///
/// Method: the command over responses of a server.
@Suite struct TopCommandTests {
  private func world(node: String? = nil) -> CommandWorld {
    let world = CommandWorld([TopCommand.definition])
    func query(_ text: String) -> String { "/api/v1/query?query=\(PercentEncoding.encode(text))" }
    let filter = node.map { "node=\($0)&" } ?? ""
    let start = PercentEncoding.encode(RFC3339.format(UnixNanoseconds(1_795_248_000_000_000_000 - 60_000_000_000)))
    let responses = [
      "/api/v1/nodes?limit=100": #"{"data":\#(TopFrames.nodes),"next_cursor":null}"#,
      "/api/v1/gpus?\(filter)limit=100": #"{"data":\#(TopFrames.gpus),"next_cursor":null}"#,
      query(TopReading.hostQuery(node: node)): TopFrames.hostSeries,
      query(TopReading.gpuQuery(node: node)): TopFrames.gpuSeries,
      "/api/v1/spans?start=\(start)&sort=-start_time&limit=500": #"{"data":\#(TopFrames.spans),"next_cursor":null}"#,
    ]
    world.answers = responses.mapValues { (200, $0) }
    return world
  }

  @Test func `one frame is written where there is no terminal`() {
    let world = world()
    #expect(world.run("top") == .success, "\(world.errors)")
    #expect(world.output.contains("NVIDIA H200"))
    #expect(!world.output.contains("\u{1b}"))
  }

  @Test func `a frame as JSON has null for what is not known`() throws {
    let world = world()
    #expect(world.run("top", "--json") == .success, "\(world.errors)")
    let frame = try JSONValue(parsing: Array(world.output.utf8))
    #expect(frame["hosts"]?.array?.count == 3)
    #expect(frame["gpus"]?.array?.first?["utilization_ratio"]?.double == 0.97)
    #expect(frame["gpus"]?.array?[1]["power_watts"] == .null)
    #expect(frame["requests"]?["groups"]?.array?.first?["count"]?.int == 2)
    #expect(frame["time"]?.string == "2026-11-21T08:00:00Z")
  }

  @Test func `one machine has its own requests alone`() throws {
    let world = world(node: "gpubox")
    #expect(world.run("top", "--json", "--node", "gpubox") == .success, "\(world.errors)")
    let frame = try JSONValue(parsing: Array(world.output.utf8))
    let groups = frame["requests"]?["groups"]?.array ?? []
    #expect(!groups.contains { $0["gpu"]?.string == "GPU-of-nobody-at-all" })
  }

  @Test func `a machine that is not there is named`() {
    let world = world(node: "nope")
    world.answers["/api/v1/gpus?node=nope&limit=100"] = (200, #"{"data":[],"next_cursor":null}"#)
    let series = "/api/v1/query?query=\(PercentEncoding.encode(TopReading.hostQuery(node: "nope")))"
    world.answers[series] = (200, #"{"status":"success","data":{"resultType":"vector","result":[]}}"#)
    #expect(world.run("top", "--once", "--node", "nope") == .success, "\(world.errors)")
    #expect(world.output.hasSuffix("There is no machine named 'nope'. 'axonize nodes' lists the machines.\n"))
  }

  @Test func `a server that is away is an error for one frame`() {
    let world = CommandWorld([TopCommand.definition])
    #expect(world.run("top", "--once") == .unreachable)
    #expect(world.errors.contains("No server responds"))
  }

  @Test(arguments: ["--interval=10ms", "--interval=x", "--window=1h", "--window=0s"])
  func `durations have bounds`(option: String) {
    #expect(CommandWorld([TopCommand.definition]).run("top", option) == .usage)
  }
}
