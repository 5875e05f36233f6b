import API
import Base
import JSON
import Telemetry
import TelemetryQueries
import TraceQL

/// The filters that traces and spans share.
enum SpanParameters {
  static let service = Parameter.text("service", "The span's `service.name`.")
  static let operation = Parameter.text("operation", "The span's name.")
  static let status = Parameter.choice(
    "status", "The span's status code.", SpanStatus.allCases.map { ($0.name, $0) })
  static let model = Parameter.text("model", "The requested model, or the one that responded.")
  static let provider = Parameter.text("provider", "The provider of the model.")
  static let user = Parameter.text("user", "The user's id.")
  static let session = Parameter.text("session", "The session's or conversation's id.")
  static let gpu = Parameter.text("gpu", "The id of a GPU resource that the span used.")
  static let attributes = ParameterFamily(
    "attr", "`attr.<key>=<value>`: a span attribute equals a text, whatever its type; may repeat.")
  static let resource = ParameterFamily(
    "resource", "`resource.<key>=<value>`: a resource attribute equals a text, whatever its type; may repeat.")
  static let query = Parameter.traceQL(
    "q", "A query in the subset of TraceQL that docs/query-language.md describes.")

  static let all = [
    service.definition, operation.definition, status.definition, model.definition, provider.definition,
    user.definition, session.definition, gpu.definition, attributes.definition, resource.definition,
    query.definition,
  ]

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
    let filter = try readSpanFilter(range: range)
    if let query = filter.query { try telemetry.check(query) }
    return filter
  }

  private func readSpanFilter(range: TimeRange?) throws(Problem) -> SpanFilter {
    var filter: SpanFilter
    if let range { filter = SpanFilter(range: range) } else { filter = SpanFilter(range: try self.range()) }
    filter.service = self[SpanParameters.service]
    filter.operation = self[SpanParameters.operation]
    filter.status = self[SpanParameters.status]
    filter.model = self[SpanParameters.model]
    filter.provider = self[SpanParameters.provider]
    filter.user = self[SpanParameters.user]
    filter.session = self[SpanParameters.session]
    filter.gpu = self[SpanParameters.gpu]
    filter.query = self[SpanParameters.query]
    filter.attributes = attributeFilters(SpanParameters.attributes, SpanParameters.resource)
    return filter
  }

  /// The filters of two families of attributes.
  func attributeFilters(_ attributes: ParameterFamily, _ resource: ParameterFamily) -> [AttributeFilter] {
    self[attributes].map { AttributeFilter(place: .span, key: $0.key, value: $0.value) }
      + self[resource].map { AttributeFilter(place: .resource, key: $0.key, value: $0.value) }
  }
}
