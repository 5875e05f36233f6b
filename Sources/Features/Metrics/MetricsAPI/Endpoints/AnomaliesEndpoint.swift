import API
import Base
import HTTPTypes
import JSON
import MetricsIndex
import MetricsQueries
import Series
import Trends

extension MetricsEndpoints {
  static let anomalies = Endpoint<MetricsContext>(
    EndpointDefinition(
      .get, "/api/v1/metrics/anomalies", name: "metricAnomalies",
      summary: "Steps whose mean is far from what the same time of earlier days or weeks had, by series, in pages.",
      tag: "metrics",
      parameters: SeriesParameters.all + TimeRangeParameters.all + [
        AnomalyParameters.step.definition, AnomalyParameters.season.definition, AnomalyParameters.seasons.definition,
        AnomalyParameters.threshold.definition, AnomalyParameters.limit.definition, Parameter.cursor.definition,
      ], response: SeriesAnomalies.response.definition, problems: [.limitReached]),
    anomalousSteps)

  @Sendable private static func anomalousSteps(_ call: MetricsCall) throws -> HTTPResponse {
    let time = try call.cursor()?.range ?? call.range()
    let grid = try AlignedSteps(
      MillisecondRange(time), stepNanoseconds: call[AnomalyParameters.step],
      countMax: AnomalyParameters.stepCountMax)
    let seasonCount = call[AnomalyParameters.seasons]
    // One page reads at most a million steps: 16 MB.
    let countMax = min(call[AnomalyParameters.limit], max(1, 1_000_000 / (grid.count * (seasonCount + 1))))
    let page = try SeriesPage(call, range: time, countMax: countMax)
    let now = try means(of: page, on: grid, earlierBy: 0, call)
    var before: [LabelSet: [[Double?]]] = [:]
    for season in 1...seasonCount {
      let shift = Int64(season) * call[AnomalyParameters.season].milliseconds
      // Before 1970 there is nothing.
      guard grid.range.start >= shift else { break }
      for (labels, means) in try means(of: page, on: grid, earlierBy: shift, call) {
        before[labels, default: []].append(means)
      }
    }
    let threshold = call[AnomalyParameters.threshold]
    let found = page.series.compactMap { series in
      now[series.labels].map { means in
        SeriesAnomalies(
          series: SeriesIdentity(series.labels, page.kinds), means: means, before: before[series.labels] ?? [],
          grid: grid, threshold: threshold)
      }
    }
    return SeriesAnomalies.response(call.page(found, next: page.next))
  }

  /// The means of the steps of an earlier range, on the grid of the range itself.
  private static func means(
    of page: SeriesPage, on grid: AlignedSteps, earlierBy shift: Int64, _ call: MetricsCall
  ) throws -> [LabelSet: [Double?]] {
    let range = grid.range.earlier(by: shift)
    var found: [LabelSet: [Double?]] = [:]
    try call.context.series.samples(
      of: page.series, after: range.after, through: range.through, isCancelled: call.isCancelled
    ) { samples throws(SeriesError) in
      for series in 0..<samples.seriesCount {
        found[samples.labels[series]] = grid.means(of: samples, series: series, shift: shift)
      }
    }
    return found
  }
}

private enum AnomalyParameters {
  enum Season: String, CaseIterable, Sendable {
    case day, week

    var milliseconds: Int64 { self == .day ? 86_400_000 : 7 * 86_400_000 }
  }

  static let stepCountMax = 2_000
  static let step = Parameter.duration("step", "The width of a step, which is a slot of the season. Default: 5m.")
    .defaulting(to: 300_000_000_000)
  static let season = Parameter<Season?>.choice(
    "season",
    "After which time values repeat, in UTC: the slot of a step is the same time of earlier days, or of the same "
      + "weekday of earlier weeks. Default: day."
  ).defaulting(to: .day)
  static let seasons = Parameter.integer(
    "seasons", "From how many earlier seasons the baseline is made.", SeasonalBaseline.valueCountMin...28, default: 7)
  static let threshold = Parameter<Double?>.number(
    "threshold", "From which size of the robust z-score on a step is an anomaly. Default: 3.5.", from: 0
  ).defaulting(to: 3.5)
  static let limit = Parameter.limit(default: 20, max: 100)
}

/// What is unusual of a series.
private struct SeriesAnomalies: Sendable {
  struct Anomaly: Sendable {
    let time: UnixNanoseconds
    let value: Double
    let baseline: SeasonalBaseline
    let score: Double
  }

  let series: SeriesIdentity
  private(set) var scoredCount = 0
  private(set) var unscoredCount = 0
  private(set) var anomalies: [Anomaly] = []

  /// - Parameter before: the means of earlier seasons.
  init(series: SeriesIdentity, means: [Double?], before: [[Double?]], grid: AlignedSteps, threshold: Double) {
    self.series = series
    for (index, mean) in means.enumerated() {
      guard let mean else { continue }
      guard mean.isFinite,
        let baseline = SeasonalBaseline(before.compactMap { $0[index] }.filter(\.isFinite))
      else {
        unscoredCount += 1
        continue
      }
      scoredCount += 1
      let score = baseline.score(mean)
      guard abs(score) >= threshold else { continue }
      anomalies.append(
        Anomaly(
          time: UnixNanoseconds(milliseconds: grid.time(of: index)), value: mean, baseline: baseline, score: score))
    }
  }

  static let response = JSONResponse(
    "MetricAnomaliesList",
    .page(
      JSONShape<SeriesAnomalies>.object { series in
        series.identity { $0.series }
        series.member("scored_step_count", .integer) { $0.scoredCount }
        let unscored = "Steps with a value whose slot had fewer than \(SeasonalBaseline.valueCountMin) before."
        series.member("unscored_step_count", .integer.described(unscored)) { $0.unscoredCount }
        series.member("anomalies", .list(anomaly)) { $0.anomalies }
      }
      .named("MetricAnomalies")))

  private static let anomaly = JSONShape<Anomaly>.object { anomaly in
    anomaly.member("time", .dateTime) { $0.time }
    anomaly.member("value", .number.described("The mean of the step.")) { $0.value }
    anomaly.member("median", .number.described("Of the slot in earlier seasons.")) { $0.baseline.median }
    anomaly.member("mad", .number.described("The median absolute deviation of the slot.")) {
      $0.baseline.medianAbsoluteDeviation
    }
    anomaly.member("baseline_count", .integer.described("How many earlier seasons have a value.")) {
      $0.baseline.valueCount
    }
    let score =
      "The robust z-score, 0.6745 · (value − median) / MAD; infinite where the slot always had one other value."
    anomaly.member("score", .anyNumber.described(score)) { $0.score }
  }
  .named("MetricAnomaly")
}
