import API
import HTTPTypes
import JSON
import MetricsQueries
import Series

extension MetricsEndpoints {
  static let names = Endpoint<MetricsContext>(
    EndpointDefinition(
      .get, "/api/v1/metrics/names", name: "listMetrics",
      summary: "Metrics that may have samples in the time range, by name; the range counts in whole UTC days.",
      tag: "metrics",
      parameters: TimeRangeParameters.all + [NamesParameters.prefix.definition, NamesParameters.limit.definition],
      response: NamedMetric.response.definition)
  ) { call in
    let range = MillisecondRange(try call.range())
    let prefix = call[NamesParameters.prefix] ?? ""
    let kinds = try MetricKinds(call.context.series)
    let metrics = try call.context.series.metrics(after: range.after, through: range.through)
      .filter { $0.name.hasPrefix(prefix) }
      .prefix(call[NamesParameters.limit])
      .map { NamedMetric(name: $0.name, seriesCount: $0.seriesCount, metadata: kinds.metadata(of: $0.name)) }
    return NamedMetric.response(call.page(metrics, next: nil))
  }
}

private enum NamesParameters {
  static let prefix = Parameter.text("prefix", "How the name begins.")
  static let limit = Parameter.limit(default: 500, max: 10_000)
}

private struct NamedMetric: Sendable {
  let name: String
  let seriesCount: Int
  let metadata: MetricMetadata?

  static let response = JSONResponse(
    "MetricList",
    .page(
      JSONShape<NamedMetric>.object { metric in
        metric.member("name", .string) { $0.name }
        metric.member(
          "type", .choice(MetricMetadata.Kind.allCases.map(\.name)).described("`unknown` where no client said it.")
        ) { $0.metadata?.kind.name ?? MetricMetadata.Kind.unknown.name }
        metric.member("unit", .string) { $0.metadata?.unit ?? "" }
        metric.member("description", .string) { $0.metadata?.help ?? "" }
        metric.member("series_count", .integer) { $0.seriesCount }
      }
      .named("Metric")))
}
