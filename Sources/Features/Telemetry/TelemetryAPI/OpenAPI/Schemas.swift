import API
import JSON
import Telemetry
import TelemetryQueries

/// The schemas of answers. A test holds real answers against them.
extension Schema {
  static let telemetry: [(name: String, schema: JSONValue)] = [
    ("TraceList", page(reference("TraceSummary"), canWarn: true)),
    ("TraceSummary", traceSummary),
    ("TraceIDList", page(object([("trace_id", string)]))),
    ("TraceAnswer", data(reference("Trace"))),
    ("Trace", trace),
    ("SpanList", page(reference("Span"), canWarn: true)),
    ("Span", span),
    ("SessionList", page(reference("Session"))), ("SessionAnswer", data(reference("Session"))),
    ("Session", owner("session_id")),
    ("UserList", page(reference("User"))), ("UserAnswer", data(reference("User"))), ("User", owner("user_id")),
    ("ServiceList", page(counted)),
    ("OperationList", page(object([("name", string), ("kind", choice(SpanKind.allCases.map(\.name)))]))),
    ("Overview", data(overview)),
    ("Durations", durations),
    ("LatencySeries", data(series([("duration_ms", reference("Durations"))]))),
    (
      "ThroughputSeries",
      data(
        series([
          ("input_tokens", bigInteger), ("output_tokens", bigInteger), ("spans_per_second", number),
          ("output_tokens_per_second", number),
        ]))
    ),
    (
      "AttributeKeyList",
      page(
        object([("scope", choice(AttributePlace.allCases.map(\.rawValue))), ("key", string), ("type", attributeType)]))
    ),
    ("AttributeValueList", page(object([("value", anything), ("type", attributeType)]))),
    ("LogList", page(reference("LogRecord"))),
    ("LogRecord", logRecord),
    ("MetricList", page(metric)),
    ("MetricSeriesList", metricSeries),
  ]

  private static let attributeType = choice(["empty", "string", "bool", "int", "double", "bytes", "array", "kvlist"])

  private static let counted = object([("name", string), ("span_count", integer), ("error_count", integer)])

  private static func owner(_ id: String) -> JSONValue {
    object([
      (id, string), ("trace_count", integer), ("span_count", integer), ("error_count", integer),
      ("call_count", integer), ("input_tokens", bigInteger), ("output_tokens", bigInteger),
      ("first_time_unix_nano", nanoseconds), ("last_time_unix_nano", nanoseconds),
    ])
  }

  private static let times: [(String, JSONValue)] = [
    ("start_time_unix_nano", nanoseconds), ("end_time_unix_nano", nanoseconds), ("duration_ns", bigInteger),
  ]

  private static let traceSummary = object(
    [("trace_id", traceID), ("root_name", nullable("string")), ("root_service", nullable("string"))] + times + [
      ("span_count", integer), ("error_count", integer), ("services", list(counted)), ("models", list(string)),
      ("input_tokens", bigInteger), ("output_tokens", bigInteger),
    ])

  private static let trace = object(
    [("trace_id", traceID), ("root_name", nullable("string")), ("root_service", nullable("string"))] + times + [
      ("span_count", integer), ("error_count", integer), ("input_tokens", bigInteger), ("output_tokens", bigInteger),
      ("truncated", described(boolean, "Whether there are more spans; `/spans` pages through all.")),
      ("spans", list(reference("Span"))),
    ])

  private static let span = object(
    [
      ("trace_id", traceID), ("span_id", spanID), ("parent_span_id", orNull(spanID)), ("name", string),
      ("kind", choice(SpanKind.allCases.map(\.name))),
      ("status", object([("code", choice(SpanStatus.allCases.map(\.name))), ("message", string)])),
    ] + times + [
      ("trace_state", string), ("flags", integer), ("service_name", string), ("attributes", attributes),
      ("dropped_attributes_count", integer), ("resource", attributes), ("resource_schema_url", string),
      (
        "scope",
        object([("name", string), ("version", string), ("attributes", attributes), ("schema_url", string)])
      ),
      (
        "events",
        list(
          object([
            ("name", string), ("time_unix_nano", nanoseconds), ("attributes", attributes),
            ("dropped_attributes_count", integer),
          ]))
      ), ("dropped_events_count", integer),
      (
        "links",
        list(
          object([
            ("trace_id", traceID), ("span_id", spanID), ("trace_state", string), ("flags", integer),
            ("attributes", attributes), ("dropped_attributes_count", integer),
          ]))
      ), ("dropped_links_count", integer), ("gen_ai", orNull(inference)), ("gpu", orNull(gpu)),
    ])

  private static let inference = part(.inference)

  private static let gpu = part(.hardware)

  /// A part of what the normaliser found, as `SpanJSON` writes it.
  private static func part(_ part: SpanPart) -> JSONValue {
    object(
      SpanColumn.normalised.compactMap { column in
        guard let inference = column.inference, inference.part == part else { return nil }
        let value =
          switch inference.kind {
          case .text: nullable("string")
          case .texts: list(string)
          case .count, .nanoseconds: orNull(bigInteger)
          }
        return (inference.member, described(value, column.declaration.meaning))
      })
  }

  private static let counts: [(String, JSONValue)] = [
    ("span_count", integer), ("error_count", integer), ("error_rate", number), ("call_count", integer),
  ]

  private static let durations = object([
    ("mean", nullable("number")), ("p50", nullable("number")), ("p95", nullable("number")),
    ("p99", nullable("number")),
  ])

  private static let figures =
    counts + [
      ("duration_ms", reference("Durations")), ("input_tokens", bigInteger), ("output_tokens", bigInteger),
    ]

  private static let overview = object([
    ("start", dateTime), ("end", dateTime), ("group_by", nullable("string")), ("total", object(figures)),
    ("group_count", described(integer, "How many groups there are, those beyond `limit` too.")),
    ("groups", list(object([("group", string)] + figures))),
  ])

  private static func series(_ figures: [(String, JSONValue)]) -> JSONValue {
    let point = object([("time", dateTime)] + counts + figures)
    return object([
      ("start", dateTime), ("end", dateTime), ("group_by", nullable("string")), ("step_seconds", integer),
      ("series", list(object([("group", nullable("string")), ("points", list(point))]))),
    ])
  }

  private static let logRecord = object([
    ("time_unix_nano", nanoseconds), ("observed_time_unix_nano", nanoseconds), ("severity_number", integer),
    ("severity_text", string), ("body", anything), ("trace_id", orNull(traceID)), ("span_id", orNull(spanID)),
    ("flags", integer), ("service_name", string), ("event_name", string), ("attributes", attributes),
    ("dropped_attributes_count", integer), ("resource", attributes),
    ("scope", object([("name", string), ("version", string)])),
  ])

  private static let metric = object([
    ("name", string), ("type", choice(MetricType.allCases.map(\.name))), ("unit", string), ("description", string),
    ("point_count", integer),
  ])

  private static let metricSeries = object([
    (
      "data",
      list(
        object([
          ("service_name", string), ("attributes", attributes),
          (
            "points",
            list(
              object([
                ("time", dateTime),
                (
                  "value",
                  described(
                    either(number, choice(["NaN", "Infinity", "-Infinity"])), "NaN and infinities are strings.")
                ),
              ]))
          ),
        ]))
    ), ("aggregation", choice(MetricQuery.Aggregation.allCases.map(\.rawValue))), ("step_ns", integer),
    ("truncated", boolean),
  ])
}
