/// The requests that are stored or on their way, so that a retry of one is not stored again.
///
/// A client retries with the bytes it sent before, so a hash of them names the request. Stored ones are kept in two
/// generations; when the younger is full or old, the older is forgotten. Memory is bounded by twice `generationCountMax`.
struct RetryFilter {
  struct Key: Hashable {
    let tenant: UInt32
    let batchID: UInt64
  }

  enum Finding: Sendable {
    case new
    case stored(rejected: Int)
    case pending(rejected: Int)
  }

  /// Requests kept a generation: 131,072, at most 2 x 6 MiB.
  static let generationCountMax = 131_072
  /// The least time a stored request is remembered, unless there are too many: longer than any exporter retries
  /// (the OpenTelemetry Collector gives up after 5 minutes).
  static let generationInterval = Duration.seconds(600)

  private var pending: [Key: (rejected: Int, waiting: [@Sendable (CommitOutcome) -> Void])] = [:]
  private var young: [Key: UInt32] = [:]
  private var old: [Key: UInt32] = [:]
  private var youngSince: Int64 = 0

  private func find(_ key: Key) -> Finding {
    if let entry = pending[key] { return .pending(rejected: entry.rejected) }
    if let rejected = young[key] ?? old[key] { return .stored(rejected: Int(rejected)) }
    return .new
  }

  mutating func begin(_ key: Key, rejected: Int) { pending[key] = (rejected, []) }

  /// Finds a request; a repeat of one in progress gets the same result.
  mutating func join(_ key: Key, _ completion: @escaping @Sendable (CommitOutcome) -> Void) -> Finding {
    let finding = find(key)
    if case .pending = finding { pending[key]?.waiting.append(completion) }
    return finding
  }

  /// Ends a request; returns who waits for it.
  mutating func end(
    _ key: Key, isStored: Bool, nowNanoseconds: Int64
  ) -> [@Sendable (CommitOutcome) -> Void] {
    guard let entry = pending.removeValue(forKey: key) else { return [] }
    if isStored { remember(key, rejected: entry.rejected, nowNanoseconds: nowNanoseconds) }
    return entry.waiting
  }

  /// Removes the waiters of a request that is still in progress.
  mutating func takeWaiting(_ key: Key) -> [@Sendable (CommitOutcome) -> Void] {
    let waiting = pending[key]?.waiting ?? []
    pending[key]?.waiting = []
    return waiting
  }

  /// Notes a request that is stored already.
  mutating func remember(_ key: Key, rejected: Int, nowNanoseconds: Int64) {
    let age = nowNanoseconds - youngSince
    if young.count >= Self.generationCountMax || age > Int64(Self.generationInterval.components.seconds) * 1_000_000_000
    {
      swap(&young, &old)
      young.removeAll(keepingCapacity: true)
      youngSince = nowNanoseconds
    }
    young[key] = UInt32(clamping: rejected)
  }
}
