import Base
import Feature
import Metrics
import System

/// Requests with samples on their way to the store: collecting goes on while that cannot take them.
final class SampleQueue: Sendable {
  /// Requests that may wait: a minute of batches of a second.
  ///
  /// Beyond it the oldest are lost.
  static let requestCountMax = 64
  /// How long after the store could take nothing it is tried again.
  private static let retryInterval = Duration.seconds(1)

  private struct State {
    var requests: [(bytes: [UInt8], sampleCount: Int)] = []
    var isStopping = false
    /// Not before this time after a refusal.
    var retryAt = Instant(nanoseconds: 0)
    /// Why the newest samples were not stored; nil when they were.
    var problem: String?
  }

  private let state = Monitor(State())
  private let logger: Logger
  let storedCount = Counter()
  let lostCount = Counter()

  init(logger: Logger) { self.logger = logger }

  /// Adds a request; the oldest that waits is lost where there are too many.
  func add(_ request: [UInt8], sampleCount: Int) {
    if sampleCount == 0 { return }
    let lost = state.withLock { state -> Int in
      state.requests.append((request, sampleCount))
      return state.requests.count > Self.requestCountMax ? state.requests.removeFirst().sampleCount : 0
    }
    if lost > 0 { lostCount.add(lost) }
    state.notifyAll()
  }

  /// Stores what comes until the queue is stopped, then once what still waits.
  func drain(into sink: any SampleSink, of tenant: TenantID) {
    while let requests = next() {
      if requests.isEmpty { continue }
      var body: [UInt8] = []
      var sampleCount = 0
      for request in requests {
        body += request.bytes
        sampleCount += request.sampleCount
      }
      switch sink.store(body, sampleCount: sampleCount, of: tenant) {
      case .stored(let rejectedCount, let reason):
        storedCount.add(sampleCount - rejectedCount)
        lostCount.add(rejectedCount)
        note(reason)
      case .refused(let reason):
        lostCount.add(sampleCount)
        note(reason)
      case .retry(let reason):
        note(reason)
        giveBack(requests)
      }
    }
  }

  func stop() {
    state.withLock { $0.isStopping = true }
    state.notifyAll()
  }

  /// All requests that wait; nil at the end.
  private func next() -> [(bytes: [UInt8], sampleCount: Int)]? {
    state.wait { state, now, wakeAt in
      if state.isStopping, state.requests.isEmpty { return .some(nil) }
      if !state.isStopping, !state.requests.isEmpty, now < state.retryAt {
        wakeAt = state.retryAt
        return nil
      }
      guard !state.requests.isEmpty else { return nil }
      let requests = state.requests
      state.requests = []
      return .some(requests)
    }
  }

  /// Puts requests back that the store could not take, before what came meanwhile; at the end they are lost.
  private func giveBack(_ requests: [(bytes: [UInt8], sampleCount: Int)]) {
    let lost = state.withLock { state -> Int in
      if state.isStopping { return requests.reduce(0) { $0 + $1.sampleCount } }
      state.requests = requests + state.requests
      state.retryAt = .now + Self.retryInterval
      let surplus = max(0, state.requests.count - Self.requestCountMax)
      let lost = state.requests.prefix(surplus).reduce(0) { $0 + $1.sampleCount }
      state.requests.removeFirst(surplus)
      return lost
    }
    lostCount.add(lost)
  }

  /// Says in the log when samples are not stored, and when they are again.
  private func note(_ problem: String?) {
    let previous = state.withLock { state -> String? in
      let previous = state.problem
      state.problem = problem
      return previous
    }
    guard previous != problem else { return }
    if let problem {
      logger.warning("samples of this machine are not stored", .init("reason", problem))
    } else {
      logger.info("samples of this machine are stored again")
    }
  }
}
