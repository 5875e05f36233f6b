import Base
import Glibc
import Series

extension QueryEvaluation {
  /// The value of a call.
  func call(
    _ function: PromQLFunction, _ arguments: [PlanNode], _ node: PlanNode, on grid: StepGrid
  ) throws(EvaluationError) -> StepValue {
    if function == .correlation { return .vector(try correlation(arguments, on: grid)) }
    if let window = arguments.lazy.compactMap(\.window).first {
      return .vector(try windowCall(function, window, arguments, on: grid))
    }
    if let transform = Self.elementary(function) {
      return .vector(StepSeries.map(try vector(of: arguments[0], on: grid), transform))
    }
    if let part = Self.datePart(function) { return .vector(try date(part, arguments, on: grid)) }
    switch function {
    case .time: return .scalar(.column((0..<grid.count).map { Double(grid.time($0)) / 1_000 }))
    case .pi: return .scalar(.constant(.pi))
    case .scalar: return .scalar(try single(arguments[0], on: grid))
    case .vector:
      let values = try scalar(of: arguments[0], on: grid).values(grid.count)
      return .vector([StepSeries(.empty, values: values)])
    case .minOf, .maxOf:
      let (left, right) = (try scalar(of: arguments[0], on: grid), try scalar(of: arguments[1], on: grid))
      return .scalar(.combine(left, right, function == .minOf ? GoMath.min : GoMath.max))
    case .clamp, .clampMin, .clampMax: return .vector(try clamp(function, arguments, on: grid))
    case .round: return .vector(try round(arguments, on: grid))
    case .absent: return .vector(try absent(arguments[0], on: grid))
    case .timestamp: return .vector(try timestamp(arguments[0], on: grid))
    case .sort, .sortDesc, .sortByLabel, .sortByLabelDesc:
      return .vector(try sort(function, arguments, node, on: grid))
    case .labelReplace: return .vector(try replaceLabel(arguments, on: grid))
    case .labelJoin: return .vector(try joinLabels(arguments, on: grid))
    case .histogramQuantile, .histogramQuantiles, .histogramFraction:
      return .vector(try classicHistogram(function, arguments, on: grid))
    case .info: return .vector(try info(arguments, on: grid))
    case .histogramAvg, .histogramCount, .histogramStddev, .histogramStdvar, .histogramSum, .startTimestamp:
      // They are of native histograms and of start times, which samples here do not have.
      _ = try vector(of: arguments[0], on: grid)
      return .vector([])
    default: preconditionFailure("\(function.rawValue) takes a range vector or is resolved by the planner")
    }
  }

  private func windowCall(
    _ function: PromQLFunction, _ window: PlannedWindow, _ arguments: [PlanNode], on grid: StepGrid
  ) throws(EvaluationError) -> [StepSeries] {
    var result: [StepSeries] = []
    guard function == .absentOverTime else {
      try forEachWindowResult(function, window, arguments, on: grid) { series throws(EvaluationError) in
        try hold(grid.count, series: 1)
        result.append(series)
      }
      return result
    }
    var isPresent = Array(repeating: false, count: grid.count)
    try forEachWindowResult(function, window, arguments, on: grid) { series throws(EvaluationError) in
      for step in 0..<grid.count where Absent.isPresent(series.values[step]) { isPresent[step] = true }
    }
    var labels = LabelSet.empty
    if case .selector(_, let matchers, _) = window.content { labels = Self.labels(of: matchers) }
    let missing = StepSeries(labels, dropsName: true, values: isPresent.map { $0 ? Absent.marker : 1 })
    return missing.hasValue ? [missing] : []
  }

  // MARK: Absence and single values

  private func absent(_ argument: PlanNode, on grid: StepGrid) throws(EvaluationError) -> [StepSeries] {
    var isPresent = Array(repeating: false, count: grid.count)
    try forEachSeries(of: argument, on: grid) { series throws(EvaluationError) in
      for step in 0..<grid.count where Absent.isPresent(series.values[step]) { isPresent[step] = true }
    }
    var labels = LabelSet.empty
    if case .selector(let selector) = argument.operation { labels = Self.labels(of: selector.matchers) }
    let missing = StepSeries(labels, values: isPresent.map { $0 ? Absent.marker : 1 })
    return missing.hasValue ? [missing] : []
  }

  /// The labels whose value a selector gives, each by one matcher.
  private static func labels(of matchers: [LabelMatcher]) -> LabelSet {
    var result = LabelSet.empty
    var seen: Set<String> = []
    for matcher in matchers where matcher.name != Label.metricName {
      let isSingle = matcher.operation == .equal && !seen.contains(matcher.name)
      result = result.setting(matcher.name, to: isSingle ? matcher.value : "")
      if isSingle { seen.insert(matcher.name) }
    }
    return result
  }

  /// The value of the only series; NaN where there is none or several.
  private func single(_ argument: PlanNode, on grid: StepGrid) throws(EvaluationError) -> StepScalar {
    var values = Array(repeating: Absent.marker, count: grid.count)
    var counts = Array(repeating: 0, count: grid.count)
    try forEachSeries(of: argument, on: grid) { series throws(EvaluationError) in
      for step in 0..<grid.count where Absent.isPresent(series.values[step]) {
        values[step] = series.values[step]
        counts[step] += 1
      }
    }
    return .column(values.indices.map { counts[$0] == 1 ? values[$0] : .nan })
  }

