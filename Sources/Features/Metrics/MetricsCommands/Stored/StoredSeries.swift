import Base
import Commands
import JSON

/// What commands that read stored series have in common.
enum StoredSeries {
  static let selector = OperandDefinition(
    name: "selector",
    meaning: "A name, or matchers of PromQL such as '{job=\"node\"}', in quotes. Without one, every series.",
    isRequired: false)

  /// Which series are read, beside the selector.
  static let filters = [
    OptionDefinition(
      name: "--host", value: "HOST",
      meaning: "Only series of this host: the label host, else the label instance with or without its port.",
      parameter: .named("host")),
    OptionDefinition(
      name: "--type", value: "TYPE", meaning: "Only series of this type.",
      choices: ["unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"],
      parameter: .named("type")),
  ]

  /// The time that is read; the last hour without an option.
  static let range = QueryOptions.range(QueryOptions.rfc3339)

  static let step = OptionDefinition(
    name: "--step", value: "DURATION", meaning: "The width of a step. Default: a hundredth of the range.",
    check: QueryOptions.duration, parameter: .named("step"))

  static let aggregations = OptionDefinition(
    name: "--aggregations", value: "LIST",
    meaning:
      "Statistics of \(aggregationNames.joined(separator: ", ")), separated by commas. Default: all.",
    check: { text in
      let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      return names.allSatisfy(aggregationNames.contains) ? nil : "some of \(aggregationNames.joined(separator: ","))"
    }, parameter: .named("aggregations"))

  private static let aggregationNames = ["mean", "min", "max", "p50", "p95", "p99"]

  /// The statistics that are shown, the most important one first.
  static func shown(_ arguments: ParsedArguments) -> [String] {
    arguments["--aggregations"]?.split(separator: ",").map(String.init) ?? aggregationNames
  }

  /// The parameter of the selector.
  static func parameters(_ arguments: ParsedArguments) -> [(String, String)] {
    arguments.operands.first.map { [("match", $0)] } ?? []
  }

  /// What is said where nothing is found.
  static func emptyMessage(
    _ arguments: ParsedArguments, _ client: APIClient, _ text: String = ListCommand.emptyMessage
  ) -> String {
    UnknownMetric(client).message(for: arguments.operands.first, otherwise: text)
  }

  static func check(_ name: String) -> @Sendable (String) -> String? {
    { text in Double(text).map(\.isFinite) == true ? nil : "a number such as \(name)" }
  }
}

extension LabelText {
  /// The series of a row: its name, and its labels without that.
  init(row: JSONValue) {
    self.init(
      name: row["name"]?.string ?? "",
      labels: (row["labels"]?.members ?? []).map { (name: $0.key, value: $0.value.string ?? "") })
  }
}

/// Cells of a table, from a response.
enum Cell {
  /// A number; texts stand for what is not finite, and a dash for what is not there.
  static func number(_ value: JSONValue?) -> String {
    value?.double.map(NumberText.number) ?? value?.string ?? "-"
  }

  /// A time in UTC, to the second.
  static func time(_ value: JSONValue?) -> String {
    milliseconds(value).map { String(NumberText.time(UnixNanoseconds($0 * 1_000_000)).prefix(19)) } ?? "-"
  }

  /// Milliseconds since 1970.
  static func milliseconds(_ value: JSONValue?) -> Int64? {
    value?.string.flatMap { RFC3339.parse($0) }.map { $0.rawValue / 1_000_000 }
  }

  /// A part as a percentage with its sign: `+12.5 %`.
  static func change(_ value: JSONValue?) -> String {
    guard let part = value?.double else { return "-" }
    let percent = (part * 1_000).rounded() / 10
    return (percent > 0 ? "+" : "") + NumberText.number(percent) + " %"
  }
}
