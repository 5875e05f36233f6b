import Base
import HTTPTypes
import JSON
import TelemetryQueries

extension QueryAPI {
  static let analyticsEndpoints: [Endpoint] = [
    Endpoint(
      path: "/analytics/overview", name: "getOverview",
      summary: "Count, error rate, durations and tokens of the spans in the time range, in total and by group.",
      tag: "analytics", parameters: analyticsFilters + [groupBy(standard: "service"), groupLimit],
      answer: "Overview", work: .blocking(overview)),
    Endpoint(
      path: "/analytics/latency", name: "getLatency", summary: "Mean and quantiles of the duration over time.",
      tag: "analytics", parameters: analyticsFilters + [groupBy(standard: nil), step, groupLimit],
      answer: "LatencySeries", work: .blocking(latency)),
    Endpoint(
      path: "/analytics/throughput", name: "getThroughput", summary: "Spans, errors and tokens over time.",
      tag: "analytics", parameters: analyticsFilters + [groupBy(standard: nil), step, groupLimit],
      answer: "ThroughputSeries", work: .blocking(throughput)),
  ]

  private static let analyticsFilters: [ParameterDefinition] =
    ParameterDefinition.timeRange + [
      ParameterDefinition(name: "service", kind: .text, description: "The span's `service.name`."),
      ParameterDefinition(
        name: "model", kind: .text,
        description: "The model asked for, or the one that answered when none was asked for."),
      ParameterDefinition(name: "request_model", kind: .text, description: "The model asked for."),
      ParameterDefinition(name: "response_model", kind: .text, description: "The model that answered."),
      ParameterDefinition(name: "provider", kind: .text, description: "The provider of the model."),
      ParameterDefinition(name: "gpu", kind: .text, description: "The id of a GPU resource that the span used."),
    ]

  private static func groupBy(standard: String?) -> ParameterDefinition {
    ParameterDefinition(
      name: "group_by", kind: .choice(AnalyticsGrouping.allCases.map(\.rawValue)),
      description:
        "What the statistics are grouped by; a span with several GPUs counts for each. By a model, calls are counted: "
        + "of spans in each other that tell tokens, only the innermost. Default: \(standard ?? "no groups").")
  }

  private static let step = ParameterDefinition(
    name: "step", kind: .duration,
    description: "The width of a time bucket, rounded up to whole minutes. Default: about a sixtieth of the range, "
      + "30m for a day.")

  /// Widths in minutes that divide hours or days evenly, so that buckets begin at round times. Of 30 minutes and more,
  /// their quantiles are counted already.
  private static let stepMinutes: [Int64] = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440]

  /// The least of ``stepMinutes`` of which a range has at most 60; of longer ranges, whole days.
  private static func step(ofMinutes minutes: Int64) -> Int64 {
    stepMinutes.first { $0 * 60 >= minutes } ?? ((minutes - 1) / (60 * 1440) + 1) * 1440
  }

  private static let groupLimit = ParameterDefinition(
    name: "limit", kind: .integer(1...1_000, standard: 100),
    description: "The most groups, those with the most spans first.")

  /// The most time buckets of an answer.
  private static let bucketCountMax: Int64 = 1_500

  @Sendable private static func overview(_ call: Call) throws -> HTTPResponse {
    var query = try analyticsQuery(call)
    query.grouping = call.parameters.text("group_by").flatMap(AnalyticsGrouping.init) ?? .service
    let (total, groups) = try call.telemetry.overview(query)
    return .json { writer in
      writer.key("data")
      writer.object { writer in
        writeRange(query, to: &writer)
        writer.member("group_by", query.grouping?.rawValue)
        writer.key("total")
        FiguresJSON.write(total ?? SpanFigures.none, [.count, .latency, .tokens], to: &writer)
        writer.key("groups")
        writer.array { writer in
          for group in groups { FiguresJSON.write(group, [.group, .count, .latency, .tokens], to: &writer) }
        }
      }
    }
  }

  @Sendable private static func latency(_ call: Call) throws -> HTTPResponse {
    try series(call, [.time, .count, .latency])
  }

  @Sendable private static func throughput(_ call: Call) throws -> HTTPResponse {
    try series(call, [.time, .count, .tokens, .rates])
  }

  private static func series(_ call: Call, _ parts: FiguresJSON.Parts) throws -> HTTPResponse {
    var query = try analyticsQuery(call)
    let minute: Int64 = 60_000_000_000
    let minutes = max(1, query.range.durationNanoseconds / minute)
    let step = call.parameters.nanoseconds("step").map { ($0 - 1) / minute + 1 } ?? step(ofMinutes: minutes)
    guard minutes / step <= bucketCountMax else {
      throw Problem.invalid(
        "step", "the range has more than \(bucketCountMax) steps; take at least \(minutes / bucketCountMax + 1)m")
    }
    query.stepMinutes = step
    query.grouping = call.parameters.text("group_by").flatMap(AnalyticsGrouping.init)
    let figures = try call.telemetry.figures(query, withQuantiles: parts.contains(.latency))
    let groups = Dictionary(grouping: figures) { $0.group }.sorted { ($0.key ?? "") < ($1.key ?? "") }
    return .json { writer in
      writer.key("data")
      writer.object { writer in
        writeRange(query, to: &writer)
        writer.member("group_by", query.grouping?.rawValue)
        writer.member("step_seconds", step * 60)
        writer.key("series")
        writer.array { writer in
          for (group, points) in groups {
            writer.object { writer in
              writer.member("group", group)
              writer.key("points")
              writer.array { writer in
                for point in points { FiguresJSON.write(point, parts, stepSeconds: step * 60, to: &writer) }
              }
            }
          }
        }
      }
    }
  }

  private static func analyticsQuery(_ call: Call) throws -> AnalyticsQuery {
    var query = AnalyticsQuery(range: try call.range())
    query.service = call.parameters.text("service")
    query.model = call.parameters.text("model")
    query.requestModel = call.parameters.text("request_model")
    query.responseModel = call.parameters.text("response_model")
    query.provider = call.parameters.text("provider")
    query.gpu = call.parameters.text("gpu")
    query.groupCountMax = call.parameters.integer("limit") ?? 100
    return query
  }

  private static func writeRange(_ query: AnalyticsQuery, to writer: inout JSONWriter) {
    writer.member("start", RFC3339.format(query.range.start))
    writer.member("end", RFC3339.format(query.range.end))
  }
}
