import Series

extension QueryEvaluation {
  func binary(_ binary: PlannedBinary, _ node: PlanNode, on grid: StepGrid) throws(EvaluationError) -> StepValue {
    let operation = binary.operation
    switch (binary.left.type, binary.right.type) {
    case (.scalar, .scalar):
      let (left, right) = (try scalar(of: binary.left, on: grid), try scalar(of: binary.right, on: grid))
      guard operation.isArithmetic || operation.isComparison else {
        throw .failed("operator \"\(operation.rawValue)\" not allowed for Scalar operations")
      }
      return .scalar(
        .combine(left, right) { left, right in
          operation.isComparison ? (operation.holds(left, right) ? 1 : 0) : operation.calculate(left, right)
        })
    case (.vector, .scalar):
      let (left, right) = (try vector(of: binary.left, on: grid), try scalar(of: binary.right, on: grid))
      return .vector(combine(left, right, binary, node, isSwapped: false))
    case (.scalar, .vector):
      let (left, right) = (try scalar(of: binary.left, on: grid), try vector(of: binary.right, on: grid))
      return .vector(combine(right, left, binary, node, isSwapped: true))
    default:
      let (left, right) = (try vector(of: binary.left, on: grid), try vector(of: binary.right, on: grid))
      let join = VectorJoin(left, right, binary, stepCount: grid.count)
      try spend((left.count + right.count) * grid.count)
      if operation.isSetOperator { return .vector(try StepSeries.merged(join.set(), isStrict: grid.count > 1)) }
      guard !noteTrim(operation, node) else { return .vector([]) }
      let combined = try join.combined { (resultCount: Int) throws(EvaluationError) in
        try spend(grid.count)
        try hold(resultCount * grid.count, series: resultCount)
      }
      return .vector(try StepSeries.merged(combined, isStrict: grid.count > 1))
    }
  }

  /// A vector and a scalar.
  private func combine(
    _ series: [StepSeries], _ scalar: StepScalar, _ binary: PlannedBinary, _ node: PlanNode, isSwapped: Bool
  ) -> [StepSeries] {
    guard !(!series.isEmpty && noteTrim(binary.operation, node)) else { return [] }
    let (operation, returnsBool) = (binary.operation, binary.returnsBool)
    let dropsName = operation.isArithmetic || returnsBool
    return series.compactMap { one in
      let values = one.values.indices.map { step in
        let (value, other) = (one.values[step], scalar[step])
        guard Absent.isPresent(value) else { return value }
        return operation.element(
          isSwapped ? other : value, isSwapped ? value : other, kept: value, returnsBool: returnsBool)
      }
      let result = StepSeries(one.labels, dropsName: one.dropsName || dropsName, values: values)
      return operation.isComparison && !result.hasValue ? nil : result
    }
  }

  /// Says that trimming is for native histograms.
  private func noteTrim(_ operation: BinaryOperator, _ node: PlanNode) -> Bool {
    guard operation == .trimUpper || operation == .trimLower else { return false }
    annotations.add(
      .info,
      "incompatible sample types encountered for binary operator \"\(operation.rawValue)\": float "
        + "\(operation.rawValue) float", at: node.offset)
    return true
  }
}
