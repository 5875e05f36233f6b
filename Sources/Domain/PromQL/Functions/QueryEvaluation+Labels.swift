import Series

extension QueryEvaluation {
  // MARK: label_replace, label_join

  func replaceLabel(_ arguments: [PlanNode], on grid: StepGrid) throws(EvaluationError) -> [StepSeries] {
    let (target, template, source, expression) = (
      arguments[1].text, arguments[2].text, arguments[3].text, arguments[4].text
    )
    let pattern: any TextPattern
    do {
      pattern = try compiler.compile(expression)
    } catch {
      throw .failed("invalid regular expression in label_replace(): \(expression)")
    }
    guard !target.isEmpty else { throw .failed("invalid destination label name in label_replace(): \(target)") }
    let series = try vector(of: arguments[0], on: grid)
    let replaced = series.map { series in
      guard let text = pattern.expand(template, matching: series.labels[source]) else { return series }
      return series.setting(target, to: text)
    }
    return try StepSeries.merged(replaced, isStrict: true)
  }

  func joinLabels(_ arguments: [PlanNode], on grid: StepGrid) throws(EvaluationError) -> [StepSeries] {
    let (target, separator, sources) = (arguments[1].text, arguments[2].text, arguments.dropFirst(3).map(\.text))
    for source in sources where source.isEmpty {
      throw .failed("invalid source label name in label_join(): \(source)")
    }
    guard !target.isEmpty else { throw .failed("invalid destination label name in label_join(): \(target)") }
    let joined = try vector(of: arguments[0], on: grid).map { series in
      series.setting(target, to: sources.map { series.labels[$0] }.joined(separator: separator))
    }
    return try StepSeries.merged(joined, isStrict: true)
  }

  // MARK: sort

  func sort(
    _ function: PromQLFunction, _ arguments: [PlanNode], _ node: PlanNode, on grid: StepGrid
  ) throws(EvaluationError) -> [StepSeries] {
    var series = try vector(of: arguments[0], on: grid)
    guard grid.count == 1 else {
      annotations.add(
        .warning, "sort is ineffective for range queries since results are always ordered by labels", at: node.offset)
      return series
    }
    switch function {
    case .sort: series.sort { Self.precedes($0.values[0], $1.values[0], isAscending: true) }
    case .sortDesc: series.sort { Self.precedes($0.values[0], $1.values[0], isAscending: false) }
    default:
      let names = arguments.dropFirst().map(\.text)
      let isAscending = function == .sortByLabel
      series.sort { left, right in
        for name in names {
          let (leftValue, rightValue) = (left.labels[name], right.labels[name])
          if leftValue.hasSameBytes(as: rightValue) { continue }
          return NaturalOrder.precedes(leftValue, rightValue) == isAscending
        }
        return isAscending ? left.labels < right.labels : right.labels < left.labels
      }
    }
    return series
  }

  /// What is not a number comes last in both orders.
  private static func precedes(_ left: Double, _ right: Double, isAscending: Bool) -> Bool {
    if left.isNaN || right.isNaN { return !left.isNaN && right.isNaN }
    return isAscending ? left < right : left > right
  }
}

extension StepSeries {
  /// With a label set.
  ///
  /// A metric's name that is set anew does not go.
  fileprivate func setting(_ name: String, to value: String) -> StepSeries {
    StepSeries(
      labels.setting(name, to: value), dropsName: name == Label.metricName ? false : dropsName, values: values)
  }
}

/// The order of texts in which numbers within them count as numbers: `b2` before `b10`.
enum NaturalOrder {
  static func precedes(_ left: String, _ right: String) -> Bool {
    var (leftRest, rightRest) = (Substring(left).utf8, Substring(right).utf8)
    while let leftFirst = leftRest.first, let rightFirst = rightRest.first {
      let leftPart = leftRest.prefix { isDigit($0) == isDigit(leftFirst) }
      let rightPart = rightRest.prefix { isDigit($0) == isDigit(rightFirst) }
      leftRest = leftRest.dropFirst(leftPart.count)
      rightRest = rightRest.dropFirst(rightPart.count)
      if isDigit(leftFirst), isDigit(rightFirst) {
        let (leftNumber, rightNumber) = (leftPart.drop { $0 == zero }, rightPart.drop { $0 == zero })
        if leftNumber.elementsEqual(rightNumber) { continue }
        if leftNumber.count != rightNumber.count { return leftNumber.count < rightNumber.count }
        return leftNumber.lexicographicallyPrecedes(rightNumber)
      }
      if leftPart.elementsEqual(rightPart) { continue }
      return leftPart.lexicographicallyPrecedes(rightPart)
    }
    return leftRest.isEmpty && !rightRest.isEmpty
  }

  private static let zero = UInt8(ascii: "0")

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= zero && byte <= UInt8(ascii: "9") }
}
