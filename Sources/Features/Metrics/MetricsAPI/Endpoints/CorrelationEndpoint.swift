import API
import Base
import HTTPTypes
import JSON
import MetricsIndex
import MetricsQueries
import Series
import Trends

extension MetricsEndpoints {
  static let correlation = Endpoint<MetricsContext>(
    EndpointDefinition(
      .get, "/api/v1/metrics/correlation", name: "metricCorrelation",
      summary:
        "How two series go together: Pearson's and Spearman's coefficients of their means by step, and the best lag.",
      tag: "metrics",
      parameters: [left.definition, right.definition] + TimeRangeParameters.all + [
        SeriesParameters.step.definition, lagMax.definition,
      ], response: CorrelatedSeries.response.definition, problems: [.notFound, .limitReached]),
    correlate)

  private static let left = Parameter.text("left", "A selector of PromQL that finds one series.").required()
  private static let right = Parameter.text("right", "A selector of PromQL that finds the other series.").required()
  private static let lagMax = Parameter.duration(
    "max_lag", "By how much one series may follow the other, at most 500 steps. Default: 10 steps.")
  /// Each lag goes through all steps.
  private static let lagStepsMax: Int64 = 500

  @Sendable private static func correlate(_ call: MetricsCall) throws -> HTTPResponse {
    let range = MillisecondRange(try call.range())
    let step = call[SeriesParameters.step] ?? max(1, range.duration / 100_000) * 1_000_000_000
    let grid = try AlignedSteps(range, stepNanoseconds: step, countMax: SeriesParameters.stepCountMax)
    let lagSteps = call[lagMax].map { $0 / step } ?? 10
    guard lagSteps <= lagStepsMax else {
      throw Problem.invalid("max_lag", "is more than \(lagStepsMax) steps; take a longer step or a shorter lag")
    }
    let left = try series(call[left], of: "left", range, call)
    let right = try series(call[right], of: "right", range, call)
    let means = (left: try means(left, on: grid, call), right: try means(right, on: grid, call))
    let kinds = try MetricKinds(call.context.series)
    return CorrelatedSeries.response(
      CorrelatedSeries(
        left: SeriesIdentity(left.labels, kinds), right: SeriesIdentity(right.labels, kinds), step: step,
        correlation: Correlation(means.left, means.right),
        bestLag: Correlation.bestLag(means.left, means.right, within: Int(lagSteps))))
  }

  private static func series(
    _ selector: String, of parameter: String, _ range: MillisecondRange, _ call: MetricsCall
  ) throws -> IndexedSeries {
    let matchers = try SeriesFilter.matchers(selector, of: parameter, call.context.api.patterns)
    let found = try call.context.series.find(matchers, after: range.after, through: range.through)
    guard let first = found.first else {
      throw Problem(.notFound, "The selector of `\(parameter)` finds no series in the range.")
    }
    guard found.count == 1 else {
      throw Problem.invalid(parameter, "finds \(found.count) series, and must find one; add matchers to it")
    }
    return first
  }

  private static func means(_ series: IndexedSeries, on grid: AlignedSteps, _ call: MetricsCall) throws -> [Double?] {
    var means = [Double?](repeating: nil, count: grid.count)
    try call.context.series.samples(
      of: [series], after: grid.range.after, through: grid.range.through, isCancelled: call.isCancelled
    ) { samples throws(SeriesError) in
      means = grid.means(of: samples, series: 0)
    }
    return means
  }
}

private struct CorrelatedSeries: Sendable {
  let left: SeriesIdentity
  let right: SeriesIdentity
  /// In nanoseconds.
  let step: Int64
  let correlation: Correlation
  let bestLag: (lag: Int, pearson: Double, pairCount: Int)?

  static let response = JSONResponse(
    "MetricCorrelationResponse",
    .data(
      JSONShape<CorrelatedSeries>.object { result in
        result.member("left", identity) { $0.left }
        result.member("right", identity) { $0.right }
        result.member("pair_count", .integer.described("Steps at which both have a value.")) {
          $0.correlation.pairCount
        }
        let undefined = "Null where a series has one value only, or both share fewer than two steps."
        result.member("pearson", coefficient.described(undefined)) { $0.correlation.pearson }
        result.member("spearman", coefficient.described(undefined)) { $0.correlation.spearman }
        result.member("best_lag", .orNull(lag).described("Null where no lag has a coefficient.")) { result in
          result.bestLag.map { ($0, result.step) }
        }
      }
      .named("MetricCorrelation")))

  private static let identity = JSONShape<SeriesIdentity>.object { $0.identity { $0 } }.named("MetricSeriesIdentity")
  private static let coefficient = JSONShape<Double?>.orNull(.number).of { (value: Double) in value.isNaN ? nil : value
  }

  private static let lag = JSONShape<((lag: Int, pearson: Double, pairCount: Int), Int64)>.object { best in
    best.member("lag_seconds", .number.described("By how much `right` follows `left`; negative where it leads.")) {
      Double($0.0.lag) * Double($0.1) / 1e9
    }
    best.member("pearson", .number) { $0.0.pearson }
    best.member("pair_count", .integer) { $0.0.pairCount }
  }
  .named("MetricLag")
}
