package import Base
import HTTPTypes

/// The parameters of a request, read and checked by the endpoint's definitions.
package struct Parameters: Sendable {
  private var values: [String: any Sendable] = [:]
  /// The families' members in order.
  private var members: [(family: String, key: String, value: String)] = []
  /// The parameters of the query as sent; for the cursor's fingerprint.
  private(set) var sent: [QueryParameter] = []

  /// The value of a parameter, which MUST be one of the endpoint's.
  package subscript<Value>(parameter: Parameter<Value>) -> Value { parameter.value(values[parameter.definition.name]) }

  /// The members of a family in the order of the request.
  package subscript(family: ParameterFamily) -> [(key: String, value: String)] {
    members.filter { $0.family == family.definition.name }.map { ($0.key, $0.value) }
  }

  /// Reads the segments of a path and a query string, or throws a problem that lists every mistake.
  init(
    path: [String: String], _ pathDefinitions: [ParameterDefinition], query: String,
    _ definitions: [ParameterDefinition], now: UnixNanoseconds
  ) throws(Problem) {
    var mistakes: [Problem.Mistake] = []
    for definition in pathDefinitions {
      read(QueryParameter(name: definition.name, value: path[definition.name] ?? ""), pathDefinitions, now, &mistakes)
    }
    guard let parameters = QueryParameter.parse(query) else {
      throw Problem(.invalidParameter, "The query string is not percent-encoded UTF-8; encode `%` as `%25`.")
    }
    sent = parameters
    for parameter in parameters { read(parameter, definitions, now, &mistakes) }
    for definition in definitions where definition.isRequired && values[definition.name] == nil {
      if !mistakes.contains(where: { $0.place == .parameter(definition.name) }) {
        mistakes.append(.init(.parameter(definition.name), "is required"))
      }
    }
    guard mistakes.isEmpty else { throw .invalid(mistakes) }
  }

  private mutating func read(
    _ parameter: QueryParameter, _ definitions: [ParameterDefinition], _ now: UnixNanoseconds,
    _ mistakes: inout [Problem.Mistake]
  ) {
    do throws(InputMistake) {
      try read(parameter, definitions, now)
    } catch {
      mistakes.append(.init(.parameter(parameter.name), error.detail, at: error.position))
    }
  }

  private mutating func read(
    _ parameter: QueryParameter, _ definitions: [ParameterDefinition], _ now: UnixNanoseconds
  ) throws(InputMistake) {
    for definition in definitions where definition.isFamily && parameter.name.hasPrefix(definition.name + ".") {
      let key = String(parameter.name.dropFirst(definition.name.count + 1))
      guard !key.isEmpty else { throw InputMistake("expected an attribute key after `\(definition.name).`") }
      _ = try ParameterText.check(key + parameter.value)
      guard members.count < ParameterLimits.memberCountMax else {
        throw InputMistake("at most \(ParameterLimits.memberCountMax) attribute filters are allowed")
      }
      members.append((definition.name, key, parameter.value))
      return
    }
    let found = definitions.first { $0.name == parameter.name && !$0.isFamily }
    guard let definition = found else {
      let names = definitions.map { $0.isFamily ? "\($0.name).<key>" : $0.name }
      throw InputMistake(
        names.isEmpty
          ? "this endpoint has no parameters"
          : "is not a parameter of this endpoint, which has \(names.joined(separator: ", "))")
    }
    guard values[definition.name] == nil else { throw InputMistake("occurs twice") }
    guard !parameter.value.isEmpty else { throw InputMistake("is empty; leave it out or give a value") }
    values[definition.name] = try definition.read(ParameterSource(text: parameter.value, now: now))
  }

  /// The range of `start` and `end`: the last hour by default.
  package func range(
    now: UnixNanoseconds, default defaultNanoseconds: Int64 = 3_600_000_000_000
  ) throws(Problem) -> TimeRange {
    let end = self[TimeRangeParameters.end] ?? now
    let start = self[TimeRangeParameters.start] ?? UnixNanoseconds(max(0, end.rawValue - defaultNanoseconds))
    guard start < end else {
      throw .invalid("start", "must be before `end`; the range is \(RFC3339.format(start)) to \(RFC3339.format(end))")
    }
    return TimeRange(start: start, end: end)
  }
}
