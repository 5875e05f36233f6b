package import MetricsIndex
import MetricsTables
import SQLBuilder
package import Series

/// What is left of samples in a step of a level.
package struct StepSummary: Sendable {
  /// The last time of the step, in milliseconds since 1970.
  package let end: Int64
  /// Values that are numbers.
  package let count: Int
  /// Nil where one of the values was NaN.
  package let sum: Double?
  package let min: Double
  package let max: Double
  /// In the order of values; none where the level has no sketch.
  package let buckets: [ValueBucket]

  package init(end: Int64, count: Int, sum: Double?, min: Double, max: Double, buckets: [ValueBucket]) {
    self.end = end
    self.count = count
    self.sum = sum
    self.min = min
    self.max = max
    self.buckets = buckets
  }
}

/// A part of the history of some series.
package enum SeriesHistoryPart: Sendable {
  case samples(SeriesSamples)
  /// Steps of a series in the order of time.
  case steps(LabelSet, [StepSummary])
}

extension TenantSeriesSource {
  /// Passes on what is kept of series that were found before: their samples, and for steps of a question that begin before
  /// the first sample what the levels have.
  ///
  /// Of one series the steps come first. Series of one metric should be next to each other.
  ///
  /// - Parameter step: the width of the question's steps, which begin at whole multiples of it since 1970.
  package func history(
    of found: [IndexedSeries], after: Int64, through: Int64, step: Int64, isCancelled: @Sendable () -> Bool,
    _ body: (SeriesHistoryPart) throws(SeriesError) -> Void
  ) throws(SeriesError) {
    try settle(after: after, through: through)
    for segment in planner?.history(after: after, through: through, step: step)
      ?? [SampleSegment(source: .samples, after: after, through: through)]
    {
      switch segment.source {
      case .samples:
        try samples(of: found, after: segment.after, through: segment.through, isCancelled: isCancelled) {
          (samples) throws(SeriesError) in try body(.samples(samples))
        }
      case .same(let level), .rest(let level):
        try summaries(of: found, segment, level, isCancelled: isCancelled, body)
      }
    }
  }

  private func summaries(
    of found: [IndexedSeries], _ segment: SampleSegment, _ level: SampleLevel, isCancelled: @Sendable () -> Bool,
    _ body: (SeriesHistoryPart) throws(SeriesError) -> Void
  ) throws(SeriesError) {
    var start = 0
    var rowsLeft = limits.samplesMax
    // A step of a gauge has some 50 buckets; the first portion says how many these have.
    let steps = Int((segment.through - segment.after) / level.milliseconds) + 1
    var perSeries = SampleSketch(of: level) == nil ? steps : steps * 50
    while start < found.count {
      if isCancelled() { throw .cancelled }
      let count = min(
        max(1, limits.portionSamples / max(1, perSeries)), found.count - start, Self.seriesPerStatementMax)
      let portion = found[start..<start + count]
      let labels = Dictionary(portion.map { ($0.id, $0.labels) }) { first, _ in first }
      var rowCount = 0
      try readSteps(of: portion, segment, level, rowsMax: rowsLeft) { (id, steps) throws(SeriesError) in
        rowCount += steps.reduce(0) { $0 + 1 + $1.buckets.count }
        // A step that reaches beyond has samples that are read as such.
        let summaries = steps.filter { $0.number * level.milliseconds <= segment.through }
          .compactMap { StepSummary($0, width: level.milliseconds) }
        if !summaries.isEmpty, let labels = labels[id] { try body(.steps(labels, summaries)) }
      }
      rowsLeft -= rowCount
      guard rowsLeft >= 0 else { throw tooManySamples }
      perSeries = max(1, rowCount / count)
      start += count
    }
  }
}

extension StepSummary {
  /// Nil where no value is a number.
  fileprivate init?(_ step: LevelStep, width: Int64) {
    guard step.count > step.nanCount else { return nil }
    self.init(
      end: step.number * width - 1, count: step.count - step.nanCount, sum: step.nanCount == 0 ? step.sum : nil,
      min: step.min, max: step.max, buckets: step.buckets)
  }
}
