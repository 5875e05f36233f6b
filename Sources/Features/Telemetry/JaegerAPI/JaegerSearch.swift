import API
import Base
import JSON
import Telemetry
import TelemetryQueries
import TraceInterchange
import TraceQL

/// Reads the parameters of Jaeger's trace search.
enum JaegerSearch {
  /// How far back a search looks unless the request says otherwise: two days, as in Jaeger.
  private static let rangeNanoseconds: Int64 = 172_800_000_000_000
  /// The most traces in a response, as in Jaeger's own interface.
  static let traceCountMax = 1_500

  /// The search that a request asks for; nil when no span can match.
  ///
  /// `start` and `end` are microseconds; without `start`, `lookback` says how far back (`1h`, `2d`).
  static func read(_ parameters: LenientParameters, now: UnixNanoseconds) throws(Problem) -> TraceSearch? {
    guard let service = parameters.text("service") else { throw .parameter("service", "it is required") }
    let lookback = parameters.text("lookback").flatMap { DurationText.parse($0) }
    let range = try parameters.range(
      "start", "end", unit: 1_000, now: now, defaultNanoseconds: lookback ?? rangeNanoseconds)
    var search = TraceSearch(
      filter: SpanFilter(range: range), limit: try parameters.count("limit", default: 100, max: traceCountMax))
    search.filter.service = service
    search.filter.operation = parameters.text("operation")
    let durations = try parameters.durations("minDuration", "maxDuration")
    search.filter.minimumNanoseconds = durations.least
    search.filter.maximumNanoseconds = durations.greatest.flatMap { $0 == 0 ? nil : $0 }
    for tag in try tags(parameters) {
      guard JaegerTagFilter.add(tag.key, tag.value, to: &search.filter) else { return nil }
    }
    return search
  }

  /// The tags of `tag=key:value` and of `tags={"key":"value"}`, by key; of a key that repeats the last counts.
  private static func tags(_ parameters: LenientParameters) throws(Problem) -> [(key: String, value: String)] {
    var tags: [String: String] = [:]
    for text in parameters.texts("tag") {
      guard let colon = text.firstIndex(of: ":") else {
        throw .parameter("tag", "'\(text)' is not of the form key:value")
      }
      tags[String(text[..<colon])] = String(text[text.index(after: colon)...])
    }
    for text in parameters.texts("tags") {
      guard let members = (try? JSONValue(parsing: text))?.members else {
        throw .parameter("tags", "it is not a JSON object such as {\"http.method\":\"GET\"}")
      }
      for member in members {
        guard let value = self.text(member.value) else {
          throw .parameter("tags", "the value of '\(member.key)' is neither text, a number nor a truth value")
        }
        tags[member.key] = value
      }
    }
    try SearchTags.check(tags.count, "tags")
    return tags.sorted { $0.key < $1.key }
  }

  private static func text(_ value: JSONValue) -> String? {
    switch value {
    case .string(let text): text
    case .bool(let flag): String(flag)
    case .number(.int(let number)): String(number)
    case .number(.unsigned(let number)): String(number)
    case .number(.double(let number)): String(number)
    default: nil
    }
  }
}

/// Jaeger's tags as conditions on spans.
///
/// Some of Jaeger's tags are fields of a span in OpenTelemetry; ``JaegerTraceJSON`` writes them back as tags.
enum JaegerTagFilter {
  /// Adds the condition that a tag equals a text; false when no span can match it.
  static func add(_ key: String, _ value: String, to filter: inout SpanFilter) -> Bool {
    switch key {
    case "error":
      let flagged = FieldExpression.comparing(.attribute(.unscoped, key: "error"), .equal, .bool(true))
      let failed = FieldExpression.or(.comparing(.intrinsic(.status), .equal, .status(.error)), flagged)
      guard value == "true" || value == "false" else { return false }
      filter.require(value == "true" ? failed : .not(failed))
    case "span.kind":
      guard let kind = SpanKind.allCases.first(where: { $0 != .unspecified && $0.name == value.lowercased() }),
        filter.kind == nil || filter.kind == kind
      else { return false }
      filter.kind = kind
    case "otel.status_code":
      guard let status: SpanStatus = ["OK": .ok, "ERROR": .error][value.uppercased()],
        filter.status == nil || filter.status == status
      else { return false }
      filter.status = status
    case "otel.status_description":
      filter.require(.comparing(.intrinsic(.statusMessage), .equal, .string(value)))
    case "otel.scope.name", "otel.library.name":
      filter.require(.comparing(.intrinsic(.instrumentationName), .equal, .string(value)))
    case "otel.scope.version", "otel.library.version":
      filter.require(.comparing(.intrinsic(.instrumentationVersion), .equal, .string(value)))
    default: filter.attributes.append(AttributeFilter(place: .either, key: key, value: value))
    }
    return true
  }
}
