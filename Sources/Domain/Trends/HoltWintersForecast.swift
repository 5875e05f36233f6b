/// A forecast by level, trend and season.
///
/// It is the additive method of C. C. Holt (1957) and P. R. Winters (1960) in the form of innovations, ETS(A,A,A), of
/// R. J. Hyndman and G. Athanasopoulos, "Forecasting: Principles and Practice", 3rd edition, chapters 8.3 and 8.5. With
/// the error e = y − (level + trend + season):
///
///     level  ← level + trend + α·e
///     trend  ← trend + β·e
///     season ← season + γ·e
///
/// A step without a value leaves e at 0. The first level is the mean of the first season, the first trend the
/// difference of the means of the second and the first season divided by the length of a season, the first season its
/// differences from its mean. α, β and γ are those of a grid with the least sum of squared errors of one step.
package struct HoltWintersForecast: Sendable {
  struct Smoothing: Sendable, Hashable {
    var level: Double
    var trend: Double
    var season: Double
  }

  private let smoothing: Smoothing
  private let state: State
  /// The standard deviation of the errors of one step.
  private let deviation: Double

  /// Values that are fitted; more are refused, as each is visited 60 times.
  package static let valueCountMax = 11_000

  /// Fits values of equal steps, nil for those without; nil of fewer than two whole seasons of `period` steps, where
  /// half of the first two have no value, or where a value is not finite.
  package init?(_ values: [Double?], period: Int) {
    guard period >= 2, values.count >= 2 * period, values.count <= Self.valueCountMax,
      let start = State(values, period: period)
    else { return nil }
    var best: (smoothing: Smoothing, error: Double, count: Int, state: State)?
    for smoothing in Self.grid {
      var state = start
      let (error, count) = state.run(values, smoothing)
      if error.isFinite, error < best?.error ?? .infinity { best = (smoothing, error, count, state) }
    }
    guard let best, best.count > 3 else { return nil }
    smoothing = best.smoothing
    state = best.state
    deviation = (best.error / Double(best.count - 3)).squareRoot()
  }

  /// Fits with given parameters, to compare with published values.
  init?(_ values: [Double?], period: Int, smoothing: Smoothing) {
    guard var state = State(values, period: period) else { return nil }
    let (error, count) = state.run(values, smoothing)
    self.smoothing = smoothing
    self.state = state
    deviation = (error / Double(max(1, count - 3))).squareRoot()
  }

  /// The forecast of the next steps, with what lies within 95 % of a normal distribution.
  ///
  /// The variance of step h is σ²·(1 + Σ c_j²) over j from 1 to h − 1, where c_j = α + β·j, and γ more where j is a
  /// whole number of seasons (R. J. Hyndman et al., "Forecasting with Exponential Smoothing", 2008, table 6.1).
  package func points(_ count: Int) -> [(value: Double, range: ClosedRange<Double>)] {
    var spread = 1.0
    return (1...max(1, count)).prefix(count).map { step in
      let value = state.value(ahead: step)
      let reach = TheilSenLine.normalQuantile * deviation * spread.squareRoot()
      let weight =
        smoothing.level + smoothing.trend * Double(step) + (step % state.season.count == 0 ? smoothing.season : 0)
      spread += weight * weight
      return (value, value - reach...value + reach)
    }
  }

  private static let grid: [Smoothing] = [0.05, 0.2, 0.4, 0.6, 0.9].flatMap { level in
    // β of this form is the product of α and the weight of the trend; γ is at most 1 − α (Hyndman and Athanasopoulos,
    // 8.5).
    [0.001, 0.1, 0.3].flatMap { trend in
      [0.01, 0.1, 0.3, 0.6].map { season in
        Smoothing(level: level, trend: level * trend, season: season * (1 - level))
      }
    }
  }
}

/// Level, trend and season after a step.
private struct State: Sendable {
  var level: Double
  var trend: Double
  /// The season's part of each slot.
  var season: [Double]
  /// The slot of the next step.
  var slot = 0

  init?(_ values: [Double?], period: Int) {
    let first = values[..<period].compactMap { $0 }
    let second = values[period..<2 * period].compactMap { $0 }
    guard first.count * 2 >= period, second.count * 2 >= period, values.allSatisfy({ $0?.isFinite ?? true }) else {
      return nil
    }
    let mean = first.reduce(0, +) / Double(first.count)
    level = mean
    trend = (second.reduce(0, +) / Double(second.count) - mean) / Double(period)
    season = values[..<period].map { $0.map { $0 - mean } ?? 0 }
  }

  /// Goes through the values; the sum of the squared errors, and of how many.
  mutating func run(_ values: [Double?], _ smoothing: HoltWintersForecast.Smoothing) -> (error: Double, count: Int) {
    var sum = 0.0
    var count = 0
    for value in values {
      let expected = level + trend + season[slot]
      let error = value.map { $0 - expected } ?? 0
      level += trend + smoothing.level * error
      trend += smoothing.trend * error
      season[slot] += smoothing.season * error
      slot = slot + 1 == season.count ? 0 : slot + 1
      if value != nil {
        sum += error * error
        count += 1
      }
    }
    return (sum, count)
  }

  func value(ahead step: Int) -> Double {
    level + trend * Double(step) + season[(slot + step - 1) % season.count]
  }
}
