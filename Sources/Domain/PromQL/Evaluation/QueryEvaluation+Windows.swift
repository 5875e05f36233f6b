import Series
import Trends

extension QueryEvaluation {
  // MARK: Instant selectors

  /// Passes on the series of an instant selector that have a value.
  func forEachInstant(
    _ selector: PlannedSelector, on grid: StepGrid, _ body: (StepSeries) throws(EvaluationError) -> Void
  ) throws(EvaluationError) {
    let kernel = InstantKernel(grid: grid, time: selector.time, lookback: settings.lookback)
    try samples(of: selector.fetch) { portion throws(EvaluationError) in
      let isClean = !portion.values.contains { Absent.isAbsent($0) }
      let clean = selector.isSmoothed && !isClean ? portion.withoutStaleMarkers() : portion
      for series in 0..<clean.seriesCount {
        let range = clean.range(of: series)
        try hold(grid.count, series: 0)
        defer { release(grid.count, series: 0) }
        var values = Array(repeating: Absent.marker, count: grid.count)
        let times = clean.times.span.extracting(range)
        let samples = clean.values.span.extracting(range)
        let hasValue =
          selector.isSmoothed
          ? kernel.smoothed(times, samples, to: &values)
          : kernel.latest(times, samples, to: &values) { samples[$0] }
        try spend(range.count + grid.count)
        if hasValue { try body(StepSeries(clean.labels[series], values: values)) }
      }
    }
  }

  /// For each series of an instant selector, the times of its samples in seconds.
  func sampleTimes(_ selector: PlannedSelector, on grid: StepGrid) throws(EvaluationError) -> [StepSeries] {
    var result: [StepSeries] = []
    let kernel = InstantKernel(grid: grid, time: selector.time, lookback: settings.lookback)
    try samples(of: selector.fetch) { portion throws(EvaluationError) in
      result += try sampleTimes(portion, kernel).map {
        StepSeries($0.labels, dropsName: true, values: $0.values.map { Absent.isAbsent($0) ? $0 : $0 / 1_000 })
      }
    }
    return result
  }

  /// The times in milliseconds of the samples that an instant selector finds.
  func sampleTimes(_ portion: SeriesSamples, _ kernel: InstantKernel) throws(EvaluationError) -> [StepSeries] {
    var result: [StepSeries] = []
    for series in 0..<portion.seriesCount {
      let range = portion.range(of: series)
      try hold(kernel.grid.count, series: 1)
      var values = Array(repeating: Absent.marker, count: kernel.grid.count)
      let times = portion.times.span.extracting(range)
      let hasValue = kernel.latest(times, portion.values.span.extracting(range), to: &values) { Double(times[$0]) }
      try spend(range.count + kernel.grid.count)
      if hasValue { result.append(StepSeries(portion.labels[series], values: values)) }
    }
    return result
  }

  // MARK: Functions over windows

  /// Passes on the series of a function over windows that have a value.
  func forEachWindowResult(
    _ function: PromQLFunction, _ window: PlannedWindow, _ arguments: [PlanNode], on grid: StepGrid,
    _ body: (StepSeries) throws(EvaluationError) -> Void
  ) throws(EvaluationError) {
    var scalars: [StepScalar] = []
    for argument in arguments where argument.type == .scalar { scalars.append(try scalar(of: argument, on: grid)) }
    try check(function, window.mode)
    let offset = arguments[0].offset
    var isFirst = true
    let keepsName = function == .lastOverTime || function == .firstOverTime
    let (isCounter, isRate) = (function != .delta, function == .rate)
    let checked: (StepSeries) throws(EvaluationError) -> Void = { [self] series throws(EvaluationError) in
      if function == .rate || function == .increase { noteName(of: series.labels, at: offset) }
      if isFirst, function == .quantileOverTime { warnOfQuantiles(scalars[0], grid, at: offset) }
      isFirst = false
      try body(series)
    }
    switch function {
    case .rate, .increase, .delta:
      if window.mode == .plain {
        var kernel = RateKernel(isCounter: isCounter, isRate: isRate, length: window.length)
        try forEachWindowResult(&kernel, window, on: grid, keepsName: false, checked)
      } else {
        var kernel = ExtendedRateKernel(
          isCounter: isCounter, isRate: isRate, isSmoothed: window.mode == .smoothed, length: window.length)
        try forEachWindowResult(&kernel, window, on: grid, keepsName: false, checked)
      }
    case .forecast, .secondsUntil:
      var kernel = LineKernel(function, scalars[0])
      try forEachWindowResult(&kernel, window, on: grid, keepsName: false, checked)
      if let failure = kernel.failure { throw .failed(failure) }
    case .anomalyScore, .baseline:
      var kernel = SeasonKernel(function, season: arguments[1].text, width: scalars.first)
      if window.length <= kernel.pastMin { noteShortPast(function, arguments[1].text, at: offset) }
      try forEachWindowResult(&kernel, window, on: grid, keepsName: false, checked)
      if let failure = kernel.failure { throw .failed(failure) }
    default:
      if var kernel = ExtremeKernel(function) {
        return try forEachWindowResult(&kernel, window, on: grid, keepsName: false, checked)
      }
      var kernel = OverTimeKernel(function, scalars: scalars, isAnchored: window.mode == .anchored)
      try forEachWindowResult(&kernel, window, on: grid, keepsName: keepsName, checked)
      if let failure = kernel.failure { throw .failed(failure) }
    }
  }

