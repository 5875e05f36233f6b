import Series

extension PromQLExpression: CustomStringConvertible {
  /// The expression in one line, as Prometheus writes it.
  ///
  /// It parses to the same tree.
  package var description: String {
    switch self {
    case .number(let literal): literal.description
    case .string(let literal): literal.quoted
    case .vectorSelector(let selector): selector.description
    case .matrixSelector(let selector): selector.description
    case .subquery(let subquery): "\(subquery.expression)\(subquery.suffix)"
    case .call(let call): "\(call.function.rawValue)(\(call.arguments.map(\.description).joined(separator: ", ")))"
    case .aggregation(let aggregation):
      "\(aggregation.head)(\(aggregation.parameter.map { "\($0), " } ?? "")\(aggregation.expression))"
    case .binary(let operation): "\(operation.left) \(operation.head) \(operation.right)"
    case .unary(let operation): "\(operation.operation.rawValue)\(operation.operand)"
    case .parentheses(let parentheses): "(\(parentheses.expression))"
    }
  }
}

extension NumberLiteral: CustomStringConvertible {
  package var description: String {
    isDuration ? DurationNotation.text(DurationNotation.milliseconds(seconds: value)) : NumberNotation.text(value)
  }
}

extension VectorSelector: CustomStringConvertible {
  package var description: String {
    let mode = windowMode == .plain ? "" : " \(windowMode.rawValue)"
    return "\(plainText)\(modifiers.atText)\(mode)\(modifiers.offsetText)"
  }

  /// The name and the matchers.
  fileprivate var plainText: String {
    let others = matchers.filter { matcher in
      matcher.operation != .equal || matcher.name != Label.metricName || matcher.value.isEmpty
        || !matcher.value.hasSameBytes(as: name)
    }
    let texts = others.map(\.description).sorted { $0.precedes($1) }
    return texts.isEmpty && !name.isEmpty ? name : "\(name){\(texts.joined(separator: ","))}"
  }
}

extension MatrixSelector: CustomStringConvertible {
  package var description: String {
    let mode = selector.windowMode == .plain ? "" : " \(selector.windowMode.rawValue)"
    return "\(selector.plainText)[\(window)]\(mode)\(selector.modifiers.atText)\(selector.modifiers.offsetText)"
  }
}

extension Subquery {
  /// What stands after the expression.
  var suffix: String { "[\(window):\(step.map(\.description) ?? "")]\(modifiers.atText)\(modifiers.offsetText)" }
}

extension TimeModifiers {
  fileprivate var atText: String {
    switch at {
    case nil: ""
    case .time(let milliseconds): " @ \(Self.seconds(milliseconds))"
    case .start: " @ start()"
    case .end: " @ end()"
    }
  }

  fileprivate var offsetText: String { offset == .constant(0) ? "" : " offset \(offset)" }

  /// Seconds with three decimals, for example `-0.500`.
  private static func seconds(_ milliseconds: Int64) -> String {
    let fraction = String(milliseconds.magnitude % 1_000)
    let zeros = String(repeating: "0", count: 3 - fraction.utf8.count)
    return "\(milliseconds < 0 ? "-" : "")\(milliseconds.magnitude / 1_000).\(zeros)\(fraction)"
  }
}

extension PromQLDuration: CustomStringConvertible {
  package var description: String {
    switch self {
    case .constant(let milliseconds): DurationNotation.text(milliseconds)
    case .expression(let expression): expression.description
    }
  }
}

extension DurationExpression: CustomStringConvertible {
  package var description: String {
    switch self {
    case .number(let literal): literal.description
    case .step: "step()"
    case .range: "range()"
    case .negation(let operand, _): "-\(operand)"
    case .binary(let operation, let left, let right): "\(left) \(operation.rawValue) \(right)"
    case .min(let left, let right, _): "min_of(\(left), \(right))"
    case .max(let left, let right, _): "max_of(\(left), \(right))"
    case .parentheses(let inner, _): "(\(inner))"
    }
  }
}

extension Aggregation {
  /// The operator and what it groups by, for example `sum by (job) `.
  var head: String {
    switch grouping {
    case .by(let labels): labels.isEmpty ? aggregator.rawValue : "\(aggregator.rawValue) by \(listText(labels)) "
    case .without(let labels): "\(aggregator.rawValue) without \(listText(labels)) "
    }
  }
}

extension BinaryOperation {
  /// The operator with its modifiers, for example `> bool on (job)`.
  var head: String { "\(operation.rawValue)\(returnsBool ? " bool" : "")\(matching?.description ?? "")" }
}

/// Labels in parentheses, those in quotes that are no names or would read as numbers, for example `"inf"`.
private func listText(_ labels: [String]) -> String {
  let texts = labels.map { label in
    PromQLToken.Kind(word: label) == .number ? SeriesNotation.quoted(label) : SeriesNotation.written(label)
  }
  return "(\(texts.joined(separator: ", ")))"
}

extension VectorMatching: CustomStringConvertible {
  /// The modifiers, each with a space before it.
  package var description: String {
    var text = ""
    let isGrouped = cardinality == .manyToOne || cardinality == .oneToMany
    if !labels.isEmpty || isOn || isGrouped { text += " \(isOn ? "on" : "ignoring") \(listText(labels))" }
    if isGrouped { text += " \(cardinality == .manyToOne ? "group_left" : "group_right") \(listText(include))" }
    if let fillLeft, fillLeft == fillRight { return "\(text) fill (\(NumberNotation.text(fillLeft)))" }
    if let fillLeft { text += " fill_left (\(NumberNotation.text(fillLeft)))" }
    if let fillRight { text += " fill_right (\(NumberNotation.text(fillRight)))" }
    return text
  }
}
