import Base
import Commands
import JSON

/// `query`.
enum QueryCommand {
  static let definition = CommandDefinition(
    path: ["query"], summary: "Evaluate a query in PromQL, at one time or over a range.",
    discussion:
      "At one time, each series of the result is a line with its value and its labels. Over a range each is a "
      + "line with its smallest, largest and last value and a graph, or a line of a chart. --json has what the server "
      + "responded. Warnings and notes of the evaluation go to standard error. Beside the functions of Prometheus there are "
      + "axonize_baseline, axonize_anomaly_score, axonize_forecast, axonize_seconds_until and axonize_correlation; "
      + "docs/metrics.md describes them.",
    operands: [OperandDefinition(name: "expression", meaning: "A query in PromQL, in quotes.")],
    options: options + ClientOptions.connection,
    examples: [
      .init(command: "axonize query 'up == 0'", meaning: "The targets that are down now."),
      .init(
        command: "axonize query 'sum by (job) (rate(http_requests_total[5m]))' --range 6h --chart",
        meaning: "Requests a second of each job, drawn."),
      .init(
        command: "axonize query process_resident_memory_bytes --since 1d --step 5m --chart --unit bytes",
        meaning: "Memory of a day, with values in KiB, MiB and GiB."),
      .init(
        command: "axonize query 'axonize_seconds_until(node_filesystem_avail_bytes[6h:5m], 0) / 3600'",
        meaning: "In how many hours each disk is full, if it goes on as in the last 6."),
    ], run: run)

  private static let options =
    [
      OptionDefinition(
        name: "--time", value: "TIME",
        meaning: "The time of the evaluation, RFC 3339 or seconds since 1970. Default: now.", check: QueryOptions.time),
      OptionDefinition(
        name: "--range", value: "DURATION", meaning: "Over this long a time before --end, e.g. 1h.",
        check: QueryOptions.duration),
    ] + QueryOptions.range + [
      OptionDefinition(
        name: "--step", value: "DURATION",
        meaning: "The time from one evaluation to the next. Default: a 240th of the range, in whole seconds.",
        check: QueryOptions.duration)
    ] + ChartSize.options

  @Sendable private static func run(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws(CommandFailure) -> ExitCode {
    try ChartSize.check(arguments)
    let range = try QueryRange(arguments, now: context.now())
    let client = try PrometheusClient(arguments, context)
    var parameters = [("query", arguments.operands[0])]
    if let time = arguments["--time"].flatMap(QueryOptions.milliseconds) {
      parameters.append(("time", QueryOptions.seconds(time)))
    }
    parameters += range?.parameters ?? []
    let response = try client.get(range == nil ? "/query" : "/query_range", parameters)
    if arguments.has("--json") {
      context.print(String(decoding: response.bytes, as: UTF8.self))
    } else {
      show(response.value["data"] ?? .null, range, client.client, arguments, context)
    }
    return .success
  }

  private static func show(
    _ data: JSONValue, _ range: QueryRange?, _ client: APIClient, _ arguments: ParsedArguments,
    _ context: CommandContext
  ) {
    if let single = data["result"].flatMap(ResultPoint.init) {
      context.print(TextWidth.visible(single.text))
      return
    }
    let series = (data["result"]?.array ?? []).map(ResultSeries.init)
    guard !series.isEmpty else {
      let text = "The result is empty: no series has a value at \(range == nil ? "this time" : "these times")."
      context.writeError("\(UnknownMetric(client).message(for: arguments.operands[0], otherwise: text))\n")
      return
    }
    guard let range else { return context.print(table(of: series, areRanges: data["resultType"]?.string == "matrix")) }
    guard arguments.has("--chart") else { return context.print(summary(of: series, context)) }
    let chart = Chart(
      lines: series.map { line in
        Chart.Line(
          name: line.labels.notation,
          points: line.points.compactMap { point in point.value.map { .init(time: point.time, value: $0) } })
      }, range: range, unit: arguments["--unit"].flatMap(ValueUnit.init) ?? .number)
    chart.print(arguments, context)
  }

  /// The values of a time; with the times where a series may have several.
  private static func table(of series: [ResultSeries], areRanges: Bool) -> Table {
    let labels = LabelColumns(series.map(\.labels))
    var table = Table(
      (areRanges ? [.init(title: "TIME (UTC)")] : []) + [.init(title: "VALUE", isNumber: true)] + labels.columns)
    for one in series {
      let cells = labels.cells(one.labels)
      for point in one.points {
        table.append(
          (areRanges ? [NumberText.time(UnixNanoseconds(point.time * 1_000_000))] : []) + [point.text] + cells)
      }
    }
    return table
  }

  private static func summary(of series: [ResultSeries], _ context: CommandContext) -> Table {
    let labels = LabelColumns(series.map(\.labels))
    let graphWidth = (context.columnCount ?? .max) < 100 ? 15 : 30
    var table = Table(
      [
        .init(title: "POINTS", isNumber: true), .init(title: "MIN", isNumber: true),
        .init(title: "MAX", isNumber: true),
        .init(title: "LAST", isNumber: true), .init(title: "GRAPH"),
      ] + labels.columns)
    for one in series {
      let values = one.points.compactMap(\.value)
      let numbers = values.filter { !$0.isNaN }
      table.append(
        [
          NumberText.count(Int64(one.points.count)), numbers.min().map(NumberText.number) ?? "-",
          numbers.max().map(NumberText.number) ?? "-", values.last.map(NumberText.number) ?? "-",
          Graph.bars(values, width: graphWidth),
        ] + labels.cells(one.labels))
    }
    return table
  }
}
