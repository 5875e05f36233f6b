import SQLBuilder
import ScoreSQL
import Scores
import TraceQL

/// Conditions on one row of `spans` as SQL.
struct SpanPredicate {
  /// The attributes that some spans have lists of; their elements are compared too.
  var listKeys: Set<String> = []

  func sql(_ expression: FieldExpression) -> SQLFragment {
    switch expression {
    case .constant(let value): value ? "true" : "false"
    case .comparison(let comparison): condition(comparison.field, comparison.comparison, comparison.value)
    case .and: .all(expression.conjunction.map(sql))
    case .or: .any(expression.disjunction.map(sql))
    case .not(let inner): "NOT (\(sql(inner)))"
    }
  }

  private func condition(
    _ field: Field, _ comparison: ComparisonOperator, _ literal: Literal
  ) -> SQLFragment {
    switch field {
    case .attribute(let scope, let key): attribute(scope, key, comparison, literal)
    case .score(let name): Self.score(name, comparison, literal)
    case .intrinsic(let intrinsic): Self.intrinsic(intrinsic, comparison, literal)
    }
  }

  // MARK: - Scores

  private static func score(_ name: String, _ comparison: ComparisonOperator, _ literal: Literal) -> SQLFragment {
    let isThere = ScoreSQL.isOfSpan(ScoreCondition(name: name, test: .exists))
    if literal == .nothing { return comparison == .equal ? "NOT (\(isThere))" : isThere }
    guard let value = ScoreValue(literal), let comparison = ScoreComparison(rawValue: comparison.rawValue) else {
      preconditionFailure("the checker lets no such value near a score: \(literal)")
    }
    return ScoreSQL.isOfSpan(ScoreCondition(name: name, test: .value(comparison, value)))
  }

  // MARK: - Attributes

  private func attribute(
    _ scope: AttributeScope, _ key: String, _ comparison: ComparisonOperator, _ literal: Literal
  ) -> SQLFragment {
    // The tables of resources and scopes are small: lists are always looked into there.
    let inMap = ComparisonSQL.condition(AttributeSource(mapKey: key), comparison, literal, withLists: true)
    let span = SpanAttribute(key: key)
    let inSpan = span.condition(comparison, literal, withLists: listKeys.contains(key))
    switch scope {
    case .span:
      return inSpan
    case .resource:
      if key == "service.name", case .string(let text) = literal, !text.isEmpty {
        return "\(ComparisonSQL.text("service_name", comparison, text)) AND service_name != ''"
      }
      return "resource_id IN \(Self.resources(inMap))"
    case .instrumentation:
      return "scope_id IN \(Self.scopes(inMap))"
    case .unscoped:
      let inResource = "resource_id IN \(Self.resources(inMap))" as SQLFragment
      if literal == .nothing, comparison == .notEqual { return "(\(inSpan)) OR \(inResource)" }
      if literal == .nothing { return "(\(inSpan)) AND \(inResource)" }
      return "(\(inSpan)) OR (NOT (\(span.exists)) AND \(inResource))"
    }
  }

  private static func resources(_ condition: SQLFragment) -> Select {
    Select(["resource_id"], from: .resources, where: [condition])
  }

  private static func scopes(_ condition: SQLFragment) -> Select {
    Select(["scope_id"], from: .scopes, where: [condition])
  }

  // MARK: - Intrinsics

  private static func intrinsic(
    _ intrinsic: Intrinsic, _ comparison: ComparisonOperator, _ literal: Literal
  ) -> SQLFragment {
    switch (intrinsic, literal) {
    case (.name, .string(let text)): ComparisonSQL.text("name", comparison, text)
    case (.statusMessage, .string(let text)): ComparisonSQL.text("status_message", comparison, text)
    case (.instrumentationName, .string(let text)): ComparisonSQL.text("scope_name", comparison, text)
    case (.instrumentationVersion, .string(let text)): ComparisonSQL.text("scope_version", comparison, text)
    case (.duration, _): ComparisonSQL.number(SpanColumns.durationNanoseconds, comparison, literal)
    case (.status, .status(let code)):
      ComparisonSQL.relation("status_code", comparison, "\(UInt64(code.rawValue))")
    case (.kind, .kind(let kind)): ComparisonSQL.relation("kind", comparison, "\(UInt64(kind.rawValue))")
    case (.spanID, .string(let text)): ComparisonSQL.relation("span_id", comparison, spanID(text))
    case (.parentID, .string(let text)): ComparisonSQL.relation("parent_span_id", comparison, spanID(text))
    case (.traceID, .string(let text)):
      ComparisonSQL.relation("trace_id", comparison, "toFixedString(unhex(\(text)), 16)")
    case (.rootName, .string(let text)): ofTrace(ComparisonSQL.text(TraceColumns.rootName, comparison, text))
    case (.rootServiceName, .string(let text)):
      ofTrace(ComparisonSQL.text(TraceColumns.rootService, comparison, text))
    case (.traceDuration, _): ofTrace(ComparisonSQL.number(TraceColumns.durationNanoseconds, comparison, literal))
    default: preconditionFailure("the checker lets no such comparison through: \(intrinsic) \(literal)")
    }
  }

  /// An id's number; the parser has checked the digits.
  private static func spanID(_ hex: String) -> SQLFragment { "\(UInt64(hex, radix: 16) ?? 0)" }

  private static let allTraces = Select.Source.complete(.traces, columns: TraceColumns.all, where: [])

  /// The spans of the traces for which a condition on `traces` holds.
  private static func ofTrace(_ condition: SQLFragment) -> SQLFragment {
    "trace_id IN \(Select(["trace_id"], from: allTraces, groupBy: ["trace_id"], having: [condition]))"
  }

  // MARK: - Numbers to aggregate

  /// A field of the span itself as a number, and the condition that it is one; nil for what other tables hold.
  static func number(_ field: Field) -> (value: SQLFragment, exists: SQLFragment)? {
    switch field {
    case .intrinsic(.duration): (SpanColumns.durationNanoseconds, "true")
    case .attribute(.span, let key): number(of: SpanAttribute(key: key).source)
    case .intrinsic, .attribute, .score: nil
    }
  }

  static func number(of source: AttributeSource) -> (value: SQLFragment, exists: SQLFragment) {
    ("toFloat64OrZero(\(source.text))", "\(source.type) IN (3, 4)")
  }
}

extension ScoreValue {
  /// Nil for what no score is compared with.
  fileprivate init?(_ literal: Literal) {
    switch literal {
    case .string(let text): self = .category(text)
    case .int(let number): self = .number(Double(number))
    case .float(let number): self = .number(number)
    case .bool(let flag): self = .boolean(flag)
    case .duration, .nothing, .status, .kind: return nil
    }
  }
}

extension FieldExpression {
  /// The parts that must all be true, flattened.
  fileprivate var conjunction: [FieldExpression] {
    guard case .and(let left, let right) = self else { return [self] }
    return left.conjunction + right.conjunction
  }

  /// The parts of which one must be true, flattened.
  fileprivate var disjunction: [FieldExpression] {
    guard case .or(let left, let right) = self else { return [self] }
    return left.disjunction + right.disjunction
  }
}
