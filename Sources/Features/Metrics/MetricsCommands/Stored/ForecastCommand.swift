import Commands
import JSON

/// `metrics forecast`.
enum ForecastCommand {
  static let definition = CommandDefinition(
    path: ["metrics", "forecast"], summary: "Show how series go on, and when they reach a threshold.",
    discussion:
      "Each series is a line with the last step of its forecast and the interval of 95 % confidence; --json has every "
      + "step. Without a range, the last hour is the past that is read.",
    operands: [StoredSeries.selector],
    options: StoredSeries.filters + StoredSeries.range + [
      StoredSeries.step,
      OptionDefinition(
        name: "--method", value: "METHOD",
        meaning: "A Theil-Sen line, or Holt-Winters with level, trend and season. Default: linear.",
        choices: ["linear", "holt_winters"], parameter: .named("method")),
      OptionDefinition(
        name: "--season", value: "DURATION", meaning: "How long a season of holt_winters is. Default: 1d.",
        check: QueryOptions.duration, parameter: .named("season")),
      OptionDefinition(
        name: "--horizon", value: "DURATION", meaning: "How far to look ahead. Default: as long as the range.",
        check: QueryOptions.duration, parameter: .named("horizon")),
      OptionDefinition(
        name: "--threshold", value: "NUMBER", meaning: "Say when this value is reached.",
        check: StoredSeries.check("0"), parameter: .named("threshold")),
      ClientOptions.limit(default: limitDefault),
    ] + ClientOptions.connection,
    examples: [
      .init(
        command: "axonize metrics forecast node_filesystem_avail_bytes --since 7d --step 1h --threshold 0",
        meaning: "When each file system is full.")
    ],
    run: { arguments, context in
      let client = try APIClient(arguments, context)
      return try ListCommand.show(
        "/metrics/forecast", arguments, context, client: client, parameters: StoredSeries.parameters(arguments),
        pageRowCountMax: 100, limitDefault: limitDefault, emptyMessage: StoredSeries.emptyMessage(arguments, client)
      ) { rows in
        context.print(table(of: rows, hasThreshold: arguments.has("--threshold")))
        for row in rows {
          guard let reason = row["reason"]?.string else { continue }
          context.writeError("No forecast of \(TextWidth.visible(LabelText(row: row).notation)). \(reason)\n")
        }
      }
    })

  private static let limitDefault = 20

  private static func table(of rows: [JSONValue], hasThreshold: Bool) -> Table {
    let labels = LabelColumns(rows.map(LabelText.init(row:)))
    let end: [Table.Column] = [
      .init(title: "TIME (UTC)"), .init(title: "VALUE", isNumber: true), .init(title: "LOWER", isNumber: true),
      .init(title: "UPPER", isNumber: true),
    ]
    // A narrow terminal leaves out the last columns: what was asked for comes first.
    let crossing = ["REACHED (UTC)", "EARLIEST", "LATEST"].map { Table.Column(title: $0) }
    var table = Table(hasThreshold ? crossing + labels.columns + end : end + labels.columns)
    for row in rows {
      let last = row["points"]?.array?.last
      let end = [Cell.time(last?["time"])] + ["value", "lower", "upper"].map { Cell.number(last?[$0]) }
      let crossing = ["expected", "earliest", "latest"].map { Cell.time(row["crossing"]?[$0]) }
      let cells = labels.cells(LabelText(row: row))
      table.append(hasThreshold ? crossing + cells + end : end + cells)
    }
    return table
  }
}
