import Attribution
package import Base
package import Engine
package import Feature

extension AttributionReader {
  /// What spans did to the GPUs that a tenant reports, where several tenants work on them.
  ///
  /// - Parameters:
  ///   - owner: Who reports the GPUs.
  ///   - tenants: Whose spans are looked at.
  package func sharedAttribution(
    on owner: TenantID, of tenants: [TenantID], during activity: QueryActivity
  ) throws(AttributionFailure) -> SharedAttribution {
    let own = try attribution(of: owner, during: activity)
    guard let reader = spanReader else { throw .missing("spans") }
    let spans = SpansOfTenants(sources: tenants.map { ($0, reader.spans(of: $0, during: activity)) })
    return SharedAttribution(
      attribution: TenantAttribution(
        tenant: owner, spans: own.spans, samples: own.samples, limits: own.limits, activity: activity), spans: spans)
  }
}

/// What the spans of several tenants did to the GPUs that one of them reports.
package struct SharedAttribution: Sendable {
  fileprivate let attribution: TenantAttribution
  fileprivate let spans: SpansOfTenants

  /// Whether what was read lacks spans that were acknowledged, because the store cannot take them at present.
  package var isIncomplete: Bool { spans.isIncomplete }

  /// The boards of the owner that have samples around a time, without spans.
  package func boards(in range: TimeRange) throws(AttributionFailure) -> [GPUSamples] {
    try attribution.samples.boards(nil, in: range.start.rawValue..<range.end.rawValue)
  }

  /// The time of a commit: of it and of all before it ``everything(on:in:)`` knows every span.
  package var spansReadableUntil: Int64 { spans.readableUntil }

  /// Whether spans were stored after a commit that may change what spans did in a time: on GPUs, or around such ones.
  package func hasSpans(for range: TimeRange, storedAfter commit: Int64) throws(AttributionFailure) -> Bool {
    try attribution.reading { () throws(QueryFailure) in
      try spans.hasSpans(startingIn: range.startingEarlier(by: SpanReadLimits.lookback), storedAfter: commit)
    }
  }

  /// All that spans did to some boards in a time: of spans that reach beyond it the part within counts.
  ///
  /// - Parameter boards: With samples from a minute before the time to a minute behind it.
  package func everything(
    on boards: [GPUSamples], in range: TimeRange
  ) throws(AttributionFailure) -> SharedUse {
    let ids = Set(boards.flatMap { $0.input.resources.map(\.id) })
    let (found, tenants) = try attribution.reading { () throws(QueryFailure) in
      try spans.spansByTenant(on: ids.sorted(), overlapping: range, limit: attribution.limits.spanCountMax)
    }
    return SharedUse(
      spans: found, tenants: tenants,
      attributed: try attribution.everything(
        of: found, by: tenants, ids: ids, on: boards, in: range, sources: spans.sources))
  }
}

/// Spans of several tenants with what they did to GPUs.
package struct SharedUse: Sendable {
  package let spans: KnownSpans
  /// Of each span.
  package let tenants: [TenantID]
  package let attributed: AttributedSpans

  package init(spans: KnownSpans, tenants: [TenantID], attributed: AttributedSpans) {
    self.spans = spans
    self.tenants = tenants
    self.attributed = attributed
  }
}

/// The spans of several tenants, one tenant after the other.
struct SpansOfTenants {
  let sources: [(tenant: TenantID, spans: any SpanSource)]

  func spansByTenant(
    on gpuIDs: [String], overlapping range: TimeRange, limit: Int
  ) throws(QueryFailure) -> (KnownSpans, [TenantID]) {
    var all = KnownSpans()
    var tenants: [TenantID] = []
    guard !gpuIDs.isEmpty else { return (all, tenants) }
    for (tenant, spans) in sources {
      // One more, so that it is known whether there are any.
      let found = try spans.spans(on: gpuIDs, overlapping: range, limit: max(1, limit - all.count))
      all.append(found)
      tenants += Array(repeating: tenant, count: found.count)
      all.isCut = found.isCut || all.count > limit
      if all.isCut { break }
    }
    return (all, tenants)
  }

  var readableUntil: Int64 { sources.map(\.spans.readableUntil).min() ?? 0 }

  func hasSpans(startingIn range: TimeRange, storedAfter commit: Int64) throws(QueryFailure) -> Bool {
    for (_, spans) in sources where try spans.hasSpans(startingIn: range, storedAfter: commit) { return true }
    return false
  }

  var isIncomplete: Bool { sources.contains { $0.spans.isIncomplete } }
}

extension KnownSpans {
  fileprivate mutating func append(_ other: KnownSpans) {
    traceIDs += other.traceIDs
    spanIDs += other.spanIDs
    parentIDs += other.parentIDs
    starts += other.starts
    ends += other.ends
    names += other.names
    statuses += other.statuses
    services += other.services
    models += other.models
    providers += other.providers
    operations += other.operations
    inputTokens += other.inputTokens
    outputTokens += other.outputTokens
    gpuIDs += other.gpuIDs
    nodeIDs += other.nodeIDs
    counts += other.counts
  }
}
