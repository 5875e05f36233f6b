import Commands
import JSON

/// `metrics history`.
enum HistoryCommand {
  static let definition = CommandDefinition(
    path: ["metrics", "history"], summary: "Show series in steps with exact statistics of their samples.",
    discussion:
      "Each series is a line with its smallest, largest and last step and a graph, or a line of a chart; both are of "
      + "the first statistic of --aggregations, by default the mean. --json has every step. Without a range, the last "
      + "hour.",
    operands: [StoredSeries.selector],
    options: StoredSeries.filters + StoredSeries.range + [
      StoredSeries.step, StoredSeries.aggregations, ClientOptions.limit(default: limitDefault),
    ] + ChartSize.options + ClientOptions.connection,
    examples: [
      .init(command: "axonize metrics history node_load1 --since 1d --chart", meaning: "The load of a day, drawn."),
      .init(
        command: "axonize metrics history 'http_request_seconds{job=\"web\"}' --step 5m --aggregations p95",
        meaning: "The 95th percentile of each five minutes."),
    ], run: run)

  private static let limitDefault = 20

  @Sendable private static func run(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws(CommandFailure) -> ExitCode {
    try ChartSize.check(arguments)
    let statistic = StoredSeries.shown(arguments).first ?? ""
    let client = try APIClient(arguments, context)
    return try ListCommand.show(
      "/metrics/history", arguments, context, client: client, parameters: StoredSeries.parameters(arguments),
      limitDefault: limitDefault, emptyMessage: StoredSeries.emptyMessage(arguments, client)
    ) { rows in
      let series = rows.map { SteppedSeries($0, statistic) }
      guard arguments.has("--chart") else { return context.print(table(of: series, context)) }
      let unit = arguments["--unit"].flatMap(ValueUnit.init) ?? .number
      chart(of: series, unit).print(arguments, context)
    }
  }

  private static func table(of series: [SteppedSeries], _ context: CommandContext) -> Table {
    let labels = LabelColumns(series.map(\.labels))
    let graphWidth = (context.columnCount ?? .max) < 100 ? 15 : 30
    var table = Table(
      [
        .init(title: "STEPS", isNumber: true), .init(title: "MIN", isNumber: true),
        .init(title: "MAX", isNumber: true), .init(title: "LAST", isNumber: true), .init(title: "GRAPH"),
      ] + labels.columns)
    for one in series {
      let values = one.points.map(\.value)
      table.append(
        [
          NumberText.count(Int64(values.count)), values.min().map(NumberText.number) ?? "-",
          values.max().map(NumberText.number) ?? "-", values.last.map(NumberText.number) ?? "-",
          Graph.bars(values, width: graphWidth),
        ] + labels.cells(one.labels))
    }
    return table
  }

  /// A chart from the first step that has a value to the last.
  private static func chart(of series: [SteppedSeries], _ unit: ValueUnit) -> Chart {
    let times = Set(series.flatMap { $0.points.map(\.time) }).sorted()
    let gaps = zip(times, times.dropFirst()).map { $1 - $0 }
    let start = times.first ?? 0
    return Chart(
      lines: series.map { .init(name: $0.labels.notation, points: $0.points) },
      range: QueryRange(start: start, end: max(times.last ?? 0, start + 1_000), step: gaps.min() ?? 1_000), unit: unit)
  }
}

/// A series of a response with one statistic of each step.
private struct SteppedSeries {
  let labels: LabelText
  let points: [Chart.Point]

  init(_ row: JSONValue, _ statistic: String) {
    labels = LabelText(row: row)
    points = (row["points"]?.array ?? []).compactMap { point in
      guard let time = Cell.milliseconds(point["time"]), let value = point[statistic]?.double else { return nil }
      return Chart.Point(time: time, value: value)
    }
  }
}
