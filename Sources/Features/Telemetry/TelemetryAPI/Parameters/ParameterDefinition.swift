/// A parameter of an endpoint: how it is read and how the OpenAPI document describes it.
struct ParameterDefinition: Sendable {
  /// What values a parameter takes.
  enum Kind: Sendable, Equatable {
    /// Text of 1 to `textLengthMax` characters.
    case text
    /// One of some words.
    case choice([String])
    /// RFC 3339, `now`, `now-15m` or `-15m`.
    case time
    case integer(ClosedRange<Int>, standard: Int?)
    /// Milliseconds from 0, with a fraction if wanted.
    case milliseconds
    /// `30s`, `5m`, `1h`.
    case duration
    /// A query in TraceQL.
    case traceQL
    case cursor
    case traceID
    /// The first digits of a trace id.
    case traceIDPrefix
    /// A family `<prefix><key>=<value>` that may repeat.
    case family(prefix: String)
  }

  let name: String
  let kind: Kind
  let description: String
  var isRequired = false

  /// The most characters of a text.
  static let textLengthMax = 4_096
}

extension ParameterDefinition {
  static let timeRange: [ParameterDefinition] = [
    ParameterDefinition(
      name: "start", kind: .time,
      description: "Start of the time range, inclusive: RFC 3339, or relative to now as `-15m`, `now-1h`. "
        + "Default: one hour before `end`."),
    ParameterDefinition(
      name: "end", kind: .time, description: "End of the time range, exclusive: RFC 3339, or relative. Default: now."),
  ]

  static func limit(standard: Int, max: Int = 1_000) -> ParameterDefinition {
    ParameterDefinition(
      name: "limit", kind: .integer(1...max, standard: standard), description: "The most items of a page.")
  }

  static let cursor = ParameterDefinition(
    name: "cursor", kind: .cursor,
    description: "`next_cursor` of the page before; the other parameters must stay the same.")

  /// The filters that traces and spans share.
  static let spanFilters: [ParameterDefinition] = [
    ParameterDefinition(name: "service", kind: .text, description: "The span's `service.name`."),
    ParameterDefinition(name: "operation", kind: .text, description: "The span's name."),
    ParameterDefinition(
      name: "status", kind: .choice(["unset", "ok", "error"]), description: "The span's status code."),
    ParameterDefinition(
      name: "model", kind: .text, description: "The model that was asked for, or the one that answered."),
    ParameterDefinition(name: "provider", kind: .text, description: "The provider of the model."),
    ParameterDefinition(name: "user", kind: .text, description: "The user's id."),
    ParameterDefinition(name: "session", kind: .text, description: "The session's or conversation's id."),
    ParameterDefinition(name: "gpu", kind: .text, description: "The id of a GPU resource that the span used."),
    ParameterDefinition(
      name: "attr", kind: .family(prefix: "attr."),
      description: "`attr.<key>=<value>`: a span attribute equals a text, whatever its type; may repeat."),
    ParameterDefinition(
      name: "resource", kind: .family(prefix: "resource."),
      description: "`resource.<key>=<value>`: a resource attribute equals a text, whatever its type; may repeat."),
    ParameterDefinition(
      name: "q", kind: .traceQL, description: "A query in the subset of TraceQL that docs/query-language.md describes."),
  ]
}
