import Commands
import JSON

/// `topology`.
enum TopologyCommand {
  /// The most that the endpoint takes as a `limit`.
  private static let pageRowCountMax = 100

  private static let node = OperandDefinition(
    name: "node", meaning: "A machine that 'axonize nodes' shows; all without it.", isRequired: false)

  static let definition = CommandDefinition(
    path: ["topology"], summary: "Show how near the GPUs of each machine are to each other.",
    discussion:
      "A matrix for each machine, by the names that 'nvidia-smi topo -m' has: NV and the number of links where NVLink "
      + "joins two GPUs, else what lies between them. NUMA is the part of the machine that a GPU belongs to.",
    operands: [node], options: [ClientOptions.limit(default: 100)] + ClientOptions.connection,
    examples: [.init(command: "axonize topology gpu1", meaning: "The GPUs of one machine.")],
    run: { arguments, context in
      let name = arguments.operands.first
      let client = try APIClient(arguments, context)
      if let name { try NodeLookup.require(name, client) }
      return try ListCommand.show(
        "/topology", arguments, context, client: client, parameters: name.map { [("node", $0)] } ?? [],
        pageRowCountMax: pageRowCountMax, limitDefault: 100,
        emptyMessage: "No machine reports to the server. 'fleet.host_enabled' has it report its own."
      ) { nodes in
        let matrices = nodes.map(TopologyMatrix.init)
        for (place, matrix) in matrices.enumerated() {
          if place > 0 { context.print("") }
          context.print(TextWidth.visible(matrix.node))
          if let table = matrix.table {
            context.print(table)
          } else {
            context.print("no GPUs")
          }
        }
        let meanings = TopologyMatrix.meanings(of: matrices)
        if !meanings.isEmpty { context.print("") }
        for (name, meaning) in meanings { context.print("\(TextWidth.pad(name, to: 5)) \(meaning)") }
      }
    })
}
