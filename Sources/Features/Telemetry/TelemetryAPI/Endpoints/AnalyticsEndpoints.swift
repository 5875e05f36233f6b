import API
import Base
import HTTPTypes
import JSON
import TelemetryQueries

extension TelemetryEndpoints {
  static let analyticsEndpoints: [Endpoint<TelemetryContext>] = [
    Endpoint(
      EndpointDefinition(
        .get, "/api/v1/analytics/overview", name: "getOverview",
        summary: "Count, error rate, durations and tokens of the spans in the time range, in total and by group.",
        tag: "analytics",
        parameters: AnalyticsParameters.filters + [
          AnalyticsParameters.groupByService.definition, AnalyticsParameters.groupLimit.definition,
        ],
        response: overviewResponse.definition),
      overview),
    Endpoint(
      EndpointDefinition(
        .get, "/api/v1/analytics/latency", name: "getLatency", summary: "Mean and quantiles of the duration over time.",
        tag: "analytics", parameters: AnalyticsParameters.ofSeries,
        response: latencyResponse.definition),
      latency),
    Endpoint(
      EndpointDefinition(
        .get, "/api/v1/analytics/throughput", name: "getThroughput", summary: "Spans, errors and tokens over time.",
        tag: "analytics", parameters: AnalyticsParameters.ofSeries,
        response: throughputResponse.definition),
      throughput),
  ]

  private static let overviewResponse = JSONResponse("Overview", .data(.overview))
  private static let latencyResponse = JSONResponse("LatencySeries", .data(.latency))
  private static let throughputResponse = JSONResponse("ThroughputSeries", .data(.throughput))

  /// Widths in minutes that divide hours or days evenly, so that buckets begin at round times.
  ///
  /// Of 30 minutes and more, their quantiles are counted already.
  private static let stepMinutes: [Int64] = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440]

  /// The least of ``stepMinutes`` of which a range has at most 60; of longer ranges, whole days.
  private static func step(ofMinutes minutes: Int64) -> Int64 {
    stepMinutes.first { $0 * 60 >= minutes } ?? ((minutes - 1) / (60 * 1440) + 1) * 1440
  }

  /// The most time buckets of a response.
  private static let bucketCountMax: Int64 = 1_500

  @Sendable private static func overview(_ call: TelemetryCall) throws -> HTTPResponse {
    var query = try analyticsQuery(call)
    query.group(by: call[AnalyticsParameters.groupByService])
    return overviewResponse(OverviewResult(query: query, overview: try call.telemetry.overview(query)))
  }

  @Sendable private static func latency(_ call: TelemetryCall) throws -> HTTPResponse {
    latencyResponse(try series(call, withQuantiles: true))
  }

  @Sendable private static func throughput(_ call: TelemetryCall) throws -> HTTPResponse {
    throughputResponse(try series(call, withQuantiles: false))
  }

  private static func series(_ call: TelemetryCall, withQuantiles: Bool) throws -> SeriesResult {
    var query = try analyticsQuery(call)
    let minute: Int64 = 60_000_000_000
    let minutes = max(1, query.range.durationNanoseconds / minute)
    let step = call[AnalyticsParameters.step].map { ($0 - 1) / minute + 1 } ?? step(ofMinutes: minutes)
    guard minutes / step <= bucketCountMax else {
      throw Problem.invalid(
        "step", "the range has more than \(bucketCountMax) steps; take at least \(minutes / bucketCountMax + 1)m")
    }
    query.stepMinutes = step
    if let groups = call[AnalyticsParameters.groupBy] { query.group(by: groups) }
    let statistics = try call.telemetry.statistics(query, withQuantiles: withQuantiles)
    let groups = Dictionary(grouping: statistics) { $0.group }.sorted { ($0.key ?? "") < ($1.key ?? "") }
    return SeriesResult(
      query: query, stepSeconds: step * 60,
      groups: groups.map { name, statistics in
        SeriesResult.Group(
          name: name,
          points: statistics.compactMap { statistics in
            statistics.time.map { SeriesResult.Point(time: $0, stepSeconds: step * 60, statistics: statistics) }
          })
      })
  }

  private static func analyticsQuery(_ call: TelemetryCall) throws -> AnalyticsQuery {
    var query = AnalyticsQuery(range: try call.range())
    query.service = call[AnalyticsParameters.service]
    query.model = call[AnalyticsParameters.model]
    query.requestModel = call[AnalyticsParameters.requestModel]
    query.responseModel = call[AnalyticsParameters.responseModel]
    query.provider = call[AnalyticsParameters.provider]
    query.gpu = call[AnalyticsParameters.gpu]
    query.groupCountMax = call[AnalyticsParameters.groupLimit]
    return query
  }
}

/// What a request groups by.
private enum AnalyticsGroups: Sendable {
  case column(AnalyticsGrouping)
  case spans(SpanGrouping)
}

extension AnalyticsQuery {
  fileprivate mutating func group(by groups: AnalyticsGroups) {
    switch groups {
    case .column(let grouping): self.grouping = grouping
    case .spans(let grouping): spanGrouping = grouping
    }
  }
}

private enum AnalyticsParameters {
  static let service = Parameter.text("service", "The span's `service.name`.")
  static let model = Parameter.text(
    "model", "The requested model, or the one that responded when none was requested.")
  static let requestModel = Parameter.text("request_model", "The requested model.")
  static let responseModel = Parameter.text("response_model", "The model that responded.")
  static let provider = Parameter.text("provider", "The provider of the model.")
  static let gpu = Parameter.text("gpu", "The id of a GPU resource that the span used.")
  static let groupBy = grouping(default: "no groups")
  static let groupByService = grouping(default: "service").defaulting(to: .column(.service))
  static let step = Parameter.duration(
    "step",
    "The width of a time bucket, rounded up to whole minutes. Default: about a sixtieth of the range, 30m for a day."
  )
  static let groupLimit = Parameter.integer(
    "limit", "The most groups, those with the most spans first.", 1...1_000, default: 100)

  static let filters: [ParameterDefinition] =
    TimeRangeParameters.all + [
      service.definition, model.definition, requestModel.definition, responseModel.definition, provider.definition,
      gpu.definition,
    ]
  static let ofSeries = filters + [groupBy.definition, step.definition, groupLimit.definition]

  private static func grouping(default text: String) -> Parameter<AnalyticsGroups?> {
    let names = AnalyticsGrouping.allCases.map(\.rawValue) + ["user", "session"]
    let schema = Schema.either(
      Schema.choice(names),
      Schema.json([
        ("type", .string("string")), ("maxLength", .number(.int(1_024))),
        ("pattern", .string("^(attr|resource)\\.[^\\u0000]+$")),
      ]))
    return Parameter(
      "group_by",
      "What the statistics are grouped by; a span with several GPUs counts for each. By a model, calls are counted: of "
        + "nested spans that report tokens, only the innermost. By `user`, `session`, `attr.<key>` and `resource.<key>`, all "
        + "spans of the range are read. Default: \(text).", schema: schema
    ) { text, _ throws(InputMistake) in
      if let grouping = AnalyticsGrouping(rawValue: text) { return AnalyticsGroups.column(grouping) }
      if text == "user" { return .spans(.user) }
      if text == "session" { return .spans(.session) }
      guard text.unicodeScalars.count <= 1_024, let attribute = FacetAttribute(field: text) else {
        throw InputMistake("expected attr.<key>, resource.<key> or one of \(names.joined(separator: ", "))")
      }
      return .spans(.attribute(attribute))
    }
  }
}
