import Commands
import JSON

/// `metrics current`.
enum CurrentCommand {
  static let definition = CommandDefinition(
    path: ["metrics", "current"], summary: "Show the latest value of each series.",
    discussion: "Series that have ended are left out.", operands: [StoredSeries.selector],
    options: StoredSeries.filters + [
      OptionDefinition(
        name: "--window", value: "DURATION", meaning: "How old a value may be. Default: 5m.",
        check: QueryOptions.duration, parameter: .named("window")),
      OptionDefinition(
        name: "--end", value: "TIME", meaning: "The values of this time, RFC 3339 or seconds since 1970. Default: now.",
        check: QueryOptions.time, parameter: .named("end", QueryOptions.rfc3339)),
      ClientOptions.limit(default: limitDefault),
    ] + ClientOptions.connection,
    examples: [
      .init(command: "axonize metrics current node_load1", meaning: "The load of each host."),
      .init(command: "axonize metrics current --host web-1 --type gauge", meaning: "Every gauge of a host."),
    ],
    run: { arguments, context in
      let client = try APIClient(arguments, context)
      return try ListCommand.run(
        "/metrics/current", arguments, context, client: client, parameters: StoredSeries.parameters(arguments),
        limitDefault: limitDefault,
        emptyMessage: StoredSeries.emptyMessage(
          arguments, client, "No series has a value of this time; --window says how old it may be.")
      ) { rows in
        let labels = LabelColumns(rows.map(LabelText.init(row:)))
        var table = Table(
          [.init(title: "VALUE", isNumber: true), .init(title: "TIME (UTC)"), .init(title: "TYPE")] + labels.columns)
        for row in rows {
          table.append(
            [Cell.number(row["value"]), Cell.time(row["time"]), row["type"]?.string ?? ""]
              + labels.cells(LabelText(row: row)))
        }
        return table
      }
    })

  private static let limitDefault = 100
}
