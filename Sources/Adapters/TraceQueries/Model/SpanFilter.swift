import Ground
package import Telemetry
package import TraceQL

/// What spans are looked for. Everything that is set must hold of the same span.
package struct SpanFilter: Sendable, Hashable {
  /// The span starts in this range.
  package var range: TimeRange
  package var service: String?
  /// The span's name.
  package var operation: String?
  package var status: SpanStatus?
  package var kind: SpanKind?
  /// The model asked for or the model that answered.
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
  package var query: TraceQLQuery?

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
    if let minimumNanoseconds { conditions.append("duration_ns >= \(minimumNanoseconds)") }
    if let maximumNanoseconds { conditions.append("duration_ns <= \(maximumNanoseconds)") }
    return conditions + attributes.map(\.spanCondition)
  }

  /// Whether something else than the time is asked for.
  var hasConditions: Bool { query != nil || !fieldConditions.isEmpty }

  /// The conditions and the query's plan over a part of the range.
  func plan(in range: TimeRange) -> (conditions: [SQLFragment], query: TraceQLPlan?) {
    let time = range.conditions(on: "start_time")
    return (time + fieldConditions, query.map { TraceQLPlan($0, within: time) })
  }

  /// Conditions of the spans themselves, for a list of spans. A query over whole traces becomes a set of trace ids.
  func spanConditions(in range: TimeRange) -> [SQLFragment] {
    let (conditions, plan) = plan(in: range)
    guard let plan else { return conditions }
    guard let traceCondition = plan.traceCondition else { return conditions + [plan.selected] }
    let traces = Select(
      ["trace_id"], from: .spans, where: self.range.conditions(on: "start_time") + [plan.candidates],
      groupBy: ["trace_id"], having: [traceCondition])
    return conditions + [plan.selected, "trace_id IN \(traces)"]
  }
}

extension AttributeFilter {
  /// The condition on a row of `spans`.
  var spanCondition: SQLFragment {
    let attribute = SpanAttribute(key: key)
    return condition(equal: attribute.equals(value), exists: attribute.exists)
  }

  /// The condition on a row of `logs` or `metric_points`.
  var recordCondition: SQLFragment {
    let source = AttributeSource(mapKey: key)
    return condition(equal: source.equals(value), exists: source.exists)
  }

  private func condition(equal: SQLFragment, exists: SQLFragment) -> SQLFragment {
    let matching = AttributeSource(mapKey: key).equals(value)
    let ofResource =
      "resource_id IN \(Select(["resource_id"], from: .resources, where: [matching]))" as SQLFragment
    return switch place {
    case .span: equal
    case .resource where key == "service.name" && !value.isEmpty: "service_name = \(value)"
    case .resource: ofResource
    case .either: "(\(equal)) OR (NOT (\(exists)) AND \(ofResource))"
    }
  }
}
