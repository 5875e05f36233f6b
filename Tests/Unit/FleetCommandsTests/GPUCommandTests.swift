import CommandTestSupport
import Commands
import Testing

@testable import FleetCommands

/// Goal: GPUs and nodes are shown in 80 columns, what is not measured as a dash.
///
/// Method: responses as the API has them.
@Suite struct GPUCommandTests {
  private static let gpus = """
    {"data":[{"id":"GPU-12345678-1234-1234-1234-123456789012","node":"gpu1.example.com","node_state":"up","index":0,
    "vendor":"nvidia","model":"NVIDIA H200","condition":"up","pci_bus_id":"0000:83:00.0",
    "resources":[{"uuid":"MIG-12345678-1234-1234-1234-123456789012","profile":"1c.3g.71gb","gpu_instance":2,
    "compute_instance":0,"generation":1}],
    "readings":[{"metric":"axonize_gpu_utilization_ratio","unavailable":"mig_mode"},
    {"metric":"axonize_gpu_power_watts","value":412.4},{"metric":"axonize_gpu_temperature_celsius","value":61},
    {"metric":"axonize_gpu_memory_used_bytes","value":21474836480},
    {"metric":"axonize_gpu_memory_total_bytes","value":150754820096},
    {"metric":"axonize_gpu_sm_active_ratio","gpu_instance":2,"value":0.97}]},
    {"id":"GPU-2","node":"gpu2","node_state":"silent","index":1,"vendor":"amd","condition":"up","resources":[],
    "readings":[]}],"next_cursor":null}
    """

  private func run(_ arguments: String..., answers: [String: String]) -> [String] {
    let world = CommandWorld(FleetCommands.all)
    world.columnCount = 80
    world.answers = answers.mapValues { (200, $0) }
    #expect(world.run(arguments) == .success, "\(world.errors)")
    let lines = world.output.split(separator: "\n").map(String.init)
    #expect(lines.allSatisfy { $0.count <= 80 }, "\(lines)")
    return lines.map { $0.split(separator: " ").joined(separator: " ") }
  }

