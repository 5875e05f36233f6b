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
      attribution: TenantAttribution(spans: spans, samples: own.samples, limits: own.limits), spans: spans)
  }
}

/// What the spans of several tenants did to the GPUs that one of them reports.
package struct SharedAttribution: Sendable {
  fileprivate let attribution: TenantAttribution
  fileprivate let spans: SpansOfTenants

  /// Whether what was read lacks spans that were acknowledged, because the store cannot take them at present.
  package var isIncomplete: Bool { attribution.isIncomplete }

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
      attributed: try attribution.everything(of: found, ids: ids, on: boards, in: range))
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

/// The spans of several tenants as those of one, one tenant after the other.
struct SpansOfTenants: SpanSource {
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

  func spans(on gpuIDs: [String], overlapping range: TimeRange, limit: Int) throws(QueryFailure) -> KnownSpans {
    try spansByTenant(on: gpuIDs, overlapping: range, limit: limit).0
  }

  func spans(ofTrace id: TraceID, limit: Int) throws(QueryFailure) -> KnownSpans {
    try joined(limit) { (spans, rest) throws(QueryFailure) in try spans.spans(ofTrace: id, limit: rest) }
  }

  /// One tenant after the other, so not in the order of their starts.
  func spans(
    on gpuIDs: [String]?, startingIn range: TimeRange, newestFirst: Bool, after place: KnownSpanPlace?, limit: Int
  ) throws(QueryFailure) -> KnownSpans {
    try joined(limit) { (spans, rest) throws(QueryFailure) in
      try spans.spans(on: gpuIDs, startingIn: range, newestFirst: newestFirst, after: place, limit: rest)
    }
  }

  func links(ofTraces ids: [TraceID], startingIn range: TimeRange, limit: Int) throws(QueryFailure) -> SpanLinks {
    var all = SpanLinks()
    for (_, spans) in sources {
      let found = try spans.links(ofTraces: ids, startingIn: range, limit: max(1, limit - all.spanIDs.count))
      all.traceIDs += found.traceIDs
      all.spanIDs += found.spanIDs
      all.parentIDs += found.parentIDs
      all.isCut = all.isCut || found.isCut
    }
    return all
  }

  var readableUntil: Int64 { sources.map(\.spans.readableUntil).min() ?? 0 }

  func hasSpans(startingIn range: TimeRange, storedAfter commit: Int64) throws(QueryFailure) -> Bool {
    for (_, spans) in sources where try spans.hasSpans(startingIn: range, storedAfter: commit) { return true }
    return false
  }

  var isIncomplete: Bool { sources.contains { $0.spans.isIncomplete } }

  private func joined(
    _ limit: Int, _ read: (any SpanSource, Int) throws(QueryFailure) -> KnownSpans
  ) throws(QueryFailure) -> KnownSpans {
    var all = KnownSpans()
    for (_, spans) in sources where all.count < limit {
      let found = try read(spans, limit - all.count)
      all.append(found)
      all.isCut = all.isCut || found.isCut
    }
    return all
  }
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
