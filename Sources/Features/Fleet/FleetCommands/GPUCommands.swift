import Commands
import HTTPTypes
import JSON

/// `gpus`, `gpus burst`, `gpu` and `nodes`: the machines of a server and their GPUs.
enum GPUCommands {
  static let all = [gpus, BurstCommand.definition, gpu, nodes]

  /// The most that the endpoints take as a `limit`.
  private static let pageRowCountMax = 100

  private static let node = OptionDefinition(
    name: "--node", value: "NAME", meaning: "Only the GPUs of this machine.", parameter: .named("node"))
  private static let ids = OptionDefinition(
    name: "--ids", meaning: "Show ids and places in the place of values.")
  private static let workloads = OptionDefinition(
    name: "--workloads", meaning: "Show which pods, jobs and services hold or use them.")
  private static let id = OperandDefinition(name: "gpu-id", meaning: "An id that 'axonize gpus --ids' shows, or its first 8 characters or more; GPU- may be left out.")

  private static let gpus = CommandDefinition(
    path: ["gpus"], summary: "List GPUs of all machines with their newest values.",
    discussion:
      "A GPU that is divided has a line for each part below its own. What is not measured is a dash; --json has the "
      + "reasons.",
    options: [node, ids, workloads, ClientOptions.limit(default: ClientOptions.limitDefault)]
      + ClientOptions.connection,
    examples: [
      .init(command: "axonize gpus --node gpu1", meaning: "The GPUs of one machine."),
      .init(command: "axonize gpus --workloads", meaning: "Whose they are."),
      .init(command: "axonize gpus --json", meaning: "All that is known, processes and reasons among it."),
    ],
    run: { arguments, context in
      let client = try APIClient(arguments, context)
      if let name = arguments["--node"] { try NodeLookup.require(name, client) }
      return try ListCommand.run(
        "/gpus", arguments, context, client: client, pageRowCountMax: pageRowCountMax,
        emptyMessage: arguments["--node"].map { name in
          "The machine '\(TextWidth.visible(name))' has no GPUs."
        } ?? "There are no GPUs. 'axonize host' says what this machine has."
      ) { gpus in
        if arguments.has("--workloads") { return WorkloadTable.workloads(gpus) }
        return arguments.has("--ids") ? GPUTable.ids(gpus) : GPUTable.values(gpus)
      }
    })

  private static let spans = OptionDefinition(
    name: "--spans", meaning: "Show the spans on it, newest first, with what they did there.")

  private static let gpu = CommandDefinition(
    path: ["gpu"], summary: "Show a GPU with its processes, faults and changes, or the spans on it.",
    discussion:
      "With --spans: how busy the GPU was, and the span's share of its energy. The last column says how well the "
      + "energy is known, or why it is not. Without a range, spans of the last hour.",
    operands: [id],
    options: [spans] + ClientOptions.range + [ClientOptions.limit(default: ClientOptions.limitDefault)]
      + ClientOptions.connection,
    run: { arguments, context in
      if arguments.has("--spans") {
        return try ListCommand.run(
          "/gpus/\(PercentEncoding.encode(arguments.operands[0]))/spans", arguments, context, pageRowCountMax: 500,
          emptyMessage: "No span names this GPU in the time.", GPUSpanTable.table)
      }
      let path = "/gpus/\(PercentEncoding.encode(arguments.operands[0]))"
      let hints = ["not_found": "'axonize gpus --ids' lists them."]
      let client = try APIClient(arguments, context)
      let gpu = try client.get(path, hints: hints).value["data"] ?? .null
      // A part is found by its own UUID; events are the board's.
      let board = PercentEncoding.encode(gpu["id"]?.string ?? "")
      let limit = arguments["--limit"] ?? "\(ClientOptions.limitDefault)"
      let events = try client.get("/gpus/\(board)/events", [("limit", limit)]).value["data"] ?? .array([])
      if arguments.has("--json") {
        let value = JSONValue.object([.init("data", gpu), .init("events", events)])
        context.print(String(decoding: value.encoded, as: UTF8.self))
        return .success
      }
      context.print(GPUTable.values([gpu]))
      for (name, value) in GPUTable.facts(gpu) { context.print("\(TextWidth.pad(name, to: 12))  \(value)") }
      if let processes = gpu["processes"]?.array, !processes.isEmpty {
        context.print("")
        context.print(WorkloadTable.processes(of: gpu))
      }
      if let events = events.array, !events.isEmpty {
        context.print("")
        context.print(GPUTable.events(events))
      }
      return .success
    })

  private static let nodes = CommandDefinition(
    path: ["nodes"], summary: "List machines that report to the server.",
    options: [ClientOptions.limit(default: ClientOptions.limitDefault)] + ClientOptions.connection,
    run: { arguments, context in
      try ListCommand.run(
        "/nodes", arguments, context, pageRowCountMax: pageRowCountMax,
        emptyMessage: "No machine has reported to the server yet. It reports its own a second after its start, where "
          + "'fleet.host_enabled' is on; 'axonize agent' reports others."
      ) { nodes in
        var table = Table([
          .init(title: "NODE", isFlexible: true), .init(title: "STATE"), .init(title: "GPUS", isNumber: true),
          .init(title: "UP", isNumber: true), .init(title: "VERSION"), .init(title: "LAST SEEN (UTC)"),
        ])
        for node in nodes {
          table.append([
            node["name"]?.string ?? "", node["state"]?.string ?? "", node["gpu_count"]?.int.map { "\($0)" } ?? "",
            node["gpus_up"]?.int.map { "\($0)" } ?? "", node["version"]?.string ?? "",
            String((node["last_seen_at"]?.string ?? "").prefix(19)),
          ])
        }
        return table
      }
    })
}