  private func timestamp(_ argument: PlanNode, on grid: StepGrid) throws(EvaluationError) -> [StepSeries] {
    if case .selector(let selector) = argument.operation { return try sampleTimes(selector, on: grid) }
    return try vector(of: argument, on: grid).map { series in
      let values = series.values.indices.map { step in
        Absent.isAbsent(series.values[step]) ? Absent.marker : Double(grid.time(step)) / 1_000
      }
      return StepSeries(series.labels, dropsName: true, values: values)
    }
  }

  // MARK: Numbers

  private func clamp(
    _ function: PromQLFunction, _ arguments: [PlanNode], on grid: StepGrid
  ) throws(EvaluationError) -> [StepSeries] {
    let series = try vector(of: arguments[0], on: grid)
    let first = try scalar(of: arguments[1], on: grid)
    let (lower, upper): (StepScalar, StepScalar) =
      switch function {
      case .clampMin: (first, .constant(.infinity))
      case .clampMax: (.constant(-.infinity), first)
      default: (first, try scalar(of: arguments[2], on: grid))
      }
    return series.compactMap { series in
      let values = series.values.indices.map { step in
        let (value, lower, upper) = (series.values[step], lower[step], upper[step])
        return Absent.isAbsent(value) || upper < lower ? Absent.marker : GoMath.max(lower, GoMath.min(upper, value))
      }
      let result = StepSeries(series.labels, dropsName: true, values: values)
      return result.hasValue ? result : nil
    }
  }

  private func round(_ arguments: [PlanNode], on grid: StepGrid) throws(EvaluationError) -> [StepSeries] {
    let series = try vector(of: arguments[0], on: grid)
    let nearest = arguments.count > 1 ? try scalar(of: arguments[1], on: grid) : .constant(1)
    return series.map { series in
      let values = series.values.indices.map { step in
        let value = series.values[step]
        guard Absent.isPresent(value) else { return value }
        // Halves go up.
        let inverse = 1 / nearest[step]
        return (value * inverse + 0.5).rounded(.down) / inverse
      }
      return StepSeries(series.labels, dropsName: true, values: values)
    }
  }

  private func date(
    _ part: (CivilSecond) -> Int, _ arguments: [PlanNode], on grid: StepGrid
  ) throws(EvaluationError) -> [StepSeries] {
    if let argument = arguments.first {
      return StepSeries.map(try vector(of: argument, on: grid)) { Double(part(CivilSecond(seconds: $0))) }
    }
    let values = (0..<grid.count).map { Double(part(CivilSecond(seconds: Double(grid.time($0)) / 1_000))) }
    return [StepSeries(.empty, values: values)]
  }
}

extension QueryEvaluation {
  /// Functions of one number.
  private static func elementary(_ function: PromQLFunction) -> ((Double) -> Double)? {
    switch function {
    case .abs: { $0.magnitude }
    case .ceil: { $0.rounded(.up) }
    case .floor: { $0.rounded(.down) }
    case .exp: { Glibc.exp($0) }
    case .sqrt: { $0.squareRoot() }
    case .ln: { log($0) }
    case .log2: { Glibc.log2($0) }
    case .log10: { Glibc.log10($0) }
    case .sin: { Glibc.sin($0) }
    case .cos: { Glibc.cos($0) }
    case .tan: { Glibc.tan($0) }
    case .asin: { Glibc.asin($0) }
    case .acos: { Glibc.acos($0) }
    case .atan: { Glibc.atan($0) }
    case .sinh: { Glibc.sinh($0) }
    case .cosh: { Glibc.cosh($0) }
    case .tanh: { Glibc.tanh($0) }
    case .asinh: { Glibc.asinh($0) }
    case .acosh: { Glibc.acosh($0) }
    case .atanh: { Glibc.atanh($0) }
    case .rad: { $0 * .pi / 180 }
    case .deg: { $0 * 180 / .pi }
    case .sgn: { $0 < 0 ? -1 : ($0 > 0 ? 1 : $0) }
    default: nil
    }
  }

  /// Functions of a time in seconds since 1970.
  private static func datePart(_ function: PromQLFunction) -> ((CivilSecond) -> Int)? {
    switch function {
    case .minute: { $0.time.minute }
    case .hour: { $0.time.hour }
    case .dayOfMonth: { $0.time.day }
    case .dayOfWeek: { $0.dayOfWeek }
    case .dayOfYear: { $0.dayOfYear }
    case .daysInMonth: { $0.daysInMonth }
    case .month: { $0.time.month }
    case .year: { $0.year }
    default: nil
    }
  }
}

/// The lesser and the greater of two numbers as Go has them: an infinity wins, then what is not a number.
enum GoMath {
  static func min(_ left: Double, _ right: Double) -> Double {
    if left == -.infinity || right == -.infinity { return -.infinity }
    if left.isNaN || right.isNaN { return .nan }
    return left < right ? left : right
  }

  static func max(_ left: Double, _ right: Double) -> Double { -min(-left, -right) }
}
