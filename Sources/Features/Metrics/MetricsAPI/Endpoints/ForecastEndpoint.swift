import API
import Base
import Engine
import HTTPTypes
import JSON
import MetricsQueries
import Series
import Trends

extension MetricsEndpoints {
  static let forecast = Endpoint<MetricsContext>(
    EndpointDefinition(
      .get, "/api/v1/metrics/forecast", name: "metricForecast",
      summary: "How series go on, by a line or by level, trend and season, and when they reach a threshold; in pages.",
      tag: "metrics",
      parameters: SeriesParameters.all + TimeRangeParameters.all + [
        SeriesParameters.step.definition, ForecastParameters.method.definition, ForecastParameters.season.definition,
        ForecastParameters.horizon.definition, ForecastParameters.threshold.definition,
        ForecastParameters.limit.definition, Parameter.cursor.definition,
      ], response: SeriesForecast.response.definition, problems: [.limitReached]),
    forecasts)

  @Sendable private static func forecasts(_ call: MetricsCall) throws -> HTTPResponse {
    let time = try call.cursor()?.range ?? call.range()
    let plan = try ForecastPlan(call, range: MillisecondRange(time))
    let page = try SeriesPage(call, range: time, countMax: call[ForecastParameters.limit])
    var found: [SeriesForecast] = []
    try call.context.series.samples(
      of: page.series, after: page.range.after, through: page.range.through, isCancelled: call.isCancelled
    ) { samples throws(SeriesError) in
      for series in 0..<samples.seriesCount {
        if call.activity.isCancelled { throw .cancelled }
        let means = plan.grid.means(of: samples, series: series)
        found.append(plan.forecast(of: SeriesIdentity(samples.labels[series], page.kinds), means))
      }
    }
    return SeriesForecast.response(call.page(found, next: page.next))
  }
}

enum ForecastMethod: String, CaseIterable, Sendable {
  case linear
  case holtWinters = "holt_winters"
}

private enum ForecastParameters {
  static let method = Parameter<ForecastMethod?>.choice(
    "method", "`linear`, a Theil–Sen line, or `holt_winters`, with level, trend and season. Default: linear."
  ).defaulting(to: .linear)
  static let season = Parameter.duration("season", "How long a season of `holt_winters` is. Default: 1d.")
    .defaulting(to: 86_400_000_000_000)
  static let horizon = Parameter.duration("horizon", "How far to look ahead. Default: as long as the range.")
  static let threshold = Parameter<Double?>.number("threshold", "A value of which to say when it is reached.")
  static let limit = Parameter.limit(default: 20, max: 100)
}

/// What a request wants to know of each series.
private struct ForecastPlan: Sendable {
  let grid: AlignedSteps
  private let method: ForecastMethod
  private let period: Int
  /// In steps.
  private let horizon: Int
  private let threshold: Double?

  /// The most steps of a forecast.
  private static let horizonMax = 1_000

  init(_ call: MetricsCall, range: MillisecondRange) throws(Problem) {
    method = call[ForecastParameters.method]
    let isLinear = method == .linear
    let step = call[SeriesParameters.step] ?? max(1, range.duration / 100_000) * 1_000_000_000
    grid = try AlignedSteps(
      range, stepNanoseconds: step,
      countMax: isLinear ? TheilSenLine.pointCountMax : HoltWintersForecast.valueCountMax)
    let ahead = (call[ForecastParameters.horizon] ?? range.duration * 1_000_000) / step
    guard ahead <= Self.horizonMax else {
      throw .invalid(
        "horizon", "the forecast has more than \(Self.horizonMax) steps; take a longer step or a shorter horizon")
    }
    horizon = max(1, Int(ahead))
    let season = call[ForecastParameters.season]
    guard isLinear || (season % step == 0 && season / step >= 2) else {
      throw .invalid("season", "must be a whole number of steps, two at least; change `step` or `season`")
    }
    period = Int(clamping: season / step)
    guard isLinear || grid.count >= 2 * period else {
      throw .invalid("season", "the range has fewer than two seasons; take an earlier start or a shorter season")
    }
    threshold = call[ForecastParameters.threshold]
  }

  func forecast(of series: SeriesIdentity, _ means: [Double?]) -> SeriesForecast {
    var forecast = SeriesForecast(series: series, method: method, threshold: threshold)
    switch method {
    case .linear: addLine(means, to: &forecast)
    case .holtWinters: addSeasons(means, to: &forecast)
    }
    return forecast
  }

  /// Times are counted from the end of the range, in seconds, so that no digits are lost.
  private func addLine(_ means: [Double?], to forecast: inout SeriesForecast) {
    let known = means.enumerated().compactMap { index, mean in mean.map { (seconds(of: index), $0) } }
    guard let line = TheilSenLine(times: known.map(\.0), values: known.map(\.1)) else {
      forecast.reason = "A line needs two steps with values, all of them finite."
      return
    }
    forecast.slope = line.slope
    forecast.slopeRange = line.slopeRange
    forecast.points = (0..<horizon).map { index in
      let time = seconds(of: grid.count + index)
      return .init(time: self.time(time), value: line.value(at: time), range: line.range(at: time))
    }
    guard let threshold, let crossing = line.crossing(threshold, after: 0) else { return }
    forecast.crossing = .init(
      expected: crossing.expected.flatMap(time), earliest: crossing.earliest.flatMap(time),
      latest: crossing.latest.flatMap(time))
  }

