import API
import Base
import JSON
import Series

/// Which series an endpoint reads.
enum SeriesParameters {
  static let name = Parameter.text("name", "The metric's name.")
  static let host = Parameter.text(
    "host", "The label `host`; for series without it the label `instance`, with or without its port.")
  static let type = Parameter<MetricMetadata.Kind?>.choice(
    "type", "The metric's type, as its client gave it.", MetricMetadata.Kind.allCases.map { ($0.name, $0) })
  static let labels = ParameterFamily(
    "label", "`label.<name>=<value>`: a label of the series equals a text; may repeat.")
  static let match = Parameter.text(
    "match", "A selector of PromQL, e.g. `node_load1{job=~\"node.*\"}`, which holds beside the other filters.")

  static let all = [
    name.definition, host.definition, type.definition, labels.definition, match.definition,
  ]

  static let step = Parameter.duration(
    "step", "The width of a step, e.g. `1m`, `5m` or `1h`. Steps begin at whole multiples of it, in UTC.")

  /// The most steps of a range, as of a range query in PromQL.
  static let stepCountMax = 11_000
}

extension Input where Source == ParameterSource {
  /// Words of a list, separated by commas.
  static func words<Word: RawRepresentable & CaseIterable & Sendable & Hashable>(
    _ name: String, _ description: String
  ) -> Input where Value == [Word]?, Word.RawValue == String {
    let known = Word.allCases.map(\.rawValue)
    let word = "(\(known.joined(separator: "|")))"
    let schema = Schema.json([
      ("type", .string("string")), ("pattern", .string("^\(word)(,\(word)){0,\(known.count - 1)}$")),
    ])
    return Input(name, description, schema: schema) { text, _ throws(InputMistake) in
      var words: [Word] = []
      for part in text.split(separator: ",", omittingEmptySubsequences: false) {
        guard let word = Word(rawValue: String(part)), words.count < known.count else {
          throw InputMistake("expected one or more of \(known.joined(separator: ", ")), separated by commas")
        }
        if !words.contains(word) { words.append(word) }
      }
      return words
    }
  }
}

extension Input where Source == ParameterSource, Value == Double? {
  /// A finite number.
  static func number(_ name: String, _ description: String, from minimum: Double? = nil) -> Input {
    let bound: [(String, JSONValue)] = minimum.map { [("minimum", .number(.double($0)))] } ?? []
    let schema = Schema.json([("type", .string("number"))] + bound)
    return Input(name, description, schema: schema) { text, _ throws(InputMistake) in
      guard let number = Double(text), number.isFinite, number >= minimum ?? -.infinity,
        text.utf8.allSatisfy({ "0123456789.eE+-".utf8.contains($0) })
      else {
        throw InputMistake("expected a number" + (minimum.map { " from \($0)" } ?? ""))
      }
      return number
    }
  }
}
