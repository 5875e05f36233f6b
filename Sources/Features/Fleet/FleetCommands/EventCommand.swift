import Commands
import HTTPTypes
import JSON

/// `events`: what happened to machines and their GPUs.
enum EventCommand {
  /// The most that the endpoint takes as a `limit`.
  private static let pageRowCountMax = 1_000

  private static func filter(_ name: String, _ value: String, _ meaning: String) -> OptionDefinition {
    OptionDefinition(name: "--\(name)", value: value, meaning: meaning, parameter: .named(name))
  }

  static let definition = CommandDefinition(
    path: ["events"], summary: "List what happened to machines and their GPUs, the newest first.",
    discussion:
      "Faults and changes that drivers and kernels report, and what the server sees: machines that are new, silent or "
      + "back, and GPUs that are lost or answer again. Without a range, all that are kept.",
    options: [
      filter("node", "NAME", "Only events of this machine."),
      filter("gpu", "UUID", "Only events of this GPU; 'axonize gpus --ids' shows UUIDs."),
      filter("kind", "KIND", "Only events of this kind, such as xid or node_silent."),
    ] + ClientOptions.range + [ClientOptions.limit(default: ClientOptions.limitDefault)] + ClientOptions.connection,
    examples: [
      .init(command: "axonize events --since 1h", meaning: "The last hour."),
      .init(command: "axonize events --kind xid --json", meaning: "Faults of NVIDIA's driver."),
    ],
    run: { arguments, context in
      try ListCommand.run(
        "/events", arguments, context, pageRowCountMax: pageRowCountMax,
        emptyMessage: "There are no such events."
      ) { events in GPUTable.events(events, hasNode: true) }
    })
}
