import Base
import Commands
import JSON

/// `metrics list`.
enum NamesCommand {
  static let definition = CommandDefinition(
    path: ["metrics", "list"], summary: "List the metrics that have series.",
    discussion: "Without a range, those of the last hour, exact to the UTC day.",
    options: ClientOptions.range + [
      OptionDefinition(
        name: "--prefix", value: "TEXT", meaning: "Only metrics whose name begins with TEXT.",
        parameter: .named("prefix"))
    ] + ClientOptions.connection,
    examples: [.init(command: "axonize metrics list --prefix gen_ai_", meaning: "Those of the GenAI conventions.")],
    run: { arguments, context in
      try ListCommand.run("/metrics/names", arguments, context, isPaged: false) { metrics in
        var table = Table([
          .init(title: "NAME"), .init(title: "TYPE"), .init(title: "UNIT", mayGo: true),
          .init(title: "SERIES", isNumber: true),
          .init(title: "DESCRIPTION", isFlexible: true),
        ])
        for metric in metrics {
          table.append([
            metric["name"]?.string ?? "", metric["type"]?.string ?? "", metric["unit"]?.string ?? "",
            NumberText.count(metric["series_count"]?.double.map(Int64.init) ?? 0),
            metric["description"]?.string ?? "",
          ])
        }
        return table
      }
    })
}
