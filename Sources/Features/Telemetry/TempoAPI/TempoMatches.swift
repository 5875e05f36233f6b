import API
import Base
import Engine
import JSON
import OTLP
import Telemetry
import TelemetryQueries
import TraceInterchange
import TraceQL

/// The spans that a query selects from each trace in a response.
struct TempoMatches {
  /// The spans of one trace.
  struct SpanSet: Sendable {
    /// The earliest of them, as many as requested.
    let spans: [StoredSpan]
    /// How many there are.
    let matchedCount: UInt64
    /// What the query reads of them.
    let fields: [Field]
  }

  private let matches: [TraceID: (spans: [StoredSpan], count: Int)]
  private let fields: [Field]

  init(
    _ query: TraceQLQuery, _ filter: SpanFilter, _ traces: [TraceSummary], _ countPerTraceMax: Int,
    _ call: InterchangeCall
  ) throws(QueryFailure) {
    fields = query.fields
    matches = try call.telemetry.matchingSpans(
      of: traces.map(\.traceID), filter, countPerTraceMax: countPerTraceMax)
  }

  /// The spans of a trace.
  func spanSet(of id: TraceID) -> SpanSet {
    let found = matches[id] ?? ([], 0)
    return SpanSet(spans: found.spans, matchedCount: UInt64(found.count), fields: fields)
  }
}

extension TraceQLQuery {
  /// Every field that the query compares or selects, once, in the order of its text.
  var fields: [Field] {
    var fields: [Field] = []
    func add(_ field: Field) { if !fields.contains(field) { fields.append(field) } }
    func visit(_ expression: FieldExpression) {
      switch expression {
      case .constant: break
      case .comparison(let comparison): add(comparison.field)
      case .and(let left, let right), .or(let left, let right):
        visit(left)
        visit(right)
      case .not(let inner): visit(inner)
      }
    }
    func visit(_ spansets: SpansetExpression) {
      switch spansets {
      case .filter(let expression): visit(expression)
      case .and(let left, let right), .or(let left, let right), .child(let left, let right),
        .descendant(let left, let right):
        visit(left)
        visit(right)
      }
    }
    visit(spansets)
    for condition in conditions { if let field = condition.field { add(field) } }
    for field in selected { add(field) }
    return fields
  }
}

extension StoredSpan {
  /// The value of a field with the key that Tempo gives it; nil when the span has none, or shows it elsewhere.
  func value(of field: Field) -> KeyValue? {
    switch field {
    case .attribute(.span, let key): attributes.value(key)
    case .attribute(.resource, let key): resource.attributes.value(key)
    case .attribute(.instrumentation, let key): scope.attributes.value(key)
    case .attribute(.unscoped, let key): attributes.value(key) ?? resource.attributes.value(key)
    case .intrinsic(.status): KeyValue("status", .string(status.name))
    case .intrinsic(.statusMessage): KeyValue("statusMessage", .string(statusMessage))
    case .intrinsic(.kind): KeyValue("kind", .string(kind.name))
    case .intrinsic(.instrumentationName): KeyValue("instrumentation:name", .string(scope.name))
    case .intrinsic(.instrumentationVersion): KeyValue("instrumentation:version", .string(scope.version))
    case .intrinsic(.parentID): parentSpanID.map { KeyValue("span:parentID", .string($0.description)) }
    case .score: nil
    // The response has fields of their own for these, of the span or of the trace.
    case .intrinsic(.name), .intrinsic(.duration), .intrinsic(.spanID), .intrinsic(.traceID),
      .intrinsic(.traceDuration), .intrinsic(.rootName), .intrinsic(.rootServiceName):
      nil
    }
  }
}

extension [StoredAttribute] {
  fileprivate func value(_ key: String) -> KeyValue? {
    first { $0.key == key }.map { KeyValue($0.key, $0.value) }
  }
}
