import Base
package import Commands
import Configuration
import JSON

/// `metrics list` and `metrics query`.
package enum MetricCommands {
  package static let all = [list, query]

  private static let list = CommandDefinition(
    path: ["metrics", "list"], summary: "List the metrics that have points.",
    discussion: "Without a range, the server's default: the last hour.",
    options: ClientOptions.range + [
      OptionDefinition(
        name: "--prefix", value: "TEXT", meaning: "Only metrics whose name begins with TEXT.",
        parameter: .named("prefix"))
    ] + ClientOptions.connection,
    examples: [.init(command: "axonize metrics list --prefix gen_ai.", meaning: "Those of the GenAI conventions.")],
    run: { arguments, context in
      try ListCommand.run("/metrics/names", arguments, context, isPaged: false) { metrics in
        var table = Table([
          .init(title: "NAME"), .init(title: "TYPE"), .init(title: "UNIT"), .init(title: "POINTS", isNumber: true),
          .init(title: "DESCRIPTION", isFlexible: true),
        ])
        for metric in metrics {
          table.append([
            metric["name"]?.string ?? "", metric["type"]?.string ?? "", metric["unit"]?.string ?? "",
            NumberText.count(metric["point_count"].flatMap(SpanView.integer) ?? 0), metric["description"]?.string ?? "",
          ])
        }
        return table
      }
    })

  private static let query = CommandDefinition(
    path: ["metrics", "query"], summary: "Show the series of a metric.",
    discussion: "Each series is a line: the smallest, largest and last of its values, and a graph of them from left to "
      + "right. --json has every point.",
    operands: [OperandDefinition(name: "name", meaning: "A name that 'axonize metrics list' shows.")],
    options: ClientOptions.range + [
      TelemetryOptions.service(),
      TelemetryOptions.attribute("An attribute of the points", ofResource: false),
      OptionDefinition(
        name: "--aggregation", value: "HOW",
        meaning: "How the points of a step become one value. Default: avg. For a "
          + "counter take last.", choices: ["avg", "min", "max", "sum", "last", "count"],
        parameter: .named("aggregation")),
      OptionDefinition(
        name: "--step", value: "DURATION", meaning: "The width of a step. Default: a hundredth of the range.",
        check: { DurationText.duration($0).map { $0 > .zero } == true ? nil : "a duration such as 30s or 5m" },
        parameter: .named("step")),
      OptionDefinition(
        name: "--group-by", value: "KEYS",
        meaning: "The attributes that distinguish series, separated by commas. Default: all of them.",
        parameter: .named("group_by")),
    ] + ClientOptions.connection,
    examples: [
      .init(
        command: "axonize metrics query gpu.power --step 1m --aggregation max --group-by gpu",
        meaning: "The peaks of each GPU.")
    ],
    run: { arguments, context in
      let name = [("name", arguments.operands[0])]
      let graphWidth = (context.columnCount ?? .max) < 100 ? 15 : 30
      return try ListCommand.run("/metrics/query", arguments, context, parameters: name, isPaged: false) { series in
        var table = Table([
          .init(title: "SERVICE", isFlexible: true), .init(title: "ATTRIBUTES", isFlexible: true),
          .init(title: "STEPS", isNumber: true), .init(title: "MIN", isNumber: true),
          .init(title: "MAX", isNumber: true), .init(title: "LAST", isNumber: true), .init(title: "GRAPH"),
        ])
        for one in series {
          let values = (one["points"]?.array ?? []).compactMap { $0["value"]?.double }
          table.append([
            one["service_name"]?.string ?? "", attributes(one["attributes"]), NumberText.count(Int64(values.count)),
            values.min().map(NumberText.number) ?? "-", values.max().map(NumberText.number) ?? "-",
            values.last.map(NumberText.number) ?? "-", Graph.bars(values, width: graphWidth),
          ])
        }
        return table
      }
    })

  private static func attributes(_ value: JSONValue?) -> String {
    (value?.members ?? []).map { member in
      "\(member.key)=\(member.value.string ?? String(decoding: member.value.encoded, as: UTF8.self))"
    }
    .joined(separator: " ")
  }
}
