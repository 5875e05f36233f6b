package import Series

/// The value of a query.
package enum PromQLValue: Sendable {
  case scalar(time: Int64, value: Double)
  case string(time: Int64, text: String)
  /// One sample of each series, at the time of the query. Sorting functions and `topk` define the order.
  case vector(SeriesSamples)
  /// By labels.
  case matrix(SeriesSamples)
}

/// What an evaluation returns.
package struct PromQLResult: Sendable {
  package let value: PromQLValue
  /// What a reader should know of the value, in the order in which it came up.
  package let annotations: [Annotation]
}

/// Evaluates PromQL as Prometheus 3.14 does, with metrics' names dropped when a result is passed on.
///
/// Ranges and the lookback begin after their start. Samples are numbers: functions of native histograms and of start
/// times have no result.
package struct PromQLEngine: Sendable {
  package let settings: EvaluationSettings
  private let compiler: any TextPatternCompiler
  private let memory: EvaluationMemory

  /// - Parameters:
  ///   - compiler: Of the regular expressions of `label_replace` and `info`.
  ///   - memory: What all evaluations share, of which one may take half; nil for one that has its own.
  package init(
    compiler: any TextPatternCompiler, settings: EvaluationSettings = EvaluationSettings(),
    memory: EvaluationMemory? = nil
  ) {
    self.compiler = compiler
    var settings = settings
    if let memory { settings.bytesMax = min(settings.bytesMax, memory.bytesMax / 2) }
    self.settings = settings
    self.memory = memory ?? EvaluationMemory(bytesMax: settings.bytesMax)
  }

  /// Evaluates an expression at one time.
  ///
  /// - Parameters:
  ///   - time: In milliseconds since 1970.
  ///   - deadline: When to give up; nil for never.
  ///   - isCancelled: Asked every few milliseconds whether the result is still wanted.
  package func instant(
    _ expression: PromQLExpression, at time: Int64, over source: any SeriesSource,
    deadline: ContinuousClock.Instant? = nil, isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws(EvaluationError) -> PromQLResult {
    try Self.check(time)
    let plan = try QueryPlanner.plan(expression, start: time, end: time, step: 0, settings: settings)
    let evaluation = QueryEvaluation(
      plan, source: source, compiler: compiler, settings: settings, memory: memory, deadline: deadline,
      isCancelled: isCancelled)
    let grid = StepGrid(start: time, step: 1, count: 1)
    if let window = plan.root.window {
      let samples = try evaluation.matrix(window, on: grid)
      return PromQLResult(value: .matrix(samples), annotations: evaluation.annotations.all())
    }
    let value: PromQLValue =
      switch try evaluation.value(of: plan.root, on: grid) {
      case .scalar(let scalar): .scalar(time: time, value: scalar[0])
      case .string(let text): .string(time: time, text: text)
      case .vector(let series): .vector(SeriesSamples(try StepSeries.finished(series), on: grid))
      }
    return PromQLResult(value: value, annotations: evaluation.annotations.all())
  }

  /// Evaluates an expression from a time to another, at every step.
  ///
  /// - Parameters:
  ///   - start: The first time, in milliseconds since 1970.
  ///   - end: The last time counts where a step falls on it.
  ///   - step: In milliseconds; positive.
  ///   - deadline: When to give up; nil for never.
  ///   - isCancelled: Asked every few milliseconds whether the result is still wanted.
  package func range(
    _ expression: PromQLExpression, from start: Int64, through end: Int64, step: Int64, over source: any SeriesSource,
    deadline: ContinuousClock.Instant? = nil, isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws(EvaluationError) -> PromQLResult {
    try Self.check(start)
    try Self.check(end)
    guard step > 0 else { throw .failed("the step of a range is \(step) ms; it has to be 1 ms or more") }
    guard end >= start else { throw .failed("the end of a range is before its start") }
    guard (end - start) / step < settings.stepCountMax else {
      throw .limitExceeded(
        "exceeded maximum resolution of \(settings.stepCountMax) points per timeseries. Try decreasing the query "
          + "resolution (?step=XX)")
    }
    guard expression.type == .scalar || expression.type == .vector else {
      throw .failed(
        "invalid expression type \"\(expression.type.description)\" for range query, must be Scalar or instant Vector")
    }
    let plan = try QueryPlanner.plan(expression, start: start, end: end, step: step, settings: settings)
    let evaluation = QueryEvaluation(
      plan, source: source, compiler: compiler, settings: settings, memory: memory, deadline: deadline,
      isCancelled: isCancelled)
    let grid = StepGrid(from: start, through: end, step: step)
    let series: [StepSeries] =
      switch try evaluation.value(of: plan.root, on: grid) {
      case .scalar(let scalar): [StepSeries(.empty, values: scalar.values(grid.count))]
      case .vector(let series): try StepSeries.finished(series).sorted { $0.labels < $1.labels }
      case .string: []
      }
    return PromQLResult(
      value: .matrix(SeriesSamples(series, on: grid)), annotations: evaluation.annotations.all())
  }

  /// Times beyond this have no meaning, and sums of them would not stay within 64 bits: 36 million years.
  private static let timeMax: Int64 = 1 << 60

  private static func check(_ time: Int64) throws(EvaluationError) {
    guard abs(time / 2) <= timeMax / 2 else { throw .failed("the time \(time) ms is out of range") }
  }
}

extension QueryEvaluation {
  /// The samples of a range vector that stands alone.
  func matrix(_ window: PlannedWindow, on grid: StepGrid) throws(EvaluationError) -> SeriesSamples {
    let bounds = WindowGrid(window, on: grid, lookback: settings.lookback).bounds(0)
    if case .subquery(let node, let step) = window.content {
      let inner = StepGrid(multiplesOf: step, after: bounds.start, through: bounds.end)
      let series = try StepSeries.finished(try subquery(node, on: inner)).sorted { $0.labels < $1.labels }
      return SeriesSamples(series, on: inner)
    }
    var found: [(labels: LabelSet, times: [Int64], values: [Double])] = []
    try forEachPortion(window, on: grid) { (portion, _) throws(EvaluationError) in
      for series in 0..<portion.seriesCount {
        let range = portion.range(of: series)
        let (times, values) =
          window.mode == .plain
          ? portion.samples(range, within: bounds)
          : portion.extended(range, within: bounds, window.mode, settings.lookback)
        guard !times.isEmpty else { continue }
        try hold(times.count, series: 1)
        found.append((portion.labels[series], times, values))
      }
    }
    var result = SeriesSamples()
    for series in found.sorted(by: { $0.labels < $1.labels }) {
      result.times += series.times
      result.values += series.values
      result.endSeries(series.labels)
    }
    return result
  }
}

extension SeriesSamples {
  /// The samples of a series that are in a window.
  fileprivate func samples(_ range: Range<Int>, within bounds: WindowBounds) -> ([Int64], [Double]) {
    let inside = range.filter { times[$0] > bounds.start && times[$0] <= bounds.end }
    return (inside.map { times[$0] }, inside.map { values[$0] })
  }

  /// The samples of a series within an anchored or smoothed window, and one at each of its bounds.
  fileprivate func extended(
    _ range: Range<Int>, within bounds: WindowBounds, _ mode: WindowMode, _ lookback: Int64
  ) -> ([Int64], [Double]) {
    let isSmoothed = mode == .smoothed
    let (start, end) = (bounds.start - lookback, bounds.end + (isSmoothed ? lookback : 0))
    let usable = range.filter { times[$0] > start && times[$0] <= end }
    guard let first = usable.first, let last = usable.last,
      var edges = WindowEdges(first..<last + 1, times.span, bounds, isSmoothed: isSmoothed)
    else { return ([], []) }
    let left = edges.left(times.span, values.span, isCounter: false)
    let right = edges.right(times.span, values.span, isCounter: false)
    edges.excludeBounds(times.span)
    return (
      [bounds.start] + edges.inner.map { times[$0] } + [bounds.end],
      [left] + edges.inner.map { values[$0] } + [right]
    )
  }
}

extension StepSeries {
  /// Series without the names that are to go.
  static func finished(_ series: [StepSeries]) throws(EvaluationError) -> [StepSeries] {
    let named = series.map { series in
      series.dropsName ? StepSeries(withoutName(series.labels), values: series.values) : series
    }
    return try merged(named, isStrict: true).filter(\.hasValue)
  }
}
