import PromQL
import Series
import SeriesPatterns

/// Runs a script as Prometheus' own runner does, and counts.
struct TestRunner {
  private(set) var passedCount = 0
  /// Cases with native histograms or start times, which the engine does not have.
  private(set) var skippedCount = 0
  /// Which cases fail, and why.
  private(set) var failures: [String] = []

  private var source = MemorySeries()
  /// Series with native histograms or start times.
  private var unsupported: [LabelSet] = []
  private let parser = PromQLParser(patterns: SeriesPatternCompiler())
  private let engine = PromQLEngine(compiler: SeriesPatternCompiler())

  mutating func run(_ script: TestScript) {
    for command in script.commands {
      switch command {
      case .clear:
        source = MemorySeries()
        unsupported = []
      case .load(let series, let makesNative): load(series, makesNative)
      case .evaluate(let test): evaluate(test)
      }
    }
  }

  private mutating func load(_ series: [(line: SeriesLine, step: Int64)], _ makesNative: Bool) {
    // Of two lines for one series in a command the last counts.
    var lines: [LabelSet: (line: SeriesLine, step: Int64)] = [:]
    for one in series {
      let name = one.line.labels.metricName
      if one.line.isNative || one.line.isStartTimes {
        unsupported.append(one.line.labels)
      } else {
        lines[one.line.labels] = one
      }
      if makesNative, name.hasSuffix("_bucket") {
        let family = one.line.labels.setting(Label.metricName, to: String(name.dropLast("_bucket".count)))
        unsupported.append(family.removing(["le"]))
      }
    }
    for (labels, one) in lines {
      source.add(
        labels,
        one.line.values.enumerated().compactMap { index, value in value.map { (Int64(index) * one.step, $0) } })
    }
  }

  private mutating func evaluate(_ test: TestCase) {
    do {
      let expression = try parser.parse(test.expression)
      guard !test.isNative, !selectsUnsupported(expression) else {
        skippedCount += 1
        return
      }
      for (expression, time) in Self.variants(expression, test) { try check(expression, at: time, test) }
      passedCount += 1
    } catch let error as PromQLError {
      if let fails = test.fails, matches(error.description, fails) {
        passedCount += 1
      } else {
        failures.append("line \(test.lineNumber): \(test.expression): \(error.description)")
      }
    } catch {
      failures.append("line \(test.lineNumber): \(test.expression): \(error)")
    }
  }

  private func selectsUnsupported(_ expression: PromQLExpression) -> Bool {
    if case .vectorSelector(let selector) = expression {
      return unsupported.contains { labels in selector.matchers.allSatisfy { $0.matches(labels) } }
    }
    return expression.children.contains(where: selectsUnsupported)
  }

  // MARK: Variants

  /// The query as it stands, and where its value does not depend on the time of evaluation otherwise, with `@` added to
  /// each selector and evaluated at other times.
  private static func variants(_ expression: PromQLExpression, _ test: TestCase) -> [(PromQLExpression, Int64)] {
    guard case .instant(let time) = test.kind else { return [(expression, 0)] }
    var dependsOnTime = false
    let pinned = pinned(expression, at: time, &dependsOnTime)
    guard !dependsOnTime else { return [(expression, time)] }
    let times = time == 0 ? [-1_000, 0, 1_000] : [-10 * time, 0, time / 5, time, 10 * time]
    return [(expression, time)] + times.map { (pinned, $0) }
  }

  private static func pinned(
    _ expression: PromQLExpression, at time: Int64, _ dependsOnTime: inout Bool
  ) -> PromQLExpression {
    func pin(_ modifiers: inout TimeModifiers) { if modifiers.at == nil { modifiers.at = .time(time) } }
    switch expression {
    case .number, .string: return expression
    case .vectorSelector(var selector):
      pin(&selector.modifiers)
      return .vectorSelector(selector)
    case .matrixSelector(var selector):
      pin(&selector.selector.modifiers)
      return .matrixSelector(selector)
    case .subquery(var subquery):
      // What is inside is evaluated at the times of the subquery.
      pin(&subquery.modifiers)
      return .subquery(subquery)
    case .call(var call):
      if timeFunctions.contains(call.function) { dependsOnTime = true }
      for index in call.arguments.indices where !(call.function == .info && index == 1) {
        call.arguments[index] = pinned(call.arguments[index], at: time, &dependsOnTime)
      }
      return .call(call)
    case .aggregation(var aggregation):
      aggregation.expression = pinned(aggregation.expression, at: time, &dependsOnTime)
      aggregation.parameter = aggregation.parameter.map { pinned($0, at: time, &dependsOnTime) }
      return .aggregation(aggregation)
    case .binary(var operation):
      operation.left = pinned(operation.left, at: time, &dependsOnTime)
      operation.right = pinned(operation.right, at: time, &dependsOnTime)
      return .binary(operation)
    case .unary(var operation):
      operation.operand = pinned(operation.operand, at: time, &dependsOnTime)
      return .unary(operation)
    case .parentheses(var parentheses):
      parentheses.expression = pinned(parentheses.expression, at: time, &dependsOnTime)
      return .parentheses(parentheses)
    }
  }

  private static let timeFunctions: Set<PromQLFunction> = [
    .dayOfMonth, .dayOfWeek, .dayOfYear, .daysInMonth, .end, .hour, .minute, .month, .predictLinear, .range, .start,
    .step, .time, .timestamp, .year,
  ]

  // MARK: Checks

