import Base
import Engine
import Feature
import Series
import Synchronization

/// GPUs with a constant power and samples at every second, and spans, of tenants.
final class PlayedSources: SeriesReading, SpanReading {
  struct GPU: Sendable {
    let uuid: String
    let watts: Double
  }

  private struct State {
    var gpus: [TenantID: [GPU]] = [:]
    var spans: [TenantID: KnownSpans] = [:]
    var spanReadCount = 0
    /// How many spans there were when a tenant's each was stored: the times of their commits.
    var commits: [TenantID: [Int64]] = [:]
    var commitCount: Int64 = 0
  }

  private let state = Mutex(State())

  var spanReadCount: Int { state.withLock { $0.spanReadCount } }

  /// Has a GPU take another power, as if samples came late.
  func setWatts(_ watts: Double, of uuid: String, _ tenant: TenantID) {
    state.withLock { state in
      state.gpus[tenant] = state.gpus[tenant]?.map { $0.uuid == uuid ? GPU(uuid: uuid, watts: watts) : $0 }
    }
  }

  func addGPU(_ uuid: String, of tenant: TenantID, watts: Double) {
    state.withLock { $0.gpus[tenant, default: []].append(GPU(uuid: uuid, watts: watts)) }
  }

  /// - Parameters:
  ///   - start: in seconds since 1970.
  func addSpan(of tenant: TenantID, on gpus: [String], from start: Int64, to end: Int64) {
    state.withLock { state in
      let number = UInt64(state.spans.values.reduce(1) { $0 + $1.count })
      state.spans[tenant, default: KnownSpans()].add(
        TraceID(high: UInt64(tenant.rawValue), low: number), SpanID(number), gpus, start * 1_000_000_000,
        end * 1_000_000_000)
      state.commitCount += 1
      state.commits[tenant, default: []].append(state.commitCount)
    }
  }

  func series(of tenant: TenantID, during activity: QueryActivity) -> any SeriesSource {
    PlayedSeries(gpus: state.withLock { $0.gpus[tenant] ?? [] })
  }

  func spans(of tenant: TenantID, during activity: QueryActivity) -> any SpanSource {
    state.withLock { state in
      PlayedSpans(
        all: state.spans[tenant] ?? KnownSpans(), commits: state.commits[tenant] ?? [], readableUntil: state.commitCount
      ) { [self] in self.state.withLock { $0.spanReadCount += 1 } }
    }
  }
}

/// A clock that stands still until a test moves it.
final class PlayedClock: Sendable {
  private let state = Mutex<Int64>(0)

  /// Since 1970.
  var seconds: Int64 {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }
}

private struct PlayedSeries: SeriesSource {
  let gpus: [PlayedSources.GPU]

  private func labels(_ name: String, _ gpu: PlayedSources.GPU) -> LabelSet {
    LabelSet([
      Label("__name__", name), Label("uuid", gpu.uuid), Label("resource_uuid", gpu.uuid), Label("model", "NVIDIA H200"),
      Label("instance", "n1"), Label("job", "node"),
    ])
  }

  func samples(
    _ selection: SeriesSelection, isCancelled: @Sendable () -> Bool,
    _ body: (SeriesSamples) throws(SeriesError) -> Void
  ) throws(SeriesError) {
    var samples = SeriesSamples()
    for gpu in gpus {
      var second = selection.after / 1_000 + 1
      while second * 1_000 <= selection.through {
        samples.times.append(second * 1_000)
        // From where a Double has each joule.
        samples.values.append(Double(second - 1_700_000_000) * gpu.watts)
        second += 1
      }
      samples.endSeries(labels("axonize_gpu_energy_joules_total", gpu))
    }
    try body(samples)
  }

  func series(_ selection: SeriesSelection, countMax: Int) throws(SeriesError) -> [LabelSet] {
    gpus.map { labels("axonize_gpu_resource_info", $0) }
  }
}

private struct PlayedSpans: SpanSource {
  let all: KnownSpans
  /// Of each span.
  let commits: [Int64]
  let readableUntil: Int64
  let didRead: @Sendable () -> Void

  func spans(on gpuIDs: [String], overlapping range: TimeRange, limit: Int) throws(QueryFailure) -> KnownSpans {
    didRead()
    var found = KnownSpans()
    for row in 0..<all.count
    where all.starts[row] < range.end.rawValue && all.ends[row] > range.start.rawValue
      && !Set(gpuIDs).isDisjoint(with: all.gpuIDs[row])
    {
      guard found.count < limit else {
        found.isCut = true
        break
      }
      found.add(all.traceIDs[row], all.spanIDs[row], all.gpuIDs[row], all.starts[row], all.ends[row])
    }
    return found
  }

  func spans(ofTrace id: TraceID, limit: Int) throws(QueryFailure) -> KnownSpans { KnownSpans() }

  func spans(
    on gpuIDs: [String]?, startingIn range: TimeRange, newestFirst: Bool, after place: KnownSpanPlace?, limit: Int
  ) throws(QueryFailure) -> KnownSpans { KnownSpans() }

  func links(ofTraces ids: [TraceID], startingIn range: TimeRange, limit: Int) throws(QueryFailure) -> SpanLinks {
    SpanLinks()
  }

  func hasSpans(startingIn range: TimeRange, storedAfter commit: Int64) throws(QueryFailure) -> Bool {
    (0..<all.count).contains {
      commits[$0] > commit && (range.start.rawValue..<range.end.rawValue).contains(all.starts[$0])
    }
  }

  var isIncomplete: Bool { false }
}

extension KnownSpans {
  fileprivate mutating func add(_ trace: TraceID, _ span: SpanID, _ gpus: [String], _ start: Int64, _ end: Int64) {
    traceIDs.append(trace)
    spanIDs.append(span)
    parentIDs.append(nil)
    starts.append(start)
    ends.append(end)
    names.append("chat")
    statuses.append(.ok)
    services.append("s")
    models.append("m")
    providers.append("p")
    operations.append("chat")
    inputTokens.append(nil)
    outputTokens.append(nil)
    gpuIDs.append(gpus)
    nodeIDs.append("")
    counts.append(true)
  }
}
