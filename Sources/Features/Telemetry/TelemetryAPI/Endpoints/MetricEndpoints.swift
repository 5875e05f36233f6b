import API
import Base
import HTTPTypes
import JSON
import Telemetry
import TelemetryQueries

extension TelemetryEndpoints {
  static let metricEndpoints: [Endpoint<TelemetryContext>] = [
    Endpoint(
      EndpointDefinition(
        .get, "/api/v1/metrics/names", name: "listMetrics", summary: "Metrics with points in the time range, by name.",
        tag: "metrics",
        parameters: TimeRangeParameters.all + [MetricParameters.prefix.definition, MetricParameters.limit.definition],
        response: metricList.definition),
      listMetrics),
    Endpoint(
      EndpointDefinition(
        .get, "/api/v1/metrics/query", name: "queryMetric",
        summary: "The points of a metric as series. A histogram or summary counts with the mean of its values.",
        tag: "metrics",
        parameters: [MetricParameters.name.definition] + TimeRangeParameters.all + [
          MetricParameters.service.definition, MetricParameters.attributes.definition,
          MetricParameters.aggregation.definition, MetricParameters.step.definition,
          MetricParameters.groupBy.definition,
        ], response: seriesList.definition),
      queryMetric),
  ]

  private static let metricList = JSONResponse("MetricList", .page(.metric))
  private static let seriesList = JSONResponse("MetricSeriesList", .seriesList)

  @Sendable private static func listMetrics(_ call: TelemetryCall) throws -> HTTPResponse {
    let metrics = try call.telemetry.metrics(
      in: try call.range(), prefix: call[MetricParameters.prefix], limit: call[MetricParameters.limit])
    return metricList(call.page(metrics, next: nil))
  }

  @Sendable private static func queryMetric(_ call: TelemetryCall) throws -> HTTPResponse {
    let range = try call.range()
    let step = call[MetricParameters.step] ?? max(1_000_000_000, range.durationNanoseconds / 100)
    guard range.durationNanoseconds / step <= 11_000 else {
      throw Problem.invalid("step", "the range has more than 11000 steps; take a longer step or a shorter range")
    }
    let aggregation = call[MetricParameters.aggregation]
    var query = MetricQuery(
      name: call[MetricParameters.name], range: range, aggregation: aggregation, stepNanoseconds: step)
    query.service = call[MetricParameters.service]
    query.groupBy = call[MetricParameters.groupBy]?.split(separator: ",").map(String.init)
    query.attributes = call[MetricParameters.attributes].map {
      AttributeFilter(place: .span, key: $0.key, value: $0.value)
    }
    let series = try call.telemetry.series(query)
    return seriesList(MetricResult(query: query, series: series))
  }
}

private enum MetricParameters {
  static let prefix = Parameter.text("prefix", "How the name begins.")
  static let limit = Parameter.limit(default: 500, max: 10_000)
  static let name = Parameter.text("name", "The metric's name.").required()
  static let service = Parameter.text("service", "The point's `service.name`.")
  static let attributes = ParameterFamily(
    "attr", "`attr.<key>=<value>`: an attribute of the point equals a text; may repeat.")
  static let aggregation = Parameter<MetricQuery.Aggregation?>.choice(
    "aggregation", "How the points of a series and step become one value. Default: avg."
  ).defaulting(to: .avg)
  static let step = Parameter.duration("step", "The width of a step. Default: a hundredth of the range.")
  static let groupBy = Parameter.text(
    "group_by", "Attribute keys that distinguish series, separated by commas. Default: all attributes.")
}
