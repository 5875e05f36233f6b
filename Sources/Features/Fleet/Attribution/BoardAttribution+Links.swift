package import Base

extension BoardAttribution {
  /// The traces of which links of other spans than those on a resource are needed: of two spans of the trace that overlap
  /// there, one has a parent elsewhere.
  package static func tracesNeedingLinks(_ spans: [SpanInterval]) -> Set<TraceID> {
    let known = Set(spans.map(\.identity))
    var needed: Set<TraceID> = []
    for (trace, spans) in Dictionary(grouping: spans, by: \.traceID) where spans.count > 1 {
      let spans = spans.sorted { $0.start < $1.start }
      var end = Int64.min
      let overlaps = spans.contains { span in
        defer { end = max(end, span.end) }
        return span.start < end
      }
      let hasParentElsewhere = spans.contains { span in
        span.parentID.map { !known.contains(SpanIdentity(traceID: trace, spanID: $0)) } ?? false
      }
      if overlaps, hasParentElsewhere { needed.insert(trace) }
    }
    return needed
  }
}