  private func addSeasons(_ means: [Double?], to forecast: inout SeriesForecast) {
    guard let fit = HoltWintersForecast(means, period: period) else {
      forecast.reason = "Level, trend and season need values in half of the steps of the first two seasons, all finite."
      return
    }
    let points = fit.points(horizon)
    forecast.points = points.enumerated().map { index, point in
      .init(time: time(seconds(of: grid.count + index)), value: point.value, range: point.range)
    }
    guard let threshold, let first = points.first else { return }
    let isBelow = first.value < threshold
    func reached(_ bound: (ClosedRange<Double>, Double) -> Double) -> UnixNanoseconds? {
      points.firstIndex { point in
        let value = bound(point.range, point.value)
        return isBelow ? value >= threshold : value <= threshold
      }.flatMap { forecast.points[$0].time }
    }
    forecast.crossing = .init(
      expected: reached { $1 }, earliest: reached { range, _ in isBelow ? range.upperBound : range.lowerBound },
      latest: reached { range, _ in isBelow ? range.lowerBound : range.upperBound })
  }

  private func seconds(of step: Int) -> Double { Double(grid.time(of: step) - grid.range.end) / 1_000 }

  /// A time from seconds behind the end of the range; nil beyond the times that a request can name.
  private func time(_ seconds: Double) -> UnixNanoseconds? {
    guard abs(seconds) < 7e9 else { return nil }
    let time = UnixNanoseconds(milliseconds: grid.range.end + Int64((seconds * 1_000).rounded()))
    return TimeText.isTaken(time) ? time : nil
  }
}

private struct SeriesForecast: Sendable {
  struct Point: Sendable {
    let time: UnixNanoseconds?
    let value: Double
    let range: ClosedRange<Double>
  }

  struct Crossing: Sendable {
    var expected: UnixNanoseconds?
    var earliest: UnixNanoseconds?
    var latest: UnixNanoseconds?
  }

  let series: SeriesIdentity
  let method: ForecastMethod
  let threshold: Double?
  var reason: String?
  var points: [Point] = []
  var slope: Double?
  var slopeRange: ClosedRange<Double>?
  var crossing = Crossing()

  init(series: SeriesIdentity, method: ForecastMethod, threshold: Double?) {
    self.series = series
    self.method = method
    self.threshold = threshold
  }

  static let response = JSONResponse("MetricForecastList", .page(shape))

  private static let shape = JSONShape<SeriesForecast>.object { forecast in
    forecast.identity { $0.series }
    forecast.member("method", .choice) { $0.method }
    forecast.optionalMember("reason", .string.described("Why there is no forecast; absent where there is one.")) {
      $0.reason
    }
    forecast.optionalMember("slope_per_second", slope.described("Of the line; absent for another method.")) {
      forecast in
      forecast.slope.flatMap { value in forecast.slopeRange.map { (value, $0) } }
    }
    forecast.member("points", .list(point)) { $0.points }
    forecast.optionalMember(
      "crossing", crossing.described("When the threshold is reached; absent without `threshold`.")
    ) {
      $0.threshold == nil || $0.reason != nil ? nil : $0
    }
  }
  .named("MetricForecast")

  private static let slope = JSONShape<(Double, ClosedRange<Double>)>.object { slope in
    slope.member("value", .number) { $0.0 }
    slope.member("lower", .number) { $0.1.lowerBound }
    slope.member("upper", .number) { $0.1.upperBound }
  }
  .named("MetricSlope")

  private static let point = JSONShape<Point>.object { point in
    point.member("time", .orNull(.dateTime).described("Null beyond the year 2199.")) { $0.time }
    point.member("value", .anyNumber) { $0.value }
    point.member("lower", .anyNumber.described("Lower end of the interval of 95 % confidence.")) { $0.range.lowerBound }
    point.member("upper", .anyNumber) { $0.range.upperBound }
  }
  .named("MetricForecastPoint")

  private static let crossing = JSONShape<SeriesForecast>.object { crossing in
    let time = JSONShape<UnixNanoseconds?>.orNull(.dateTime)
    crossing.member("threshold", .number) { $0.threshold ?? 0 }
    crossing.member("expected", time.described("By the forecast; null where it does not reach the threshold.")) {
      $0.crossing.expected
    }
    crossing.member("earliest", time.described("By the end of the interval that reaches it first.")) {
      $0.crossing.earliest
    }
    crossing.member("latest", time.described("By the other end; null where it may never be reached.")) {
      $0.crossing.latest
    }
    crossing.member("confidence", .number.described("Of the interval.")) { _ in 0.95 }
  }
  .named("MetricCrossing")
}
