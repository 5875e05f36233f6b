package import Base
import SQLBuilder
import ScoreSQL
package import Scores
package import Telemetry
package import TraceQL

/// What spans are looked for.
///
/// Everything that is set must hold of the same span.
package struct SpanFilter: Sendable, Hashable {
  /// The span starts in this range.
  package var range: TimeRange
  package var service: String?
  /// The span's name.
  package var operation: String?
  package var status: SpanStatus?
  package var kind: SpanKind?
  /// The requested model or the one that responded.
  package var model: String?
  package var provider: String?
  package var user: String?
  package var session: String?
  /// A GPU resource that the span used.
  package var gpu: String?
  /// The span's own duration.
  package var minimumNanoseconds: Int64?
  /// The span's own duration.
  package var maximumNanoseconds: Int64?
  package var attributes: [AttributeFilter] = []
  /// A span of the same trace, whenever it starts, is of this session.
  package var traceSession: String?
  /// A span of the same trace, whenever it starts, is of this user.
  package var traceUser: String?
  package var query: TraceQLQuery?
  /// The span or its trace has scores that fulfil each of these.
  package var scores: [ScoreCondition] = []
  /// The attributes of the query that some spans have lists of.
  var listKeys: Set<String> = []

  package init(range: TimeRange) { self.range = range }
}

/// An attribute equals a text, whatever its type: `200` finds the integer and the string.
package struct AttributeFilter: Sendable, Hashable {
  package enum Place: Sendable, Hashable {
    case span, resource
    /// The span's attribute, or else the resource's.
    case either
  }

  package var place: Place
  package var key: String
  package var value: String

  package init(place: Place, key: String, value: String) {
    self.place = place
    self.key = key
    self.value = value
  }
}

extension SpanFilter {
  /// The conditions but for the range and the query.
  var fieldConditions: [SQLFragment] {
    var conditions: [SQLFragment] = []
    if let service { conditions.append("service_name = \(service)") }
    if let operation { conditions.append("name = \(operation)") }
    if let status { conditions.append("status_code = \(UInt64(status.rawValue))") }
    if let kind { conditions.append("kind = \(UInt64(kind.rawValue))") }
    if let model { conditions.append("request_model = \(model) OR response_model = \(model)") }
    if let provider { conditions.append("provider = \(provider)") }
    if let user { conditions.append("user_id = \(user)") }
    if let session { conditions.append("session_id = \(session)") }
    if let gpu { conditions.append("has(gpu_ids, \(gpu))") }
    let duration = SpanColumns.durationNanoseconds
    if let minimumNanoseconds { conditions.append("\(duration) >= \(minimumNanoseconds)") }
    if let maximumNanoseconds { conditions.append("\(duration) <= \(maximumNanoseconds)") }
    if let traceSession { conditions.append(Self.isOfTrace("session_id = \(traceSession)")) }
    if let traceUser { conditions.append(Self.isOfTrace("user_id = \(traceUser)")) }
    return conditions + attributes.map(\.spanCondition) + scores.map(ScoreSQL.isOfSpan)
  }

  /// Whether a condition holds of any span of a row's trace.
  private static func isOfTrace(_ condition: SQLFragment) -> SQLFragment {
    "trace_id IN \(Select(["trace_id"], from: .spans, where: [condition], groupBy: ["trace_id"]))"
  }

  /// Whether it takes scores to know which spans it finds.
  var readsScores: Bool {
    !scores.isEmpty
      || query?.comparisons.contains { comparison in
        if case .score = comparison.field { true } else { false }
      } == true
  }

  /// Whether it filters by anything but time.
  var hasConditions: Bool { query != nil || !fieldConditions.isEmpty }

  /// What the query needs of rows; nil without one.
  var plan: TraceQLPlan? { query.map { TraceQLPlan($0, listKeys: listKeys) } }

  /// Whether it takes more than one span of a trace to know whether one is wanted.
  package var isAboutTraces: Bool { query.map { !$0.isAboutSpans } ?? false }

  /// The conditions of the spans that may be wanted: of all that are, unless the query looks at several spans of a trace.
  func spanConditions(in range: TimeRange) -> [SQLFragment] {
    range.conditions(on: "start_time") + fieldConditions + (plan.map { [$0.selectable] } ?? [])
  }
}

extension AttributeFilter {
  /// The condition on a row of `spans`.
  var spanCondition: SQLFragment {
    let attribute = SpanAttribute(key: key)
    return condition(equal: .any(spellings.map(attribute.equals)), exists: attribute.exists)
  }

  /// The condition on a row of `logs`.
  var recordCondition: SQLFragment {
    let source = AttributeSource(mapKey: key)
    return condition(equal: .any(spellings.map(source.equals)), exists: source.exists)
  }

  /// The texts that the value can be stored as: its own and, of a list or an object as responses show it, OTLP's.
  private var spellings: [String] { [value] + OTLPText.spellings(ofJSON: value) }

  /// The condition that a resource has it.
  var resourceCondition: SQLFragment { .any(spellings.map(AttributeSource(mapKey: key).equals)) }

  private func condition(equal: SQLFragment, exists: SQLFragment) -> SQLFragment {
    let ofResource =
      "resource_id IN \(Select(["resource_id"], from: .resources, where: [resourceCondition]))" as SQLFragment
    return switch place {
    case .span: equal
    case .resource where key == "service.name" && !value.isEmpty: "service_name = \(value)"
    case .resource: ofResource
    case .either: "(\(equal)) OR (NOT (\(exists)) AND \(ofResource))"
    }
  }
}
