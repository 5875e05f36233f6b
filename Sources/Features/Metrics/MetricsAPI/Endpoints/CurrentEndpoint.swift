import API
import Base
import HTTPTypes
import JSON
import MetricsQueries
import Series

extension MetricsEndpoints {
  static let currentValues = Endpoint<MetricsContext>(
    EndpointDefinition(
      .get, "/api/v1/metrics/current", name: "currentMetrics",
      summary: "The latest value of each series, in pages; series that have ended are left out.", tag: "metrics",
      parameters: SeriesParameters.all + [
        TimeRangeParameters.end.definition, CurrentParameters.window.definition, CurrentParameters.limit.definition,
        Parameter.cursor.definition,
      ], response: CurrentValue.response.definition, problems: [.limitReached])
  ) { call in
    let end = call[TimeRangeParameters.end] ?? call.now
    let window = call[CurrentParameters.window]
    let range = TimeRange(start: UnixNanoseconds(max(0, end.rawValue - window)), end: end)
    let page = try SeriesPage(call, range: range, countMax: call[CurrentParameters.limit])
    var values: [CurrentValue] = []
    try call.context.series.samples(
      of: page.series, after: page.range.after, through: page.range.through, isCancelled: call.isCancelled
    ) { samples throws(SeriesError) in
      for series in 0..<samples.seriesCount {
        guard let last = samples.range(of: series).last, !StaleMarker.isStale(samples.values[last]) else { continue }
        values.append(
          CurrentValue(
            series: SeriesIdentity(samples.labels[series], page.kinds),
            time: UnixNanoseconds(milliseconds: samples.times[last]), value: samples.values[last]))
      }
    }
    return CurrentValue.response(call.page(values, next: page.next))
  }
}

private enum CurrentParameters {
  /// As far as PromQL looks back for an instant selector.
  static let window = Parameter.duration("window", "How old a value may be, counted from `end`. Default: 5m.")
    .defaulting(to: 300_000_000_000)
  static let limit = Parameter.limit(default: 100)
}

private struct CurrentValue: Sendable {
  let series: SeriesIdentity
  let time: UnixNanoseconds
  let value: Double

  static let response = JSONResponse(
    "MetricValueList",
    .page(
      JSONShape<CurrentValue>.object { current in
        current.identity { $0.series }
        current.member("time", .dateTime) { $0.time }
        current.member("value", .anyNumber) { $0.value }
      }
      .named("MetricValue")))
}
