import API
import Base
import HTTPTypes
import JSON
import MetricsIndex
import MetricsQueries
import Series

extension MetricsEndpoints {
  static let statistics = Endpoint<MetricsContext>(
    EndpointDefinition(
      .get, "/api/v1/metrics/stats", name: "metricStatistics",
      summary:
        "Exact statistics of each series over a range, and how they differ from those of earlier ones, in pages.",
      tag: "metrics",
      parameters: SeriesParameters.all + TimeRangeParameters.all + [
        HistoryParameters.aggregations.definition, comparison.definition, limit.definition, Parameter.cursor.definition,
      ], response: SeriesStatistics.response.definition, problems: [.limitReached])
  ) { call in
    let page = try SeriesPage(call, range: try call.range(), countMax: call[limit])
    let aggregations = call[HistoryParameters.aggregations]
    let periods = call[comparison]
    let earlier = try periods.map { try statistics(of: page, earlierBy: $0.milliseconds, call) }
    let now = try statistics(of: page, earlierBy: 0, call)
    var found = page.series.compactMap { series in
      now[series.labels].map { statistics in
        SeriesStatistics(
          series: SeriesIdentity(series.labels, page.kinds),
          statistics: SelectedStatistics(statistics: statistics, aggregations: aggregations), comparisons: [])
      }
    }
    for (period, statistics) in zip(periods, earlier) {
      let range = page.range.earlier(by: period.milliseconds).timeRange
      for index in found.indices {
        found[index].comparisons.append(
          StatisticsComparison(
            period: period, range: range, now: found[index].statistics,
            earlier: statistics[found[index].series.labels]))
      }
    }
    return SeriesStatistics.response(call.page(found, next: page.next))
  }

  private static let limit = Parameter.limit(default: 100)
  private static let comparison = Parameter<[ComparisonPeriod]?>.words(
    "compare",
    "Earlier ranges of the same length, separated by commas: the one a day before, the one seven days before."
  ).defaulting(to: [])

  private static func statistics(
    of page: SeriesPage, earlierBy shift: Int64, _ call: MetricsCall
  ) throws -> [LabelSet: SampleStatistics] {
    let range = page.range.earlier(by: shift)
    var found: [LabelSet: SampleStatistics] = [:]
    try call.context.series.samples(
      of: page.series, after: range.after, through: range.through, isCancelled: call.isCancelled
    ) { samples throws(SeriesError) in
      for series in 0..<samples.seriesCount {
        found[samples.labels[series]] = SampleStatistics(samples.values[samples.range(of: series)])
      }
    }
    return found
  }
}

/// Which earlier range a range is compared with.
enum ComparisonPeriod: String, CaseIterable, Sendable {
  case yesterday
  case lastWeek = "last_week"

  var milliseconds: Int64 {
    switch self {
    case .yesterday: 86_400_000
    case .lastWeek: 7 * 86_400_000
    }
  }
}

private struct SeriesStatistics: Sendable {
  let series: SeriesIdentity
  let statistics: SelectedStatistics
  var comparisons: [StatisticsComparison]

  static let response = JSONResponse(
    "MetricStatisticsList",
    .page(
      JSONShape<SeriesStatistics>.object { series in
        series.identity { $0.series }
        series.member("statistics", .statistics) { $0.statistics }
        series.member("comparisons", .list(StatisticsComparison.shape).described("In the order of `compare`.")) {
          $0.comparisons
        }
      }
      .named("MetricStatistics")))
}

/// The statistics of an earlier range beside those of the range itself.
private struct StatisticsComparison: Sendable {
  let period: ComparisonPeriod
  let range: TimeRange
  let now: SelectedStatistics
  let earlier: SampleStatistics?

  static let shape = JSONShape<StatisticsComparison>.object { comparison in
    comparison.member("period", .choice) { $0.period }
    comparison.member("start", .dateTime) { $0.range.start }
    comparison.member("end", .dateTime) { $0.range.end }
    comparison.member("statistics", .orNull(.statistics).described("Null where the series had no value.")) {
      comparison in
      comparison.earlier.map { SelectedStatistics(statistics: $0, aggregations: comparison.now.aggregations) }
    }
    comparison.member("differences", .objectByName(difference).described("By the name of the statistic.")) {
      comparison in
      guard let earlier = comparison.earlier else { return [] }
      return comparison.now.aggregations.compactMap { aggregation in
        guard let now = comparison.now.statistics[aggregation], let before = earlier[aggregation] else { return nil }
        return (aggregation.rawValue, Difference(now: now, earlier: before))
      }
    }
  }
  .named("MetricComparison")

  private struct Difference: Sendable {
    let now: Double
    let earlier: Double
  }

  private static let difference = JSONShape<Difference>.object { difference in
    difference.member("absolute", .anyNumber.described("The value less the earlier one.")) { $0.now - $0.earlier }
    let relative = JSONShape<Double?>.orNull(.anyNumber)
      .described("`absolute` as a part of the size of the earlier value: 0.5 is half more. Null where that is 0.")
    difference.member("relative", relative) { $0.earlier == 0 ? nil : ($0.now - $0.earlier) / abs($0.earlier) }
  }
  .named("MetricDifference")
}

extension JSONShape where Value == SelectedStatistics {
  fileprivate static var statistics: JSONShape { .object { $0.statistics { $0 } }.named("MetricSampleStatistics") }
}
