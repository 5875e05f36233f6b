import Commands
import JSON

/// `metrics stats`.
enum StatisticsCommand {
  static let definition = CommandDefinition(
    path: ["metrics", "stats"], summary: "Show exact statistics of each series over a range.",
    discussion:
      "With --compare, a column says by how much the first statistic differs from that of the range before. Without a "
      + "range, the last hour.",
    operands: [StoredSeries.selector],
    options: StoredSeries.filters + StoredSeries.range + [
      StoredSeries.aggregations,
      OptionDefinition(
        name: "--compare", value: "LIST",
        meaning: "yesterday, last_week, or both separated by a comma: the same range a day or seven days before.",
        check: { text in
          let names = text.split(separator: ",", omittingEmptySubsequences: false)
          return names.allSatisfy { $0 == "yesterday" || $0 == "last_week" } ? nil : "yesterday, last_week or both"
        }, parameter: .named("compare")),
      ClientOptions.limit(default: limitDefault),
    ] + ClientOptions.connection,
    examples: [
      .init(
        command: "axonize metrics stats node_load1 --since 1d --compare yesterday,last_week",
        meaning: "The load of a day, and how it was before.")
    ],
    run: { arguments, context in
      let names = StoredSeries.shown(arguments)
      let client = try APIClient(arguments, context)
      return try ListCommand.run(
        "/metrics/stats", arguments, context, client: client, parameters: StoredSeries.parameters(arguments),
        limitDefault: limitDefault, emptyMessage: StoredSeries.emptyMessage(arguments, client)
      ) { rows in table(of: rows, names) }
    })

  private static let limitDefault = 100

  private static func table(of rows: [JSONValue], _ names: [String]) -> Table {
    let labels = LabelColumns(rows.map(LabelText.init(row:)))
    let periods = (rows.first?["comparisons"]?.array ?? []).map { $0["period"]?.string ?? "" }
    let titles = periods.map { $0 == "last_week" ? "VS LAST WEEK" : "VS \($0.uppercased())" }
    let numbers = ["COUNT"] + names.map { $0.uppercased() } + titles
    var table = Table(numbers.map { .init(title: $0, isNumber: true) } + labels.columns)
    for row in rows {
      let statistics = row["statistics"]
      let changes = periods.indices.map { index in
        Cell.change(row["comparisons"]?[index]?["differences"]?[names.first ?? ""]?["relative"])
      }
      table.append(
        [Cell.number(statistics?["count"])] + names.map { Cell.number(statistics?[$0]) } + changes
          + labels.cells(LabelText(row: row)))
    }
    return table
  }
}
