import Commands
import JSON

/// `metrics anomalies`.
enum AnomaliesCommand {
  static let definition = CommandDefinition(
    path: ["metrics", "anomalies"], summary: "Show steps that are far from what their time of day or week had before.",
    discussion:
      "Each step is held against the median of its slot in earlier days or weeks; the score is a robust z-score. "
      + "Without a range, the last hour. How many steps were scored goes to standard error.",
    operands: [StoredSeries.selector],
    options: StoredSeries.filters + StoredSeries.range + [
      OptionDefinition(
        name: "--step", value: "DURATION", meaning: "The width of a step. Default: 5m.", check: QueryOptions.duration,
        parameter: .named("step")),
      OptionDefinition(
        name: "--season", value: "SEASON", meaning: "After which time values repeat. Default: day.",
        choices: ["day", "week"], parameter: .named("season")),
      OptionDefinition(
        name: "--seasons", value: "COUNT", meaning: "From how many earlier seasons the baseline is made. Default: 7.",
        check: { Int($0).map { (3...28).contains($0) } == true ? nil : "a number from 3 to 28" },
        parameter: .named("seasons")),
      OptionDefinition(
        name: "--threshold", value: "SCORE", meaning: "From which size of the score on. Default: 3.5.",
        check: StoredSeries.check("3.5"), parameter: .named("threshold")),
      ClientOptions.limit(default: limitDefault),
    ] + ClientOptions.connection,
    examples: [
      .init(
        command: "axonize metrics anomalies node_load1 --since 1d --season week",
        meaning: "Where the load of a day was not that of this weekday.")
    ], run: run)

  private static let limitDefault = 20

  @Sendable private static func run(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws(CommandFailure) -> ExitCode {
    let client = try APIClient(arguments, context)
    return try ListCommand.show(
      "/metrics/anomalies", arguments, context, client: client, parameters: StoredSeries.parameters(arguments),
      pageRowCountMax: 100, limitDefault: limitDefault, emptyMessage: StoredSeries.emptyMessage(arguments, client)
    ) { rows in
      let found = rows.flatMap { row in (row["anomalies"]?.array ?? []).map { (row, $0) } }
      if !found.isEmpty { context.print(table(of: found)) }
      func sum(_ name: String) -> String { NumberText.count(rows.reduce(0) { $0 + ($1[name]?.int ?? 0) }) }
      context.writeError(
        "\(NumberText.count(Int64(found.count))) anomalies in \(sum("scored_step_count")) steps of "
          + "\(rows.count) series; \(sum("unscored_step_count")) steps have too short a past to be scored.\n")
      if sum("scored_step_count") == "0" {
        context.writeError(
          "A step is scored when three earlier \(arguments["--season"] ?? "day")s have values at its time.\n")
      }
    }
  }

  private static func table(of found: [(row: JSONValue, anomaly: JSONValue)]) -> Table {
    let labels = LabelColumns(found.map { LabelText(row: $0.row) })
    var table = Table(
      [
        .init(title: "TIME (UTC)"), .init(title: "VALUE", isNumber: true), .init(title: "MEDIAN", isNumber: true),
        .init(title: "SCORE", isNumber: true),
      ] + labels.columns)
    for (row, anomaly) in found {
      table.append(
        [
          Cell.time(anomaly["time"]), Cell.number(anomaly["value"]), Cell.number(anomaly["median"]),
          Cell.number(anomaly["score"]),
        ] + labels.cells(LabelText(row: row)))
    }
    return table
  }
}