  @Test func `a GPU has a line with its values, and one for each part`() throws {
    let lines = run(
      "gpus", "--node", "x",
      answers: ["/api/v1/gpus?node=x&limit=20": Self.gpus, "/api/v1/nodes/x": #"{"data":{"name":"x"}}"#])
    try #require(lines.count > 2)
    #expect(lines[1] == "gpu1.example.com 0 NVIDIA H200 up - 20/140 GiB 61 °C 412 W")
    #expect(lines[2] == "0/2/0 1c.3g.71gb 97% - - -")
    #expect(lines[3] == "gpu2 1 amd silent - - - -")
  }

  @Test func `a report with impossible values is shown`() {
    let gpus = """
      {"data":[{"id":"GPU-3","node":"n","node_state":"up","index":0,"vendor":"nvidia","condition":"up","resources":[],
      "readings":[{"metric":"axonize_gpu_power_watts","value":1e300},
      {"metric":"axonize_gpu_utilization_ratio","value":-1e300}]}],"next_cursor":null}
      """
    #expect(run("gpus", answers: ["/api/v1/gpus?limit=20": gpus]).last == "n 0 nvidia up -1e+302% - - 1e+300 W")
  }

  @Test(arguments: [
    ("running", "The GPUs of gpu1 are read ten times a second until 2026-12-01T02:00:30 UTC."),
    (
      "asked",
      "gpu1 is asked with its next report; its GPUs are read ten times a second until 2026-12-01T02:00:30 UTC at the latest."
    ),
  ])
  func `a burst is asked for, and its end is said`(state: String, text: String) {
    let world = CommandWorld(FleetCommands.all)
    world.answers = [
      "/api/v1/nodes/gpu1/burst": (
        202,
        #"{"data":{"node":"gpu1","seconds":20,"state":"\#(state)","until":"2026-12-01T02:00:30.5Z"}}"#
      )
    ]
    #expect(world.run(["gpus", "burst", "gpu1", "--seconds", "20"]) == .success, "\(world.errors)")
    #expect(world.output == text + "\n")
  }

  @Test(arguments: [
    ["gpus", "burst"], ["gpus", "burst", "n", "--seconds", "0"], ["gpus", "burst", "n", "--seconds", "61"],
  ])
  func `a burst needs a node and a length within bounds`(arguments: [String]) {
    let world = CommandWorld(FleetCommands.all)
    #expect(world.run(arguments) == .usage)
  }

  @Test(arguments: [
    (["gpus", "--node", "n9"], "The machine 'n9' has no GPUs."), (["gpus"], "There are no GPUs. "),
    (["nodes"], "No machine has reported"),
  ])
  func `what is not there is said with where to look`(arguments: [String], message: String) {
    let world = CommandWorld(FleetCommands.all)
    let empty = #"{"data":[],"next_cursor":null}"#
    world.answers = [
      "/api/v1/gpus?node=n9&limit=20": (200, empty), "/api/v1/gpus?limit=20": (200, empty),
      "/api/v1/nodes/n9": (200, #"{"data":{"name":"n9"}}"#),
      "/api/v1/nodes?limit=20": (200, empty),
    ]
    #expect(world.run(arguments) == .success)
    #expect(world.errors.contains(message), "\(world.errors)")
  }

  @Test(arguments: [
    (#"{"data":[{"name":"a"},{"name":"b"}],"next_cursor":null}"#, "There are: 'a', 'b'."),
    (#"{"data":[{"name":"a"}],"next_cursor":"x"}"#, "There are: 'a', and more, which 'axonize nodes' lists."),
    (#"{"data":[],"next_cursor":null}"#, "No machine has reported to the server."),
  ])
  func `a machine that is not there is an error that names those that are`(nodes: String, text: String) {
    for arguments in [["gpus", "--node", "nope"], ["topology", "nope"], ["topology", "nope", "--json"]] {
      let world = CommandWorld(FleetCommands.all)
      world.answers = [
        "/api/v1/nodes/nope": (404, #"{"type":"urn:axonize:problem:not_found","detail":"There is no node"}"#),
        "/api/v1/nodes?limit=10": (200, nodes),
      ]
      #expect(world.run(arguments) == .notFound)
      #expect(world.errors.contains("There is no machine 'nope'. \(text)"), "\(world.errors)")
      #expect(world.output.isEmpty)
    }
  }

  @Test(arguments: [
    (#""condition":"up","processes":[]"#, "n 0 - idle"),
    (#""condition":"up","processes":[{"pid":1}]"#, "n 0 - not named"),
    (#""condition":"up","processes_unavailable":"no_permission""#, "n 0 - not known"),
    (#""condition":"lost","processes":[]"#, "n 0 - lost"),
  ])
  func `a GPU without workloads says why`(members: String, line: String) {
    let gpus = #"{"data":[{"id":"GPU-1","node":"n","index":0,\#(members),"workloads":[]}],"next_cursor":null}"#
    #expect(run("gpus", "--workloads", answers: ["/api/v1/gpus?limit=20": gpus]).last == line)
  }

  @Test func `an empty id is a missing one`() {
    let world = CommandWorld(FleetCommands.all)
    #expect(world.run("gpu", "") == .usage)
    #expect(world.errors.hasPrefix("axonize: Missing <gpu-id>: an id that"))
  }

  @Test func `ids are shown whole`() throws {
    let lines = run("gpus", "--ids", answers: ["/api/v1/gpus?limit=20": Self.gpus])
    try #require(lines.count > 2)
    #expect(lines[1] == "gpu1.example.com 0 0000:83:00.0 GPU-12345678-1234-1234-1234-123456789012")
    #expect(lines[2] == "0/2/0 1c.3g.71gb MIG-12345678-1234-1234-1234-123456789012")
  }

  @Test func `spans have what they did, and why that is not known`() throws {
    let spans = """
      {"data":[{"name":"chat","service_name":"llm","start_time_unix_nano":"1800000000000000000","duration_ns":1500000000,
      "use":{"utilization":{"mean":0.934},"energy":{"joules":412.514,"provenance":"shared"}}},
      {"name":"embed","service_name":"llm","start_time_unix_nano":"1800000000000000000","duration_ns":20000000,
      "use":{"utilization":{},"energy":{"provenance":"unavailable","reason":"no_samples"}}},
      {"name":"odd","service_name":"llm","start_time_unix_nano":"1800000000000000000","duration_ns":20000000,
      "use":{"utilization":{"mean":1e300},"energy":{"provenance":"unavailable","reason":"no_samples"}}}],
      "next_cursor":null}
      """
    let lines = run("gpu", "GPU-1", "--spans", answers: ["/api/v1/gpus/GPU-1/spans?limit=20": spans])
    try #require(lines.count > 2)
    #expect(lines[1].hasSuffix("chat llm 1.5 s 93% 412.51 J shared"), "\(lines[1])")
    #expect(lines[2].hasSuffix("embed llm 20 ms - - no_samples"), "\(lines[2])")
    #expect(lines.last?.hasSuffix("odd llm 20 ms 1e+302% - no_samples") == true, "\(lines)")
  }

  @Test func `events have their code and class`() throws {
    let events = """
      {"data":[{"time":"2026-11-30T18:00:00.25Z","kind":"xid","source":"driver","xid":79,"xid_class":"hardware",
      "message":"the GPU has fallen off the bus"},
      {"time":"2026-11-30T17:00:00Z","kind":"mig_config_change","source":"driver"}],"next_cursor":null}
      """
    let gpu = """
      {"data":{"id":"GPU-2","node":"gpu2","index":1,"model":"NVIDIA H200","condition":"lost",
      "problem":"the GPU does not answer","serial":"165","last_seen_at":"2026-11-30T18:00:01.123456789Z",
      "resources":[],"readings":[]}}
      """
    let lines = run(
      "gpu", "a/b",
      answers: ["/api/v1/gpus/a%2Fb": gpu, "/api/v1/gpus/GPU-2/events?limit=20": events])
    try #require(lines.count > 2)
    #expect(lines[1] == "gpu2 1 NVIDIA H200 lost - - - -")
    #expect(lines.contains("problem the GPU does not answer"))
    #expect(lines.contains("last seen 2026-11-30T18:00:01 UTC"))
    #expect(lines.contains("2026-11-30T18:00:00 xid 79 hardware the GPU has fallen off the bus"))
    #expect(lines.last == "2026-11-30T17:00:00 mig_config_change - -")
  }

  @Test func `events of the last hour are asked for as elsewhere`() {
    let lines = run(
      "events", "--since", "1h", "--kind", "xid",
      answers: [
        "/api/v1/events?kind=xid&start=2026-11-21T07%3A00%3A00Z&limit=20": """
        {"data":[{"time":"2026-11-21T07:30:00Z","node":"gpu1","kind":"xid","xid":79}],"next_cursor":null}
        """
      ])
    #expect(lines == ["TIME (UTC) NODE EVENT CLASS MESSAGE", "2026-11-21T07:30:00 gpu1 xid 79 - -"])
  }

  @Test func `nodes are listed`() throws {
    let nodes = """
      {"data":[{"name":"gpu1","state":"up","version":"0.9.0","labels":{},"first_seen_at":"2026-11-30T17:00:00Z",
      "last_seen_at":"2026-11-30T18:00:00.5Z","gpu_count":8,"gpus_up":7,"drivers":[]}],"next_cursor":null}
      """
    let lines = run("nodes", answers: ["/api/v1/nodes?limit=20": nodes])
    try #require(lines.count > 1)
    #expect(lines[1] == "gpu1 up 8 7 0.9.0 2026-11-30T18:00:00")
  }
}
