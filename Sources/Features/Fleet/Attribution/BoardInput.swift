package import Base

/// What is known of one board and of the spans on it, for ``BoardAttribution``.
package struct BoardInput: Sendable {
  /// A counter of joules since the driver was loaded.
  package var energy = SampleColumn()
  /// Watts, each the mean of the time since the sample before.
  package var power = SampleColumn()
  /// The whole board where it is not divided, else its parts; those of earlier divisions too.
  package var resources: [ResourceInput] = []
  /// Whether there were more spans than are given here, so that shares of energy are too large.
  package var areSpansCut = false

  package init() {}

  /// Which part of the board a resource is in a time: at each moment its size among the parts that are there then.
  package func share(of resource: ResourceInput, in range: Range<Int64>) -> Double {
    guard resource.isPart else { return 1 }
    let parts = resources.filter(\.isPart)
    let bounds = Set(
      parts.flatMap(\.validity).map { $0.clamped(to: range) }.flatMap { [$0.lowerBound, $0.upperBound] })
    let moments = bounds.sorted()
    var (own, shared) = (0.0, 0.0)
    for (start, end) in zip(moments, moments.dropFirst()) where resource.isThere(at: start) {
      let sizes = parts.reduce(0.0) { $0 + ($1.isThere(at: start) ? $1.size : 0) }
      own += Double(end - start)
      shared += Double(end - start) * resource.size / sizes
    }
    return own > 0 ? shared / own : 1
  }
}

/// What work is given to, a whole GPU or a part of one, with the spans on it.
package struct ResourceInput: Sendable {
  /// The id by which spans name it.
  package var id: String
  /// Whether it is a part of the board, so that the board's energy is shared.
  package var isPart: Bool
  /// False for one that nobody reported, of which all that needs samples is unavailable.
  package var isKnown = true
  /// How much of the board it is, in slices of any unit; only compared with other parts of the board.
  package var size: Double
  /// When it was there, ascending, in nanoseconds since 1970; of a whole board always.
  package var validity: [Range<Int64>]
  /// From 0 to 1: part of the time in which it worked.
  package var utilisation = SampleColumn()
  /// From 0 to 1: part of the time, over multiprocessors, with a warp; by which parts of a board share its energy.
  package var activity = SampleColumn()
  /// Bytes in use.
  package var memory = SampleColumn()
  /// Hertz.
  package var smClock = SampleColumn()
  /// The driver's bits for why clocks are lowered.
  package var clockEventReasons = SampleColumn()
  /// Every span on it that overlaps the time in question, of all traces, each once.
  package var spans: [SpanInterval] = []
  /// How many of the spans, from the first on, have their uses computed; the others only have their shares.
  ///
  /// Nil for all.
  package var wantedCount: Int?

  package init(id: String, isPart: Bool = false, size: Double = 1, validity: [Range<Int64>] = [Int64.min..<Int64.max]) {
    self.id = id
    self.isPart = isPart
    self.size = size
    self.validity = validity
  }

  fileprivate func isThere(at time: Int64) -> Bool { validity.contains { $0.contains(time) } }
}

/// A span as a time on a GPU.
package struct SpanInterval: Sendable, Hashable {
  /// Whose it is: a span is never within one of another tenant, whatever ids that chose.
  package var tenant: TenantID
  package var traceID: TraceID
  package var spanID: SpanID
  /// Nil at the root of a trace.
  package var parentID: SpanID?
  /// In nanoseconds since 1970.
  package var start: Int64
  package var end: Int64
  /// What it read and wrote; nil where unknown.
  package var tokens: Double?

  package init(
    tenant: TenantID = .default, traceID: TraceID, spanID: SpanID, parentID: SpanID? = nil, start: Int64, end: Int64,
    tokens: Double? = nil
  ) {
    self.tenant = tenant
    self.traceID = traceID
    self.spanID = spanID
    self.parentID = parentID
    self.start = start
    self.end = end
    self.tokens = tokens
  }

  package var identity: SpanIdentity { SpanIdentity(tenant: tenant, traceID: traceID, spanID: spanID) }

  var parentIdentity: SpanIdentity? {
    parentID.map { SpanIdentity(tenant: tenant, traceID: traceID, spanID: $0) }
  }
}

/// Which span, of all traces of all tenants.
package struct SpanIdentity: Sendable, Hashable {
  package let tenant: TenantID
  package let traceID: TraceID
  package let spanID: SpanID

  package init(tenant: TenantID, traceID: TraceID, spanID: SpanID) {
    self.tenant = tenant
    self.traceID = traceID
    self.spanID = spanID
  }
}
