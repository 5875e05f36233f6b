package import Base
package import Engine
package import Series

/// Reads series of tenants in steps; the slice that stores series offers it.
package protocol SeriesStepReading: Sendable {
  /// The series that have a value in the range, by name: from their samples, and where these are gone from what is left of
  /// them. Called on a thread that may block.
  ///
  /// It limits how many series and samples it reads, with ``SeriesError/limitExceeded(_:)``.
  func steps(
    _ question: SeriesStepQuestion, of tenant: TenantID, during activity: QueryActivity
  ) throws(SeriesError) -> [SteppedSeries]
}

/// Which series are read, and in which steps.
package struct SeriesStepQuestion: Sendable {
  /// All of them hold for each series.
  package var matchers: [LabelMatcher]
  package var range: TimeRange
  /// The width of a step, in nanoseconds; steps begin at whole multiples of it since 1970.
  package var step: Int64

  package init(matchers: [LabelMatcher], range: TimeRange, step: Int64) {
    self.matchers = matchers
    self.range = range
    self.step = step
  }
}

/// A series in steps.
package struct SteppedSeries: Sendable {
  package let labels: LabelSet
  /// Those with a value, by time.
  package let steps: [SeriesStep]

  package init(labels: LabelSet, steps: [SeriesStep]) {
    self.labels = labels
    self.steps = steps
  }
}

/// Statistics of the samples of a step; nil for what is not known of roll-ups.
package struct SeriesStep: Sendable, Hashable {
  /// When it begins.
  package var time: UnixNanoseconds
  /// How many samples.
  package var count: Int
  /// Whether the samples are gone: percentiles are then less than 1 % from theirs.
  package var isOfRollUps = false
  package var mean: Double?
  package var min: Double?
  package var max: Double?
  package var p50: Double?
  package var p95: Double?
  package var p99: Double?

  package init(time: UnixNanoseconds, count: Int) {
    self.time = time
    self.count = count
  }
}
