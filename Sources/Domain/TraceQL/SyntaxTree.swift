package import Base

/// A checked query: the spans it selects of a trace, and what must hold of them.
package struct TraceQLQuery: Hashable, Sendable {
  package let spansets: SpansetExpression
  /// Conditions over the selected spans; a trace matches when all hold.
  package let conditions: [AggregateCondition]
  /// The fields that `select(…)` asks for.
  package let selected: [Field]

  package init(spansets: SpansetExpression, conditions: [AggregateCondition], selected: [Field]) {
    self.spansets = spansets
    self.conditions = conditions
    self.selected = selected
  }
}

extension TraceQLQuery {
  /// Every comparison, in the order of the text.
  package var comparisons: [Comparison] {
    func ofSpan(_ expression: FieldExpression) -> [Comparison] {
      switch expression {
      case .constant: []
      case .comparison(let comparison): [comparison]
      case .and(let left, let right), .or(let left, let right): ofSpan(left) + ofSpan(right)
      case .not(let inner): ofSpan(inner)
      }
    }
    func ofSpansets(_ expression: SpansetExpression) -> [Comparison] {
      switch expression {
      case .filter(let condition): ofSpan(condition)
      case .and(let left, let right), .or(let left, let right), .child(let left, let right),
        .descendant(let left, let right):
        ofSpansets(left) + ofSpansets(right)
      }
    }
    return ofSpansets(spansets)
  }
}

/// How the spans of a trace are selected.
package indirect enum SpansetExpression: Hashable, Sendable {
  /// `{ … }`: the spans of which the expression is true.
  case filter(FieldExpression)
  /// Both sides select a span; the spans of both.
  case and(SpansetExpression, SpansetExpression)
  /// One side at least selects a span; the spans of both.
  case or(SpansetExpression, SpansetExpression)
  /// `left > right`: the spans of the right whose parent the left selects.
  case child(SpansetExpression, SpansetExpression)
  /// `left >> right`: the spans of the right of which an ancestor the left selects.
  case descendant(SpansetExpression, SpansetExpression)
}

/// What is true or false of one span.
package indirect enum FieldExpression: Hashable, Sendable {
  case constant(Bool)
  case comparison(Comparison)
  case and(FieldExpression, FieldExpression)
  case or(FieldExpression, FieldExpression)
  case not(FieldExpression)
}

/// A field against a value, for example `duration > 200ms`.
package struct Comparison: Hashable, Sendable {
  package let field: Field
  package let comparison: ComparisonOperator
  package let value: Literal
  /// Where the field stands, for errors found later.
  package let position: SourcePosition

  package init(field: Field, comparison: ComparisonOperator, value: Literal, position: SourcePosition) {
    self.field = field
    self.comparison = comparison
    self.value = value
    self.position = position
  }
}

/// A comparison by its spelling.
package enum ComparisonOperator: String, Hashable, Sendable, CaseIterable {
  case equal = "="
  case notEqual = "!="
  case greater = ">"
  case greaterOrEqual = ">="
  case less = "<"
  case lessOrEqual = "<="
  case matches = "=~"
  case matchesNot = "!~"

  /// The operator that says the same with the sides exchanged; nil for regular expressions.
  var flipped: Self? {
    switch self {
    case .equal, .notEqual: self
    case .greater: .less
    case .greaterOrEqual: .lessOrEqual
    case .less: .greater
    case .lessOrEqual: .greaterOrEqual
    case .matches, .matchesNot: nil
    }
  }

  package var isRegex: Bool { self == .matches || self == .matchesNot }
}

/// What a comparison reads.
package enum Field: Hashable, Sendable {
  case intrinsic(Intrinsic)
  case attribute(AttributeScope, key: String)
  /// `score.x`: the scores of the span and of its trace; an extension of ours.
  case score(String)
}

/// Where an attribute is looked for.
package enum AttributeScope: String, Hashable, Sendable, CaseIterable {
  case span, resource
  /// `instrumentation.x`: attributes of the instrumentation scope.
  case instrumentation
  /// `.x`: the span's attribute, or else the resource's.
  case unscoped

  var prefix: String { self == .unscoped ? "." : rawValue + "." }
}

/// What every span or trace has.
package enum Intrinsic: String, Hashable, Sendable, CaseIterable {
  case name, duration, status, statusMessage, kind, spanID, parentID
  case traceID, traceDuration, rootName, rootServiceName
  case instrumentationName, instrumentationVersion
}

/// A value of a query.
package enum Literal: Hashable, Sendable {
  case string(String)
  case int(Int64)
  case float(Double)
  /// Nanoseconds.
  case duration(Int64)
  case bool(Bool)
  case nothing
  case status(StatusCode)
  case kind(SpanKind)

  package enum StatusCode: UInt8, Hashable, Sendable, CaseIterable {
    case unset = 0
    case ok = 1
    case error = 2
  }

  /// OTLP's numbers of the kinds.
  package enum SpanKind: UInt8, Hashable, Sendable, CaseIterable {
    case unspecified = 0
    case `internal` = 1
    case server = 2
    case client = 3
    case producer = 4
    case consumer = 5
  }
}

/// `| count() > 2`, `| avg(duration) > 1s`.
package struct AggregateCondition: Hashable, Sendable {
  package enum Function: String, Hashable, Sendable, CaseIterable {
    case count, min, max, avg, sum
  }

  package let function: Function
  /// What is aggregated; nil for count().
  package let field: Field?
  package let comparison: ComparisonOperator
  /// A number or a duration.
  package let value: Literal
  package let position: SourcePosition
}
