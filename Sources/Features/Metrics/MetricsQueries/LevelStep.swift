import Series

/// What the samples of a series were in one step.
///
/// Times are in milliseconds since 1970.
struct LevelStep {
  var first: (time: Int64, value: Double)
  var last: (time: Int64, value: Double)
  /// The end of the series; 0 for none.
  var stale: Int64
  var count: Int
  var sum: Double
  /// NaN where no value is a number.
  var min: Double
  var max: Double
  /// Those of `count` that are NaN.
  var nanCount = 0
  /// In the order of values, without NaN; none where the level has no sketch, or it is not read.
  var buckets: [ValueBucket] = []
  /// Which step since 1970 it is: the one that ends at this multiple of its width.
  var number: Int64 = 0
}

/// Writes samples that stand for those of steps.
struct StepWriter {
  let use: LevelUse
  let hints: SeriesSelection.Hints
  let after: Int64
  let through: Int64
  /// The length of a step.
  let width: Int64
  /// Whether the samples are gone, so that a value may have to stand for a time at which there was none.
  let fills: Bool
  /// Samples beyond it are not written; the caller refuses the query.
  let countMax: Int

  /// How far instant selectors look back by default (`EvaluationSettings.lookback`).
  private static let lookback: Int64 = 300_000

  /// Appends the samples of a step; steps come in the order of time.
  func append(_ step: LevelStep, to samples: inout SeriesSamples, from start: Int) {
    if step.count > 0 { appendValues(of: step, to: &samples, from: start) }
    // One at the time of a value is weaker than the value.
    if step.stale > step.last.time || (step.count == 0 && step.stale > 0) {
      append(step.stale, StaleMarker.value, to: &samples, from: start)
    }
  }

  private func appendValues(of step: LevelStep, to samples: inout SeriesSamples, from start: Int) {
    switch use {
    case .last:
      if fills { appendEvaluations(of: step, to: &samples, from: start) }
      append(step.last.time, step.last.value, to: &samples, from: start)
    case .min: append(step.last.time, step.min, to: &samples, from: start)
    case .max: append(step.last.time, step.max, to: &samples, from: start)
    case .sum: append(step.last.time, step.sum, to: &samples, from: start)
    case .mean: appendMeans(of: step, to: &samples, from: start)
    case .values:
      if step.buckets.isEmpty {
        appendShape(of: step, to: &samples, from: start)
      } else {
        appendSketch(of: step, to: &samples, from: start)
      }
    case .shape: appendShape(of: step, to: &samples, from: start)
    }
  }

  /// The last value at each evaluation in the step, for steps that are longer than those of the question.
  private func appendEvaluations(of step: LevelStep, to samples: inout SeriesSamples, from start: Int) {
    guard hints.step > 0 else {
      if hints.firstTime >= step.first.time, hints.firstTime < step.last.time {
        append(hints.firstTime, step.last.value, to: &samples, from: start)
      }
      return
    }
    let begin = step.first.time - hints.firstTime
    var time = hints.firstTime + (begin <= 0 ? 0 : (begin + hints.step - 1) / hints.step * hints.step)
    while time < step.last.time {
      append(time, step.last.value, to: &samples, from: start)
      time += hints.step
    }
  }

  private func appendMeans(of step: LevelStep, to samples: inout SeriesSamples, from start: Int) {
    appendEvenly([ValueBucket(value: step.sum / Double(step.count), count: step.count)], of: step, to: &samples, start)
  }

  private func appendSketch(of step: LevelStep, to samples: inout SeriesSamples, from start: Int) {
    appendEvenly([ValueBucket(value: .nan, count: step.nanCount)] + step.buckets, of: step, to: &samples, start)
  }

  /// Values that stand evenly between the first and the last time.
  private func appendEvenly(
    _ buckets: [ValueBucket], of step: LevelStep, to samples: inout SeriesSamples, _ start: Int
  ) {
    let length = step.last.time - step.first.time
    let total = Int64(buckets.reduce(0) { $0 + $1.count })
    // Samples that were stored twice may be more than there are milliseconds.
    let count = Swift.min(total, length + 1)
    var (place, end) = (0, Int64(buckets.first?.count ?? 0))
    for index in 0..<count {
      while index * total / count >= end, place + 1 < buckets.count {
        place += 1
        end += Int64(buckets[place].count)
      }
      let time = count == 1 ? step.last.time : step.first.time + length * index / (count - 1)
      append(time, buckets[place].value, to: &samples, from: start)
      if samples.sampleCount > countMax { return }
    }
  }

  private func appendShape(of step: LevelStep, to samples: inout SeriesSamples, from start: Int) {
    let length = step.last.time - step.first.time
    var points = [step.first]
    if length >= 3 {
      // A counter that began anew rises to its peak first.
      let (low, high) = (Swift.min(step.first.value, step.last.value), Swift.max(step.first.value, step.last.value))
      if step.max > high { points.append((step.first.time + length / 3, step.max)) }
      if step.min < low { points.append((step.first.time + length * 2 / 3, step.min)) }
    }
    if length > 0 { points.append(step.last) }
    for (index, point) in points.enumerated() {
      append(point.time, point.value, to: &samples, from: start)
      if index + 1 < points.count { fill(from: point, to: points[index + 1], &samples, from: start) }
    }
  }

  /// Values between two, for windows that are shorter than two steps: on the line between them where it rises, the
  /// earlier one where it falls, so that a counter begins anew once.
  private func fill(
    from left: (time: Int64, value: Double), to right: (time: Int64, value: Double), _ samples: inout SeriesSamples,
    from start: Int
  ) {
    let window = hints.window > 0 ? hints.window : Self.lookback
    guard fills, window < 2 * width else { return }
    let spacing = Swift.max(1_000, window / 4)
    var time = left.time + spacing
    while time < right.time, samples.sampleCount <= countMax {
      let share = Double(time - left.time) / Double(right.time - left.time)
      let value = right.value > left.value ? left.value + (right.value - left.value) * share : left.value
      append(time, value, to: &samples, from: start)
      time += spacing
    }
  }

  /// Appends a sample of the segment, unless one of its time is there.
  private func append(_ time: Int64, _ value: Double, to samples: inout SeriesSamples, from start: Int) {
    guard time > after, time <= through else { return }
    if samples.sampleCount > start, let latest = samples.times.last, latest >= time { return }
    samples.times.append(time)
    samples.values.append(value)
  }
}
