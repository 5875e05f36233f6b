import API
import Base
import Telemetry
import TelemetryQueries
import TraceQL

/// The parameters that say which spans are meant: those of a request, or of one of its selections.
struct SpanFilterParameters: Sendable {
  let start, end: Parameter<UnixNanoseconds?>
  let service, operation, model, provider, user, session, gpu: Parameter<String?>
  let status: Parameter<SpanStatus?>
  let minimum, maximum: Parameter<Int64?>
  let attributes, resource, scores: ParameterFamily
  let query: Parameter<TraceQLQuery?>

  /// - Parameters:
  ///   - prefix: What their names begin with; empty text for those of a request with one selection.
  ///   - about: What their descriptions begin with.
  init(prefix: String, _ about: String) {
    func text(_ name: String, _ description: String) -> Parameter<String?> {
      Parameter.text(prefix + name, about + description)
    }
    start = Parameter.time(
      "\(prefix)start",
      "\(about)Start of the time range, inclusive: RFC 3339, or relative to now as `-15m`. Default: an hour before its end."
    )
    end = Parameter.time(
      "\(prefix)end", "\(about)End of the time range, exclusive: RFC 3339, or relative. Default: now.")
    service = text("service", "The span's `service.name`.")
    operation = text("operation", "The span's name.")
    status = Parameter.choice(
      "\(prefix)status", "\(about)The span's status code.", SpanStatus.allCases.map { ($0.name, $0) })
    model = text("model", "The requested model, or the one that responded.")
    provider = text("provider", "The provider of the model.")
    user = text("user", "The user's id.")
    session = text("session", "The session's or conversation's id.")
    gpu = text("gpu", "The id of a GPU resource that the span used.")
    minimum = Parameter.milliseconds("\(prefix)min_duration_ms", "\(about)The least duration of the span.")
    maximum = Parameter.milliseconds("\(prefix)max_duration_ms", "\(about)The greatest duration of the span.")
    attributes = ParameterFamily(
      "\(prefix)attr",
      "\(about)`\(prefix)attr.<key>=<value>`: a span attribute equals a text, whatever its type; may repeat.")
    resource = ParameterFamily(
      "\(prefix)resource",
      "\(about)`\(prefix)resource.<key>=<value>`: a resource attribute equals a text, whatever its type; may repeat.")
    scores = ParameterFamily(
      "\(prefix)score",
      "\(about)`\(prefix)score.<name>>=<value>`, with `=`, `!=`, `>`, `>=`, `<` or `<=`: the span or its trace has such a score; "
        + "may repeat. A value is a number, true or false, or else a category.")
    query = Parameter.traceQL(
      "\(prefix)q", "\(about)A query in the subset of TraceQL that docs/query-language.md describes.")
  }

  /// All but the range and durations.
  var filters: [ParameterDefinition] {
    [
      service.definition, operation.definition, status.definition, model.definition, provider.definition,
      user.definition, session.definition, gpu.definition, attributes.definition, resource.definition,
      scores.definition, query.definition,
    ]
  }

  var all: [ParameterDefinition] {
    [start.definition, end.definition] + filters + [minimum.definition, maximum.definition]
  }
}
