import Series
import Trends

extension QueryEvaluation {
  /// `axonize_correlation`: how the series of two windows with the same labels go together.
  ///
  /// Both windows are compared from their ends backwards, so that one with an offset is compared as it was then.
  func correlation(_ arguments: [PlanNode], on grid: StepGrid) throws(EvaluationError) -> [StepSeries] {
    guard let left = arguments[0].window, let right = arguments[1].window else {
      preconditionFailure("the parser lets range vectors only stand here")
    }
    for window in [left, right] { try check(.correlation, window.mode) }
    let isSpearman = arguments.count > 2 && arguments[2].text == "spearman"
    let width = arguments.count > 3 ? try scalar(of: arguments[3], on: grid) : .constant(Self.stepSeconds(left, right))
    let found = (try series(of: left, "left", on: grid), try series(of: right, "right", on: grid))
    var result: [StepSeries] = []
    for (labels, one) in found.0.sorted(by: { $0.key < $1.key }) {
      guard let other = found.1[labels] else { continue }
      try hold(grid.count, series: 1)
      var pair = CorrelatedWindows(
        one, other, WindowGrid(left, on: grid, lookback: 0), WindowGrid(right, on: grid, lookback: 0))
      var values = Array(repeating: Absent.marker, count: grid.count)
      for step in 0..<grid.count {
        guard let correlation = try pair.correlation(step, width: width[step]) else { continue }
        values[step] = isSpearman ? correlation.spearman : correlation.pearson
        try spend(pair.sampleCount)
      }
      let series = StepSeries(labels, dropsName: true, values: values)
      if series.hasValue { result.append(series) }
    }
    return result
  }

  /// The width of steps where the query names none: that of subqueries, a hundredth of a range in whole seconds.
  private static func stepSeconds(_ windows: PlannedWindow...) -> Double {
    windows.map { window in
      if case .subquery(_, let step) = window.content { return Double(step) / 1_000 }
      return Double(max(1, window.length / 100_000))
    }
    .max() ?? 1
  }

  /// The samples of a window by labels, without the metric's name.
  private func series(
    of window: PlannedWindow, _ side: String, on grid: StepGrid
  ) throws(EvaluationError) -> [LabelSet: WindowSamples] {
    var found: [LabelSet: WindowSamples] = [:]
    try forEachPortion(window, on: grid) { (portion, _) throws(EvaluationError) in
      for series in 0..<portion.seriesCount {
        let range = portion.range(of: series)
        guard !range.isEmpty else { continue }
        try hold(range.count, series: 1)
        let labels = StepSeries.withoutName(portion.labels[series])
        let samples = WindowSamples(times: Array(portion.times[range]), values: Array(portion.values[range]))
        guard found.updateValue(samples, forKey: labels) == nil else {
          throw .failed(
            "found duplicate series for the match group \(labels) on the \(side) hand-side of axonize_correlation(): "
              + "labels must be unique without the metric's name")
        }
      }
    }
    return found
  }
}

/// The samples of one series.
private struct WindowSamples {
  let times: [Int64]
  let values: [Double]
  /// The samples of the window in progress; its bounds only go up.
  var range = 0..<0

  mutating func move(to bounds: WindowBounds, from start: Int64) {
    var (lower, upper) = (range.lowerBound, range.upperBound)
    while upper < times.count, times[upper] <= bounds.end { upper += 1 }
    while lower < upper, times[lower] <= start { lower += 1 }
    range = lower..<upper
  }
}

/// Two series whose windows are compared.
private struct CorrelatedWindows {
  private var left: WindowSamples
  private var right: WindowSamples
  private let leftGrid: WindowGrid
  private let rightGrid: WindowGrid

  /// The most steps of a window: as many as a range may have.
  private static let stepCountMax = 11_000

  init(_ left: WindowSamples, _ right: WindowSamples, _ leftGrid: WindowGrid, _ rightGrid: WindowGrid) {
    self.left = left
    self.right = right
    self.leftGrid = leftGrid
    self.rightGrid = rightGrid
  }

  /// Of the windows in progress.
  var sampleCount: Int { left.range.count + right.range.count }

  /// The correlation of the means of steps; nil of fewer than two that both have.
  mutating func correlation(_ step: Int, width seconds: Double) throws(EvaluationError) -> Correlation? {
    let (leftBounds, rightBounds) = (leftGrid.bounds(step), rightGrid.bounds(step))
    let length = min(leftGrid.length, rightGrid.length)
    left.move(to: leftBounds, from: leftBounds.end - length)
    right.move(to: rightBounds, from: rightBounds.end - length)
    guard !left.range.isEmpty, !right.range.isEmpty else { return nil }
    let milliseconds = (seconds * 1_000).rounded()
    guard milliseconds >= 1, Double(length) / milliseconds < Double(Self.stepCountMax) else {
      throw .failed(
        "invalid step in axonize_correlation(). Expected: at least 1 ms, and at most \(Self.stepCountMax) steps of a "
          + "window, got: \(NumberNotation.text(seconds)) s")
    }
    let width = Int64(min(milliseconds, Double(Int64.max / 4)))
    let first = leftBounds.end - length + 1
    let steps = (start: first - StepMeans.remainder(first, width), end: leftBounds.end, width: width)
    let correlation = Correlation(
      Self.means(left, steps, shift: 0), Self.means(right, steps, shift: leftBounds.end - rightBounds.end))
    return correlation.pairCount > 1 ? correlation : nil
  }

  /// - Parameter shift: What is added to the times.
  private static func means(
    _ samples: WindowSamples, _ steps: (start: Int64, end: Int64, width: Int64), shift: Int64
  ) -> [Double?] {
    var means = [Double?](repeating: nil, count: Int((steps.end - steps.start) / steps.width) + 1)
    var index = samples.range.lowerBound
    while index < samples.range.upperBound {
      let place = (samples.times[index] + shift - steps.start) / steps.width
      var (sum, count) = (0.0, 0)
      while index < samples.range.upperBound, (samples.times[index] + shift - steps.start) / steps.width == place {
        if !samples.values[index].isNaN {
          sum += samples.values[index]
          count += 1
        }
        index += 1
      }
      if count > 0 { means[Int(place)] = sum / Double(count) }
    }
    return means
  }
}
