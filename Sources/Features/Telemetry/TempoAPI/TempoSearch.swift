import API
import Base
import TelemetryQueries
import TraceInterchange
import TraceQL

/// Tempo's search: TraceQL in `q`, or tags as logfmt in `tags`.
enum TempoSearch {
  /// How far back a search looks unless the request says otherwise: a day.
  static let rangeNanoseconds: Int64 = 86_400_000_000_000
  private static let traceCountMax = 1_000
  private static let spanCountMax = 1_000

  /// What a search found.
  struct Result: Sendable {
    let traces: [TempoFoundTrace]
    /// The traces that were examined only in part.
    let partlySearched: [TraceID]
  }

  static let endpoint = InterchangeEndpoint("search", response, problems: .plainText, work: find)

  private static let response = JSONResponse<Result>(
    "TempoSearchResponse",
    .object { response in
      response.member("traces", .list(.foundTrace)) { $0.traces }
      response.member("metrics", metrics) { $0 }
      response.optionalMember("warnings", .list(.string)) { result in
        result.partlySearched.isEmpty ? nil : result.partlySearched.map(TenantTelemetry.warning(ofPartlySearched:))
      }
    })

  /// A search is one job, which is done when it is responded to.
  private static let metrics = JSONShape<Result>.object { metrics in
    metrics.member("inspectedTraces", .integer) { $0.traces.count }
    metrics.member("completedJobs", .integer) { _ in 1 }
    metrics.member("totalJobs", .integer) { _ in 1 }
  }

  @Sendable private static func find(_ call: InterchangeCall) throws -> Result {
    let search = try search(call)
    let spanCount = try call.fields.count("spss", default: 3, max: spanCountMax)
    let found = try call.telemetry.traces(search)
    // Searches by tags return no spans, as in Tempo.
    let matches = try search.filter.query.flatMap { query in
      call.fields.text("q") == nil ? nil : try TempoMatches(query, search.filter, found.traces, spanCount, call)
    }
    return Result(
      traces: found.traces.map { TempoFoundTrace(trace: $0, spanSet: matches?.spanSet(of: $0.traceID)) },
      partlySearched: found.partlySearched)
  }

  /// The range of a request in whole seconds.
  static func range(_ call: InterchangeCall) throws(Problem) -> TimeRange {
    try call.fields.range(
      "start", "end", unit: 1_000_000_000, now: call.now, defaultNanoseconds: rangeNanoseconds)
  }

  private static func search(_ call: InterchangeCall) throws(Problem) -> TraceSearch {
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
      try SearchTags.check(tags.count, "tags")
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
    case "name": return .comparing(.intrinsic(.name), .matches, .string(pattern(value)))
    case "root.name": return .comparing(.intrinsic(.rootName), .matches, .string(pattern(value)))
    case "root.service.name": return .comparing(.intrinsic(.rootServiceName), .matches, .string(pattern(value)))
    case "status.code":
      let status = Literal.StatusCode.allCases.first { "\($0)" == value.lowercased() }
      return status.map { .comparing(.intrinsic(.status), .equal, .status($0)) } ?? .constant(false)
    case "error" where value == "true": return .comparing(.intrinsic(.status), .equal, .status(.error))
    default: break
    }
    let field = Field.attribute(.unscoped, key: key)
    var condition = FieldExpression.comparing(field, .matches, .string(pattern(value)))
    if let number = Int64(value) {
      condition = .or(condition, .comparing(field, .equal, .int(number)))
    } else if let number = Double(value), number.isFinite {
      condition = .or(condition, .comparing(field, .equal, .float(number)))
    } else if value == "true" || value == "false" {
      condition = .or(condition, .comparing(field, .equal, .bool(value == "true")))
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
}
