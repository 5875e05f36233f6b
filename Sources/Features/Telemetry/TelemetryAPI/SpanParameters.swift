import API
import Base
import JSON
import Scores
import Telemetry
import TelemetryQueries
import TraceQL

/// The filters that traces and spans share.
enum SpanParameters {
  static let own = SpanFilterParameters(prefix: "", "")
  static let all = own.filters

  static let sort = Parameter<TraceOrder?>.choice(
    "sort", "The order; a minus means descending. Default: `-start_time`."
  ).defaulting(to: .newestFirst)
}

extension Input where Source == ParameterSource, Value == TraceQLQuery? {
  /// A query in TraceQL.
  static func traceQL(_ name: String, _ description: String) -> Input {
    let schema = Schema.json([
      ("type", .string("string")), ("minLength", .number(.int(1))), ("maxLength", .number(.int(8192))),
      ("example", .string("{ resource.service.name = \"chat\" && duration > 200ms }")),
    ])
    return Input(name, description, schema: schema) { text, _ throws(InputMistake) in
      do throws(TraceQLError) {
        return try TraceQLParser.parse(text)
      } catch {
        throw InputMistake(error.message, at: error.position)
      }
    }
  }
}

extension TelemetryCall {
  /// The filters that traces and spans share; the range of a cursor goes before that of the parameters.
  func spanFilter(range: TimeRange?) throws -> SpanFilter {
    let filter = try readSpanFilter(SpanParameters.own, range: try range ?? self.range())
    if let query = filter.query { try telemetry.check(query) }
    return filter
  }

  private func readSpanFilter(_ parameters: SpanFilterParameters, range: TimeRange) throws(Problem) -> SpanFilter {
    var filter = SpanFilter(range: range)
    filter.service = self[parameters.service]
    filter.operation = self[parameters.operation]
    filter.status = self[parameters.status]
    filter.model = self[parameters.model]
    filter.provider = self[parameters.provider]
    filter.user = self[parameters.user]
    filter.session = self[parameters.session]
    filter.gpu = self[parameters.gpu]
    filter.query = self[parameters.query]
    filter.scores = try self[parameters.scores].map { (key, value) throws(Problem) in
      do throws(InputMistake) {
        return try ScoreCondition(key: key, value: value)
      } catch {
        throw .invalid("\(parameters.scores.definition.name).\(key)", error.detail)
      }
    }
    filter.attributes = attributeFilters(parameters.attributes, parameters.resource)
    return filter
  }

  /// The filters of one of several selections of single spans.
  ///
  /// - Parameter default: The range where neither start nor end is given; nil for the last hour.
  func filterOfSingleSpans(_ selection: SpanFilterParameters, default: TimeRange?) throws -> SpanFilter {
    var filter = try readSpanFilter(selection, range: try range(of: selection, default: `default`))
    filter.minimumNanoseconds = self[selection.minimum]
    filter.maximumNanoseconds = self[selection.maximum]
    let name = selection.query.definition.name
    guard !filter.isAboutTraces else { throw Problem.notOfSingleSpans(name) }
    guard let query = filter.query else { return filter }
    do {
      try telemetry.check(query)
    } catch {
      let problem = Problem(error)
      guard !problem.mistakes.isEmpty else { throw error }
      throw Problem.invalid(problem.mistakes.map { .init(.parameter(name), $0.detail, at: $0.position) })
    }
    return filter
  }

  private func range(of selection: SpanFilterParameters, default: TimeRange?) throws(Problem) -> TimeRange {
    if let `default`, self[selection.start] == nil, self[selection.end] == nil { return `default` }
    let end = self[selection.end] ?? now
    let hour: Int64 = 3_600_000_000_000
    let start = self[selection.start] ?? UnixNanoseconds(max(0, end.rawValue - hour))
    guard start < end else {
      let (name, other) = (selection.start.definition.name, selection.end.definition.name)
      throw .invalid(
        name, "must be before `\(other)`; the range is \(RFC3339.format(start)) to \(RFC3339.format(end))")
    }
    return TimeRange(start: start, end: end)
  }

  /// The filters of two families of attributes.
  func attributeFilters(_ attributes: ParameterFamily, _ resource: ParameterFamily) -> [AttributeFilter] {
    self[attributes].map { AttributeFilter(place: .span, key: $0.key, value: $0.value) }
      + self[resource].map { AttributeFilter(place: .resource, key: $0.key, value: $0.value) }
  }
}

extension Problem {
  /// A query that looks at several spans of a trace, where single ones are counted.
  static func notOfSingleSpans(_ parameter: String) -> Problem {
    .invalid(
      parameter,
      "looks at several spans of a trace, and here single spans are counted; write one condition between braces, such as "
        + "{ status = error && duration > 1s }")
  }
}
