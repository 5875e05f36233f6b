import Base
import HTTPTypes
import TraceQL
import TelemetryQueries

/// The parameters of a request, read and checked by the endpoint's definitions.
struct Parameters: Sendable {
  private enum Value: Sendable {
    case text(String)
    case integer(Int)
    case nanoseconds(Int64)
    case time(UnixNanoseconds)
    case query(TraceQLQuery)
  }

  private var values: [String: Value] = [:]
  /// The families' members in order.
  private(set) var members: [(prefix: String, key: String, value: String)] = []
  /// The parameters as sent, by name; for the cursor's fingerprint.
  private(set) var sent: [QueryParameter] = []

  /// Reads a query string, or throws a problem that lists every mistake.
  init(_ query: String, _ definitions: [ParameterDefinition], now: UnixNanoseconds) throws(Problem) {
    guard let parameters = QueryParameter.parse(query) else {
      throw Problem(
        status: 400, code: .invalidParameter,
        detail: "The query string is not percent-encoded UTF-8; encode `%` as `%25`.")
    }
    sent = parameters
    var errors: [Problem.ParameterError] = []
    for parameter in parameters {
      do throws(Problem.ParameterError) {
        try read(parameter, definitions, now)
      } catch {
        errors.append(error)
      }
    }
    for definition in definitions where definition.isRequired && values[definition.name] == nil {
      if !errors.contains(where: { $0.parameter == definition.name }) {
        errors.append(.init(parameter: definition.name, detail: "is required"))
      }
    }
    guard errors.isEmpty else { throw .invalid(errors) }
  }

  private mutating func read(
    _ parameter: QueryParameter, _ definitions: [ParameterDefinition], _ now: UnixNanoseconds
  ) throws(Problem.ParameterError) {
    func wrong(_ detail: String) -> Problem.ParameterError { .init(parameter: parameter.name, detail: detail) }
    for definition in definitions {
      guard case .family(let prefix) = definition.kind, parameter.name.hasPrefix(prefix) else { continue }
      let key = String(parameter.name.dropFirst(prefix.count))
      guard !key.isEmpty else { throw wrong("expected an attribute key behind `\(prefix)`") }
      try Self.checkLength(key + parameter.value, wrong)
      guard members.count < 32 else { throw wrong("at most 32 attribute filters are allowed") }
      members.append((prefix, key, parameter.value))
      return
    }
    guard let definition = definitions.first(where: { $0.name == parameter.name && !$0.isFamily }) else {
      let names = definitions.map { $0.isFamily ? "\($0.name).<key>" : $0.name }
      throw wrong(
        names.isEmpty
          ? "this endpoint has no parameters"
          : "is not a parameter of this endpoint, which has \(names.joined(separator: ", "))")
    }
    guard values[definition.name] == nil else { throw wrong("is given twice") }
    values[definition.name] = try value(parameter, definition.kind, now, wrong)
  }

  /// Checks the texts among the segments of a path, like those of a query.
  static func check(_ path: [String: String], _ definitions: [ParameterDefinition]) throws(Problem) {
    for definition in definitions where definition.kind == .text {
      do throws(Problem.ParameterError) {
        try checkLength(path[definition.name] ?? "") { .init(parameter: definition.name, detail: $0) }
      } catch {
        throw .invalid([error])
      }
    }
  }

  private static func checkLength(
    _ text: String, _ wrong: (String) -> Problem.ParameterError
  ) throws(Problem.ParameterError) {
    guard text.unicodeScalars.count <= ParameterDefinition.textLengthMax else {
      throw wrong("is longer than \(ParameterDefinition.textLengthMax) characters")
    }
    guard !text.utf8.contains(0) else { throw wrong("holds a NUL character") }
  }

  private func value(
    _ parameter: QueryParameter, _ kind: ParameterDefinition.Kind, _ now: UnixNanoseconds,
    _ wrong: (String) -> Problem.ParameterError
  ) throws(Problem.ParameterError) -> Value {
    let text = parameter.value
    guard !text.isEmpty else { throw wrong("is empty; leave it out or give a value") }
    switch kind {
    case .text, .cursor:
      try Self.checkLength(text, wrong)
      return .text(text)
    case .choice(let words):
      guard words.contains(text) else { throw wrong("expected one of \(words.joined(separator: ", "))") }
      return .text(text)
    case .time:
      guard let time = TimeText.parse(text, now: now) else {
        throw wrong("expected an RFC 3339 time such as 2026-11-21T08:00:00Z, or now, now-15m, -15m")
      }
      return .time(time)
    case .integer(let range, _):
      guard let number = Int(text), range.contains(number) else {
        throw wrong("expected a whole number from \(range.lowerBound) to \(range.upperBound)")
      }
      return .integer(number)
    case .milliseconds:
      guard let number = Double(text), number >= 0, number <= 9e12, text.utf8.allSatisfy(Self.isDecimal) else {
        throw wrong("expected milliseconds, a number from 0")
      }
      return .nanoseconds(Int64((number * 1e6).rounded()))
    case .duration:
      guard let nanoseconds = DurationText.parse(text), nanoseconds > 0 else {
        throw wrong("expected a duration such as 30s, 5m or 1h")
      }
      return .nanoseconds(nanoseconds)
    case .traceQL:
      do throws(TraceQLError) {
        return .query(try TraceQLParser.parse(text))
      } catch {
        throw Problem.ParameterError(parameter: parameter.name, detail: error.message, position: error.position)
      }
    case .traceID:
      guard let id = TraceID(hex: text) else { throw wrong("expected 32 hexadecimal digits") }
      return .text(id.description)
    case .traceIDPrefix:
      guard TraceIDPrefix(text) != nil else {
        throw wrong("expected \(TraceIDPrefix.digitCountMin) to 32 hexadecimal digits")
      }
      return .text(text)
    case .family:
      preconditionFailure("families are read by their prefix")
    }
  }

  private static func isDecimal(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E")
      || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
  }

  // MARK: - Values

  func text(_ name: String) -> String? { if case .text(let text) = values[name] { text } else { nil } }
  func integer(_ name: String) -> Int? { if case .integer(let number) = values[name] { number } else { nil } }
  func nanoseconds(_ name: String) -> Int64? {
    if case .nanoseconds(let number) = values[name] { number } else { nil }
  }
  func time(_ name: String) -> UnixNanoseconds? { if case .time(let time) = values[name] { time } else { nil } }
  func query(_ name: String) -> TraceQLQuery? { if case .query(let query) = values[name] { query } else { nil } }

  /// The range of `start` and `end`: the last hour by default.
  func range(now: UnixNanoseconds, standardNanoseconds: Int64 = 3_600_000_000_000) throws(Problem) -> TimeRange {
    let end = time("end") ?? now
    let start = time("start") ?? UnixNanoseconds(max(0, end.rawValue - standardNanoseconds))
    guard start < end else {
      throw .invalid("start", "must be before `end`; the range is \(RFC3339.format(start)) to \(RFC3339.format(end))")
    }
    return TimeRange(start: start, end: end)
  }
}

extension Problem.ParameterError: Error {}

extension ParameterDefinition {
  var isFamily: Bool { if case .family = kind { true } else { false } }
}
