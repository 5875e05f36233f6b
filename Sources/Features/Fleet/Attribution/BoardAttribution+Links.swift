package import Base

extension BoardAttribution {
  /// The traces of each tenant of which links of other spans than those on a resource are needed: of two spans of the trace that
  /// overlap there, one has a parent elsewhere.
  package static func tracesNeedingLinks(_ spans: [SpanInterval]) -> [TenantID: Set<TraceID>] {
    struct TenantTrace: Hashable {
      let tenant: TenantID
      let trace: TraceID
    }
    let known = Set(spans.map(\.identity))
    var needed: [TenantID: Set<TraceID>] = [:]
    let traces = Dictionary(grouping: spans) { TenantTrace(tenant: $0.tenant, trace: $0.traceID) }
    for (trace, spans) in traces where spans.count > 1 {
      let spans = spans.sorted { $0.start < $1.start }
      var end = Int64.min
      let overlaps = spans.contains { span in
        defer { end = max(end, span.end) }
        return span.start < end
      }
      let hasParentElsewhere = spans.contains { span in span.parentIdentity.map { !known.contains($0) } ?? false }
      if overlaps, hasParentElsewhere { needed[trace.tenant, default: []].insert(trace.trace) }
    }
    return needed
  }
}