  private func forEachWindowResult<Kernel: WindowKernel>(
    _ kernel: inout Kernel, _ window: PlannedWindow, on grid: StepGrid, keepsName: Bool,
    _ body: (StepSeries) throws(EvaluationError) -> Void
  ) throws(EvaluationError) {
    let windows = WindowGrid(window, on: grid, lookback: settings.lookback)
    try forEachPortion(window, on: grid) { (portion, dropsName) throws(EvaluationError) in
      for series in 0..<portion.seriesCount {
        let range = portion.range(of: series)
        try hold(grid.count, series: 0)
        defer { release(grid.count, series: 0) }
        var values = Array(repeating: Absent.marker, count: grid.count)
        try windows.apply(
          &kernel, portion.times.span.extracting(range), portion.values.span.extracting(range), to: &values
        ) { work throws(EvaluationError) in try spend(work) }
        let result = StepSeries(
          portion.labels[series], dropsName: !keepsName || dropsName?[series] == true, values: values)
        if result.hasValue { try body(result) }
      }
    }
  }

  /// Passes on the samples of windows, without stale markers; beside them which series drop their name, nil for none.
  func forEachPortion(
    _ window: PlannedWindow, on grid: StepGrid,
    _ body: (SeriesSamples, [Bool]?) throws(EvaluationError) -> Void
  ) throws(EvaluationError) {
    switch window.content {
    case .selector(let fetch, _, _):
      try samples(of: fetch) { portion throws(EvaluationError) in
        let isClean = !portion.values.contains { Absent.isAbsent($0) }
        try body(isClean ? portion : portion.withoutStaleMarkers(), nil)
      }
    case .subquery(let node, let step):
      let first = window.time.resolved(grid.start) - window.length
      let inner = StepGrid(multiplesOf: step, after: first, through: window.time.resolved(grid.end))
      let series = try subquery(node, on: inner)
      try body(SeriesSamples(series, on: inner), series.map(\.dropsName))
    }
  }

  /// The values of a subquery at its own steps.
  func subquery(_ node: PlanNode, on grid: StepGrid) throws(EvaluationError) -> [StepSeries] {
    guard grid.count <= settings.sampleCountMax else {
      throw .limitExceeded(
        "a subquery has \(grid.count) steps, more than the \(settings.sampleCountMax) samples that a query may hold; "
          + "give it a longer step")
    }
    switch try value(of: node, on: grid) {
    case .scalar(let scalar):
      try hold(grid.count, series: 1)
      return [StepSeries(.empty, values: scalar.values(grid.count))]
    case .vector(let series): return series
    case .string: return []
    }
  }

  /// Modes of windows pass on samples beyond their bounds, which most functions cannot use.
  func check(_ function: PromQLFunction, _ mode: WindowMode) throws(EvaluationError) {
    let allowed: [PromQLFunction] =
      switch mode {
      case .plain: [function]
      case .anchored: [.changes, .delta, .increase, .rate, .resets]
      case .smoothed: [.delta, .increase, .rate]
      }
    guard !allowed.contains(function) else { return }
    throw .failed(
      "\(mode.rawValue) modifier can only be used with: \(allowed.map(\.rawValue).joined(separator: ", ")) - not with "
        + function.rawValue)
  }

  // MARK: Annotations

  private func noteName(of labels: LabelSet, at offset: Int) {
    let name = labels.metricName
    guard !name.isEmpty, !["_total", "_sum", "_count", "_bucket"].contains(where: name.hasSuffix) else { return }
    annotations.add(
      .info,
      "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \(SeriesNotation.quoted(name))",
      at: offset)
  }

  private func noteShortPast(_ function: PromQLFunction, _ season: String, at offset: Int) {
    annotations.add(
      .info,
      "the range has fewer than \(SeasonalBaseline.valueCountMin) earlier \(season)s, so \(function.rawValue)() has no result; "
        + "take a longer one", at: offset)
  }

  func warnOfQuantiles(_ quantiles: StepScalar, _ grid: StepGrid, at offset: Int) {
    switch quantiles {
    case .constant(let quantile):
      if !Quantile.isValid(quantile) { annotations.add(.warning, Quantile.warning(quantile), at: offset) }
    case .column(let values):
      for quantile in values where !Quantile.isValid(quantile) {
        annotations.add(.warning, Quantile.warning(quantile), at: offset)
      }
    }
  }
}

extension SeriesSamples {
  /// The samples that are values.
  func withoutStaleMarkers() -> SeriesSamples {
    var result = SeriesSamples()
    for series in 0..<seriesCount {
      for index in range(of: series) where Absent.isPresent(values[index]) {
        result.times.append(times[index])
        result.values.append(values[index])
      }
      result.endSeries(labels[series])
    }
    return result
  }

  /// The values of series at the steps of a grid.
  init(_ series: [StepSeries], on grid: StepGrid) {
    self.init()
    let count = series.reduce(0) { $0 + $1.values.count(where: Absent.isPresent) }
    times.reserveCapacity(count)
    values.reserveCapacity(count)
    for one in series {
      for step in 0..<grid.count where Absent.isPresent(one.values[step]) {
        times.append(grid.time(step))
        values.append(one.values[step])
      }
      endSeries(one.labels)
    }
  }
}
