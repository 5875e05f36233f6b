/// When a model server works: which requests run on it, and for how long others wait.
struct ServerLoad: Sendable {
  /// A request that runs, or will.
  struct Run: Sendable {
    let start: Int64
    let end: Int64
  }

  private(set) var runs: [Run] = []
  private(set) var promptTokens = 0
  private(set) var outputTokens = 0
  private(set) var requestCount = 0

  /// What a request gets: when it begins to run, and beside how many others.
  func admission(at time: Int64, concurrencyMax: Int) -> (start: Int64, beside: Int) {
    let ends = runs.filter { $0.start <= time && $0.end > time }.map(\.end).sorted()
    guard ends.count >= concurrencyMax else { return (time, ends.count) }
    return (ends[ends.count - concurrencyMax], concurrencyMax - 1)
  }

  mutating func add(_ run: Run, promptTokens: Int, outputTokens: Int) {
    runs.append(run)
    self.promptTokens += promptTokens
    self.outputTokens += outputTokens
    requestCount += 1
  }

  /// Forgets what ended before a time.
  mutating func forget(before time: Int64) { runs.removeAll { $0.end < time } }

  func count(at time: Int64) -> Int { runs.count { $0.start <= time && $0.end > time } }

  /// In which part of a time something ran, and how many requests on average meanwhile.
  func use(from start: Int64, to end: Int64) -> (busy: Double, concurrency: Double) {
    let inside = runs.lazy.filter { $0.start < end && $0.end > start }.map { (max($0.start, start), min($0.end, end)) }
      .sorted { $0 < $1 }
    var (covered, total, reached) = (Int64(0), Int64(0), start)
    for (from, until) in inside {
      total += until - from
      guard until > reached else { continue }
      covered += until - max(from, reached)
      reached = until
    }
    guard covered > 0 else { return (0, 0) }
    return (Double(covered) / Double(end - start), Double(total) / Double(covered))
  }
}
