import Commands
import JSON

/// The labels of a series as a response has them.
struct LabelText {
  /// The value of `__name__`; empty for a series without a name.
  let name: String
  /// The other labels, in their order.
  let labels: [(name: String, value: String)]

  private static let nameLabel = "__name__"

  init(name: String, labels: [(name: String, value: String)]) {
    self.name = name
    self.labels = labels
  }

  /// - Parameter metric: the labels, with `__name__` among them.
  init(metric: JSONValue) {
    let members = (metric.members ?? []).map { (name: $0.key, value: $0.value.string ?? "") }
    name = members.first { $0.name == Self.nameLabel }?.value ?? ""
    labels = members.filter { $0.name != Self.nameLabel }
  }

  /// The series in PromQL: `up{job="node"}`.
  var notation: String {
    let pairs = labels.map { "\($0.name)=\"\($0.value.map(Self.escaped).joined())\"" }
    return pairs.isEmpty && !name.isEmpty ? name : "\(name){\(pairs.joined(separator: ", "))}"
  }

  private static func escaped(_ character: Character) -> String {
    switch character {
    case "\\": "\\\\"
    case "\"": "\\\""
    case "\n": "\\n"
    default: String(character)
    }
  }
}

/// The columns of a table that show the labels of series: one for each name, or one for all where there are many names.
struct LabelColumns {
  /// More columns than these do not fit a terminal.
  private static let nameCountMax = 6

  private let names: [String]
  private let hasName: Bool
  private let isNotation: Bool

  init(_ series: [LabelText]) {
    names = Set(series.flatMap { $0.labels.map(\.name) }).sorted()
    hasName = series.contains { !$0.name.isEmpty }
    isNotation = names.count > Self.nameCountMax
  }

  var columns: [Table.Column] {
    if isNotation { return [.init(title: "SERIES", isFlexible: true)] }
    return (hasName ? [.init(title: "NAME", isFlexible: true, mayGo: true)] : [])
      + names.map { .init(title: TextWidth.visible($0), isFlexible: true, mayGo: true) }
  }

  func cells(_ series: LabelText) -> [String] {
    if isNotation { return [series.notation] }
    return (hasName ? [series.name] : [])
      + names.map { name in series.labels.first { $0.name == name }?.value ?? "" }
  }
}
