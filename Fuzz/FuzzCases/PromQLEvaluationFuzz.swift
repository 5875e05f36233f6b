import PromQL
import Series

/// Properties of the evaluation of every expression that parses: it neither traps nor runs away, whatever the series are,
/// and what it returns has times that ascend.
enum PromQLEvaluationFuzz {
  static func run(_ expression: PromQLExpression) {
    var settings = EvaluationSettings()
    settings.sampleCountMax = 5_000
    let engine = PromQLEngine(compiler: AnyPattern(), settings: settings)
    let deadline = ContinuousClock.now + .seconds(2)
    do throws(EvaluationError) {
      check(try engine.instant(expression, at: 60_000, over: FewSeries(), deadline: deadline))
      check(
        try engine.range(
          expression, from: -30_000, through: 90_000, step: 15_000, over: FewSeries(), deadline: deadline))
    } catch {
      precondition(!error.description.isEmpty, "an error without a message")
    }
  }

  private static func check(_ result: PromQLResult) {
    switch result.value {
    case .vector(let samples), .matrix(let samples):
      for series in 0..<samples.seriesCount {
        let times = samples.range(of: series).map { samples.times[$0] }
        precondition(!times.isEmpty && zip(times, times.dropFirst()).allSatisfy(<), "times that do not ascend")
      }
    case .scalar, .string: break
    }
  }

  /// Three series for every selector, with gaps, a stale marker, a reset and values that are not numbers.
  private struct FewSeries: SeriesSource {
    func samples(
      _ selection: SeriesSelection, isCancelled: @Sendable () -> Bool,
      _ body: (SeriesSamples) throws(SeriesError) -> Void
    ) throws(SeriesError) {
      var samples = SeriesSamples()
      for (index, bound) in ["0.5", "1", "+Inf"].enumerated() {
        for tick in 0..<20 where tick % 7 != index {
          samples.times.append(Int64(tick) * 5_000)
          samples.values.append(tick == 9 ? StaleMarker.value : (tick == 11 ? .nan : Double((tick * 3 + index) % 17)))
        }
        samples.endSeries(LabelSet([Label(Label.metricName, "a_bucket"), Label("le", bound), Label("job", "j")]))
      }
      try body(samples)
    }

    func series(_ selection: SeriesSelection, countMax: Int) throws(SeriesError) -> [LabelSet] { [] }
  }
}
