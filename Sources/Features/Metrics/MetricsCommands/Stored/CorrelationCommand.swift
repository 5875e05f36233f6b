import Commands
import JSON

/// `metrics correlation`.
enum CorrelationCommand {
  static let definition = CommandDefinition(
    path: ["metrics", "correlation"], summary: "Show how closely two series move together, and with which lag.",
    discussion: "Without a range, the last hour. A lag above 0 says that the second series follows the first.",
    operands: [
      OperandDefinition(name: "left", meaning: "A selector of PromQL that finds one series, in quotes."),
      OperandDefinition(name: "right", meaning: "A selector that finds the other series."),
    ],
    options: StoredSeries.range + [
      StoredSeries.step,
      OptionDefinition(
        name: "--max-lag", value: "DURATION", meaning: "The greatest lag that is tried. Default: 10 steps.",
        check: QueryOptions.duration, parameter: .named("max_lag")),
    ] + ClientOptions.connection,
    examples: [
      .init(
        command: "axonize metrics correlation 'queue_depth{job=\"chat\"}' 'latency_p95{job=\"chat\"}' --since 6h",
        meaning: "Whether latency follows the queue.")
    ], run: run)

  @Sendable private static func run(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws(CommandFailure) -> ExitCode {
    let query =
      try [("left", arguments.operands[0]), ("right", arguments.operands[1])]
      + ClientOptions.query(arguments, now: context.now())
    let response = try APIClient(arguments, context).get("/metrics/correlation", query)
    guard !arguments.has("--json") else {
      context.print(String(decoding: response.bytes, as: UTF8.self))
      return .success
    }
    let data = response.value["data"]
    var table = Table(
      ["PAIRS", "PEARSON", "SPEARMAN", "BEST LAG", "PEARSON THERE"].map { .init(title: $0, isNumber: true) })
    let best = data?["best_lag"]
    table.append([
      Cell.number(data?["pair_count"]), Cell.number(data?["pearson"]), Cell.number(data?["spearman"]),
      best?["lag_seconds"]?.double.map { NumberText.number($0) + " s" } ?? "-", Cell.number(best?["pearson"]),
    ])
    context.print(table)
    return .success
  }
}
