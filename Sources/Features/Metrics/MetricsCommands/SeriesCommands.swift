import Base
import Commands
import HTTPTypes
import JSON

/// `series` and `labels`.
enum SeriesCommands {
  private static let rangeNote =
    "Without a range, those of the last hour. The server knows of each series the days on which it has samples, so the "
    + "list is exact to the day."

  static let series = CommandDefinition(
    path: ["series"], summary: "List the series that a selector of PromQL finds.", discussion: rangeNote,
    operands: [
      OperandDefinition(name: "selector", meaning: "A name, or matchers such as '{job=\"node\"}', in quotes.")
    ],
    options: QueryOptions.range + [QueryOptions.limit] + ClientOptions.connection,
    examples: [
      .init(command: "axonize series up", meaning: "The targets that were scraped."),
      .init(command: "axonize series '{__name__=~\"http_.+\"}' --since 1d", meaning: "By a pattern of the name."),
    ],
    run: { arguments, context in
      try list("/series", [("match[]", arguments.operands[0])], arguments, context) { found in
        let series = found.map(LabelText.init(metric:))
        let labels = LabelColumns(series)
        var table = Table(labels.columns)
        for one in series { table.append(labels.cells(one)) }
        return table
      }
    })

  static let labels = CommandDefinition(
    path: ["labels"], summary: "List the names of labels, or the values of one.",
    discussion: rangeNote + " Without --match, those of every day.",
    operands: [
      OperandDefinition(name: "name", meaning: "Show the values of this label.", isRequired: false)
    ],
    options: [
      OptionDefinition(
        name: "--match", letter: "-m", value: "SELECTOR",
        meaning: "Only labels of the series that a selector finds. May be repeated.", isRepeatable: true,
        parameter: .named("match[]"))
    ] + QueryOptions.range + [QueryOptions.limit] + ClientOptions.connection,
    examples: [
      .init(command: "axonize labels __name__", meaning: "The names of all metrics."),
      .init(command: "axonize labels instance -m 'up{job=\"node\"}'", meaning: "The instances of a job."),
    ],
    run: { arguments, context in
      let name = arguments.operands.first
      let path = name.map { "/label/\(PercentEncoding.encode($0))/values" } ?? "/labels"
      return try list(path, [], arguments, context) { found in
        var table = Table([.init(title: name == nil ? "NAME" : "VALUE", isFlexible: true)])
        for text in found.compactMap(\.string) { table.append([text]) }
        return table
      }
    })

  private static func list(
    _ path: String, _ parameters: [(String, String)], _ arguments: ParsedArguments, _ context: CommandContext,
    _ table: ([JSONValue]) -> Table
  ) throws(CommandFailure) -> ExitCode {
    var query = try parameters + ClientOptions.query(arguments, now: context.now())
    if !arguments.has("--limit") { query.append(("limit", String(QueryOptions.limitDefault))) }
    let client = try PrometheusClient(arguments, context)
    let response = try client.get(path, query)
    let found = response.value["data"]?.array ?? []
    if arguments.has("--json") {
      context.print(String(decoding: response.bytes, as: UTF8.self))
    } else if found.isEmpty {
      let selector = parameters.first?.1 ?? arguments["--match"]
      let text = UnknownMetric(client.client).message(for: selector, otherwise: ListCommand.emptyMessage)
      context.writeError("\(text)\n")
    } else {
      context.print(table(found))
    }
    return .success
  }
}