  private struct Mismatch: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
  }

  private func check(_ expression: PromQLExpression, at time: Int64, _ test: TestCase) throws {
    let result: PromQLResult
    do {
      switch test.kind {
      case .instant: result = try engine.instant(expression, at: time, over: source)
      case .range(let start, let end, let step):
        result = try engine.range(expression, from: start, through: end, step: step, over: source)
      }
    } catch {
      guard let fails = test.fails, matches(error.description, fails) else {
        throw Mismatch("\(error.description) (at \(time))")
      }
      return
    }
    guard test.fails == nil else { throw Mismatch("should fail") }
    try check(result.annotations, test)
    do {
      try check(result.value, test)
    } catch let mismatch as Mismatch {
      throw Mismatch("\(mismatch) (at \(time))")
    }
    try checkRange(expression, result.value, at: time, test)
  }

  /// An instant query has the same value in the middle of a range.
  private func checkRange(
    _ expression: PromQLExpression, _ value: PromQLValue, at time: Int64, _ test: TestCase
  ) throws {
    guard case .instant = test.kind, test.rangeTimes == nil, test.string == nil else { return }
    if ["start()", "end()", "range()", "step()"].contains(where: test.expression.contains) { return }
    let range = try engine.range(expression, from: time - 60_000, through: time + 60_000, step: 60_000, over: source)
    guard !test.isOrdered, case .matrix(let matrix) = range.value else { return }
    guard zip(matrix.labels, matrix.labels.dropFirst()).allSatisfy({ $0 <= $1 }) else {
      throw Mismatch("range mode: not sorted")
    }
    var middle = SeriesSamples()
    for series in 0..<matrix.seriesCount {
      guard let index = matrix.range(of: series).first(where: { matrix.times[$0] == time }) else { continue }
      middle.times.append(time)
      middle.values.append(matrix.values[index])
      middle.endSeries(matrix.labels[series])
    }
    do {
      if case .scalar = value {
        guard let value = middle.values.first else { throw Mismatch("no value") }
        try check(.scalar(time: time, value: value), test)
      } else {
        try check(.vector(middle), test)
      }
    } catch let mismatch as Mismatch {
      throw Mismatch("range mode: \(mismatch) (at \(time))")
    }
  }

  private func check(_ annotations: [Annotation], _ test: TestCase) throws {
    let kinds: [(Annotation.Kind, [TestCase.Expectation], Bool)] = [
      (.warning, test.warnings, test.hasNoWarning), (.info, test.infos, test.hasNoInfo),
    ]
    for (kind, expected, hasNone) in kinds {
      let found = annotations.filter { $0.kind == kind }.map { $0.text(in: test.expression) }
      if hasNone, let first = found.first { throw Mismatch("unexpected: \(first)") }
      for expectation in expected where !found.contains(where: { matches($0, expectation) }) {
        throw Mismatch("no \(kind) as \(expectation), but \(found)")
      }
      guard !expected.isEmpty else { continue }
      for text in found where !expected.contains(where: { matches(text, $0) }) { throw Mismatch("unexpected: \(text)") }
    }
  }

  private func matches(_ text: String, _ expectation: TestCase.Expectation) -> Bool {
    switch expectation {
    case .anything: true
    case .message(let message): text == message
    case .pattern(let pattern): (try? SeriesPatternCompiler().compile(".*(?:\(pattern)).*"))?.matches(text) ?? false
    }
  }

  private func check(_ value: PromQLValue, _ test: TestCase) throws {
    switch value {
    case .string(_, let text): if text != test.string { throw Mismatch("string \(text)") }
    case .scalar(_, let value):
      guard let expected = test.scalar else { throw Mismatch("a scalar, \(value)") }
      guard Self.areAlmostEqual(expected, value) else { throw Mismatch("\(value) instead of \(expected)") }
    case .vector(let samples):
      if test.scalar != nil { throw Mismatch("a vector") }
      try check(samples, start: nil, step: 1, test)
    case .matrix(let samples):
      if let times = test.rangeTimes {
        try check(samples, start: times.start, step: times.step, test)
      } else if case .range(let start, _, let step) = test.kind {
        try check(samples, start: start, step: step, test)
      } else {
        throw Mismatch("a matrix")
      }
    }
  }

  /// - Parameter start: Nil where the time does not matter.
  private func check(_ samples: SeriesSamples, start: Int64?, step: Int64, _ test: TestCase) throws {
    var expected: [LabelSet: [(Int64?, Double)]] = [:]
    var order: [LabelSet] = []
    for line in test.series {
      order.append(line.labels)
      expected[line.labels] = line.values.enumerated().compactMap { index, value in
        value.map { (start.map { $0 + Int64(index) * step }, $0) }
      }
    }
    if test.isOrdered, order != samples.labels { throw Mismatch("order \(samples.labels)") }
    for series in 0..<samples.seriesCount {
      let labels = samples.labels[series]
      let found = samples.range(of: series).map { (samples.times[$0], samples.values[$0]) }
      guard let wanted = expected.removeValue(forKey: labels) else {
        throw Mismatch("unexpected \(labels) \(found)")
      }
      let isEqual = wanted.elementsEqual(found) { wanted, found in
        (wanted.0 ?? found.0) == found.0 && Self.areAlmostEqual(wanted.1, found.1)
      }
      guard isEqual else { throw Mismatch("\(labels) is \(found) instead of \(wanted.map(\.1))") }
    }
    if let missing = expected.first { throw Mismatch("no \(missing.key) \(missing.value.map(\.1))") }
  }

  private static func areAlmostEqual(_ left: Double, _ right: Double) -> Bool {
    if left == right || (left.isNaN && right.isNaN) { return true }
    let (sum, difference) = (left.magnitude + right.magnitude, (left - right).magnitude)
    guard left != 0, right != 0, sum >= Double.leastNormalMagnitude else {
      return difference < 1e-6 * Double.leastNormalMagnitude
    }
    return difference / min(sum, Double.greatestFiniteMagnitude) < 1e-6
  }
}
