import Attribution
import Base
import Feature

/// Spans as times on GPUs, each span once for each GPU that it names.
struct SpanTimes {
  private(set) var byGPU: [String: [SpanInterval]] = [:]
  /// The rows of the spans, in the order of ``byGPU``.
  private(set) var rows: [String: [Int]] = [:]
  private var known: [String: Set<SpanIdentity>] = [:]

  /// - Parameters:
  ///   - ids: The GPUs that count; nil for all that the spans name.
  ///   - tenants: Whose each of the spans is.
  init(_ spans: KnownSpans, ids: Set<String>?, of tenants: [TenantID]) {
    for row in 0..<spans.count {
      for id in spans.gpuIDs[row] where ids?.contains(id) ?? true {
        add(SpanInterval(spans, row, of: tenants[row]), row, on: id)
      }
    }
  }

  private mutating func add(_ interval: SpanInterval, _ row: Int, on id: String) {
    guard known[id, default: []].insert(interval.identity).inserted else { return }
    byGPU[id, default: []].append(interval)
    rows[id, default: []].append(row)
  }

  /// With other spans, each behind those that are there; their rows mean nothing.
  func adding(_ others: SpanTimes) -> SpanTimes {
    var both = self
    for (id, intervals) in others.byGPU { for interval in intervals { both.add(interval, -1, on: id) } }
    return both
  }

  var ids: Set<String> { Set(byGPU.keys) }
  var intervals: [SpanInterval] { byGPU.values.flatMap { $0 } }

  /// From the first start to the last end; nil for no spans.
  var range: Range<Int64>? {
    let all = intervals
    guard let start = all.map(\.start).min(), let end = all.map(\.end).max() else { return nil }
    return start..<max(end, start &+ 1)
  }

  /// A time of a length in which the most spans start; of several the last.
  func busiestTime(of length: Int64) -> Range<Int64> {
    let starts = intervals.map(\.start).sorted()
    var best = (count: 0, first: 0)
    var first = 0
    for (last, start) in starts.enumerated() {
      while starts[first] &+ length <= start { first += 1 }
      if last - first + 1 >= best.count { best = (last - first + 1, first) }
    }
    let start = starts.isEmpty ? 0 : starts[best.first]
    return start..<start &+ length
  }

  static func links(_ spans: KnownSpans, of tenant: TenantID) -> [SpanIdentity: SpanID] {
    var links: [SpanIdentity: SpanID] = [:]
    links.reserveCapacity(spans.count)
    for row in 0..<spans.count {
      let identity = SpanIdentity(tenant: tenant, traceID: spans.traceIDs[row], spanID: spans.spanIDs[row])
      links[identity] = spans.parentIDs[row]
    }
    return links
  }
}

extension SpanInterval {
  init(_ spans: KnownSpans, _ row: Int, of tenant: TenantID) {
    let tokens: Double? =
      switch (spans.inputTokens[row], spans.outputTokens[row]) {
      case (nil, nil): nil
      case (let input, let output): Double(input ?? 0) + Double(output ?? 0)
      }
    self.init(
      tenant: tenant, traceID: spans.traceIDs[row], spanID: spans.spanIDs[row], parentID: spans.parentIDs[row],
      start: spans.starts[row], end: spans.ends[row], tokens: tokens)
  }
}

/// The uses of wanted spans, board by board.
struct Uses {
  private let wanted: SpanTimes
  private let all: SpanTimes
  private let areSpansCut: Bool
  private let range: Range<Int64>
  private let links: [SpanIdentity: SpanID]
  private let order: [(row: Int, id: String)]
  /// Of each GPU and each of its wanted spans.
  private var uses: [String: [SpanUse]] = [:]

  init(
    _ spans: KnownSpans, _ wanted: SpanTimes, _ all: SpanTimes, areSpansCut: Bool, _ range: Range<Int64>,
    _ links: [SpanIdentity: SpanID]
  ) {
    self.wanted = wanted
    self.all = all
    self.areSpansCut = areSpansCut
    self.range = range
    self.links = links
    order = wanted.rows.flatMap { id, rows in rows.map { (row: $0, id: id) } }
      .sorted { ($0.row, $0.id) < ($1.row, $1.id) }
  }

  mutating func attribute(_ samples: GPUSamples) -> AttributedBoard {
    var samples = samples
    samples.input.areSpansCut = areSpansCut
    for index in samples.input.resources.indices {
      let id = samples.input.resources[index].id
      samples.input.resources[index].spans = all.byGPU[id] ?? []
      // Wanted ones are in front.
      samples.input.resources[index].wantedCount = wanted.rows[id]?.count ?? 0
    }
    let attribution = BoardAttribution(samples.input, in: range, links: links)
    for resource in attribution.resources {
      uses[resource.id] = samples.isOfOtherTenant ? resource.uses.map(\.ownPart) : resource.uses
    }
    return AttributedBoard(samples: samples, attribution: attribution)
  }

  /// In the order of the spans.
  ///
  /// - Parameter check: Throws where nobody waits for them any more; asked before each GPU.
  mutating func inOrder(
    _ boards: [GPUSamples], check: () throws(AttributionFailure) -> Void
  ) throws(AttributionFailure) -> [SpanGPUUse] {
    var boardOfID: [String: Int] = [:]
    for (index, board) in boards.enumerated() {
      for resource in board.input.resources { boardOfID[resource.id] = index }
    }
    // What needs no samples is known of GPUs that nobody reports too.
    for id in wanted.ids where uses[id] == nil {
      try check()
      var unknown = BoardInput()
      var resource = ResourceInput(id: id)
      resource.isKnown = false
      resource.spans = all.byGPU[id] ?? []
      unknown.resources = [resource]
      uses[id] = BoardAttribution(unknown, in: range, links: links).resources[0].uses
    }
    var next: [String: Int] = [:]
    return order.compactMap { row, id in
      let index = next[id, default: 0]
      next[id] = index + 1
      return uses[id].map { SpanGPUUse(span: row, gpuID: id, board: boardOfID[id], use: $0[index]) }
    }
  }
}
