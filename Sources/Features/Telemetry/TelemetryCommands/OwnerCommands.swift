import Base
package import Commands
import HTTPTypes
import JSON

/// `sessions` and `users`: who made the traces, and what they took.
package enum OwnerCommands {
  package static let all = [
    command("session", filter: TelemetryOptions.user("Only traces of this user.")),
    command("user", filter: TelemetryOptions.session("Only traces of this session.")),
  ]

  private static func command(_ kind: String, filter: OptionDefinition) -> CommandDefinition {
    CommandDefinition(
      path: ["\(kind)s"], summary: "List \(kind)s with their calls, tokens and errors, or show one.",
      discussion: "Filters hold for a trace: any of its spans may match each of them. Without a range, the server's "
        + "default: the last 24 hours for a list, 30 days for one \(kind).",
      operands: [OperandDefinition(name: "\(kind)-id", meaning: "Show this \(kind) only.", isRequired: false)],
      options: ClientOptions.range + [
        TelemetryOptions.service("A service of the trace."),
        TelemetryOptions.status("The status of a span of the trace."),
        TelemetryOptions.model("A model that the trace used."), filter,
        TelemetryOptions.sort(["last_time", "-last_time", "trace_count", "-trace_count"], default: "-last_time"),
        ClientOptions.limit(default: ClientOptions.limitDefault),
      ] + ClientOptions.connection,
      examples: [
        .init(
          command: "axonize \(kind)s --since 7d --status error", meaning: "Those of the last week that met an error."),
        .init(command: "axonize traces --\(kind) ID", meaning: "The traces of one."),
      ],
      list: list(kind), run: { arguments, context in try run(kind, arguments, context) })
  }

  private static func list(_ kind: String) -> ListDefinition { ListDefinition("\(kind)s") { table(kind, $0) } }

  private static func run(
    _ kind: String, _ arguments: ParsedArguments, _ context: CommandContext
  ) throws(CommandFailure) -> ExitCode {
    guard let id = arguments.operands.first else {
      return try list(kind).run(arguments, context)
    }
    for option in ["--sort", "--limit"] where arguments.has(option) {
      throw CommandFailure(.usage, "\(option) is for lists; one \(kind) has no order.")
    }
    let query = try ClientOptions.query(arguments, now: context.now())
    let found = try APIClient(arguments, context).get("/\(kind)s/\(PercentEncoding.encode(id))", query)
    if arguments.has("--json") {
      context.print(String(decoding: found.bytes, as: UTF8.self))
    } else {
      context.print(table(kind, [found.value["data"] ?? .null]))
    }
    return .success
  }

  private static func table(_ kind: String, _ owners: [JSONValue]) -> Table {
    var table = Table([
      .init(title: kind.uppercased(), isFlexible: true), .init(title: "TRACES", isNumber: true),
      .init(title: "SPANS", isNumber: true), .init(title: "CALLS", isNumber: true),
      .init(title: "ERRORS", isNumber: true, color: { $1.contains { $0 != "0" && $0 != " " } ? $0.red($1) : $1 }),
      .init(title: "TOKENS", isNumber: true), .init(title: "FIRST (UTC)"), .init(title: "LAST (UTC)"),
    ])
    func count(_ owner: JSONValue, _ key: String) -> Int64 { owner[key].flatMap(SpanView.integer) ?? 0 }
    func time(_ owner: JSONValue, _ key: String) -> String { NumberText.time(UnixNanoseconds(count(owner, key))) }
    for owner in owners {
      table.append([
        owner["\(kind)_id"]?.string ?? "", NumberText.count(count(owner, "trace_count")),
        NumberText.count(count(owner, "span_count")), NumberText.count(count(owner, "call_count")),
        NumberText.count(count(owner, "error_count")),
        NumberText.tokens(input: count(owner, "input_tokens"), output: count(owner, "output_tokens")),
        time(owner, "first_time_unix_nano"), time(owner, "last_time_unix_nano"),
      ])
    }
    return table
  }
}
