import API
import Base
import HTTPTypes
import JSON
import TelemetryQueries
import TraceQL

/// Tempo's search: TraceQL in `q`, or tags as logfmt in `tags`.
enum TempoSearch {
  /// How far back a search looks unless the request says otherwise: a day.
  static let rangeNanoseconds: Int64 = 86_400_000_000_000
  private static let traceCountMax = 1_000
  private static let spanCountMax = 1_000

  @Sendable static func answer(_ call: CompatibilityCall) throws -> HTTPResponse {
    let search = try search(call)
    let spanCount = try call.fields.count("spss", default: 3, max: spanCountMax)
    let found = try call.telemetry.traces(search)
    let traces = found.traces
    var writer = JSONWriter()
    // Searches by tags return no spans, as in Tempo.
    let matches = try search.filter.query.flatMap { query in
      call.fields.text("q") == nil ? nil : try TempoMatches(query, search.filter, traces, spanCount, call)
    }
    writer.object { writer in
      writer.key("traces")
      writer.array { writer in
        for trace in traces { TempoSearchJSON.write(trace, matches?.spanSet(of: trace.traceID), to: &writer) }
      }
      writer.key("metrics")
      writer.object { writer in
        writer.member("inspectedTraces", traces.count)
        writer.member("completedJobs", 1)
        writer.member("totalJobs", 1)
      }
      call.writeWarnings(of: found.partlySearched, to: &writer)
    }
    return .json(writer)
  }

  /// The range of a request in whole seconds.
  static func range(_ call: CompatibilityCall) throws(Problem) -> TimeRange {
    try call.fields.range(
      "start", "end", unit: 1_000_000_000, now: call.now, defaultNanoseconds: rangeNanoseconds)
  }

  private static func search(_ call: CompatibilityCall) throws(Problem) -> TraceSearch {
    let parameters = call.fields
    var search = TraceSearch(
      filter: SpanFilter(range: try range(call)),
      limit: try parameters.count("limit", default: 20, max: traceCountMax))
    let durations = try parameters.durations("minDuration", "maxDuration")
    search.minimumTraceNanoseconds = durations.least
    search.maximumTraceNanoseconds = durations.greatest
    if let text = parameters.text("q") {
      search.filter.query = try query(text)
    } else if let text = parameters.text("tags") {
      let tags = try Logfmt.parse(text)
      guard tags.count <= SearchTags.countMax else { throw SearchTags.tooMany(tags.count, "tags") }
      for tag in tags { search.filter.require(TempoTagFilter.condition(tag.key, tag.value)) }
    }
    return search
  }

  /// Reads TraceQL; an error says where it is.
  static func query(_ text: String) throws(Problem) -> TraceQLQuery {
    do {
      return try TraceQLParser.parse(text)
    } catch {
      throw Problem(.invalidParameter, "invalid TraceQL query: \(error.message) (\(error.position))")
    }
  }
}

/// The tags of a search without TraceQL as conditions: text is looked for within a value, whatever its case.
enum TempoTagFilter {
  static func condition(_ key: String, _ value: String) -> FieldExpression {
    switch key {
    case "name": return comparison(.intrinsic(.name), .matches, .string(pattern(value)))
    case "root.name": return comparison(.intrinsic(.rootName), .matches, .string(pattern(value)))
    case "root.service.name": return comparison(.intrinsic(.rootServiceName), .matches, .string(pattern(value)))
    case "status.code":
      let status = Literal.StatusCode.allCases.first { "\($0)" == value.lowercased() }
      return status.map { comparison(.intrinsic(.status), .equal, .status($0)) } ?? .constant(false)
    case "error" where value == "true": return comparison(.intrinsic(.status), .equal, .status(.error))
    default: break
    }
    let field = Field.attribute(.unscoped, key: key)
    var condition = comparison(field, .matches, .string(pattern(value)))
    if let number = Int64(value) {
      condition = .or(condition, comparison(field, .equal, .int(number)))
    } else if let number = Double(value), number.isFinite {
      condition = .or(condition, comparison(field, .equal, .float(number)))
    } else if value == "true" || value == "false" {
      condition = .or(condition, comparison(field, .equal, .bool(value == "true")))
    }
    return condition
  }

  /// A regular expression for text with this part; line breaks may stand around it.
  private static func pattern(_ part: String) -> String {
    var escaped = ""
    for scalar in part.unicodeScalars {
      if "\\.+*?()|[]{}^$".unicodeScalars.contains(scalar) { escaped += "\\" }
      escaped.unicodeScalars.append(scalar)
    }
    return "(?is).*\(escaped).*"
  }

  private static func comparison(
    _ field: Field, _ comparison: ComparisonOperator, _ value: Literal
  ) -> FieldExpression {
    .comparison(.init(field: field, comparison: comparison, value: value, position: .unknown))
  }
}
