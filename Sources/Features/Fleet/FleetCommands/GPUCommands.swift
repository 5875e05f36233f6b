import Commands
import HTTPTypes
import JSON

/// `gpus`, `gpu` and `nodes`: the machines of a server and their GPUs.
enum GPUCommands {
  static let all = [gpus, gpu, nodes]

  /// The most that the endpoints take as a `limit`.
  private static let pageRowCountMax = 100

  private static let node = OptionDefinition(
    name: "--node", value: "NAME", meaning: "Only the GPUs of this machine.", parameter: .named("node"))
  private static let ids = OptionDefinition(
    name: "--ids", meaning: "Show ids and places in the place of values.")
  private static let id = OperandDefinition(name: "gpu-id", meaning: "An id that 'axonize gpus --ids' shows.")

  private static let gpus = CommandDefinition(
    path: ["gpus"], summary: "List GPUs of all machines with their newest values.",
    discussion:
      "A GPU that is divided has a line for each part below its own. What is not measured is a dash; --json has the "
      + "reasons.",
    options: [node, ids, ClientOptions.limit(default: ClientOptions.limitDefault)] + ClientOptions.connection,
    examples: [
      .init(command: "axonize gpus --node gpu1", meaning: "The GPUs of one machine."),
      .init(command: "axonize gpus --json", meaning: "All that is known, processes and reasons among it."),
    ],
    run: { arguments, context in
      try ListCommand.run(
        "/gpus", arguments, context, pageRowCountMax: pageRowCountMax,
        emptyMessage: "There are no GPUs. 'axonize host' says what this machine has."
      ) { gpus in arguments.has("--ids") ? GPUTable.ids(gpus) : GPUTable.values(gpus) }
    })

  private static let gpu = CommandDefinition(
    path: ["gpu"], summary: "Show a GPU with its newest faults and changes.", operands: [id],
    options: [ClientOptions.limit(default: ClientOptions.limitDefault)] + ClientOptions.connection,
    run: { arguments, context in
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
        emptyMessage: "No machine reports to the server. 'fleet.host_enabled' has it report its own."
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
