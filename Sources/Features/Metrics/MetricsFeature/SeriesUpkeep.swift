import Base
import Feature
import MetricsIndex
import Synchronization
import System

/// Keeps the series in memory within their bounds while the server runs.
final class SeriesUpkeep: Service {
  /// Days go once a day, and a tenant gets some thousand series a minute at most.
  private static let interval = Duration.seconds(600)

  private let index: SeriesIndex
  private let retention: Duration
  private let now: @Sendable () -> UnixNanoseconds
  private let isStopping = Monitor(false)
  private let thread = Mutex<Thread?>(nil)

  /// - Parameter retention: how long the samples of a series are kept.
  init(index: SeriesIndex, retention: Duration, now: @escaping @Sendable () -> UnixNanoseconds) {
    self.index = index
    self.retention = retention
    self.now = now
  }

  func start() throws {
    try thread.withLock { thread throws(SystemError) in
      thread = try Thread(name: "series") { [self] in
        repeat { trim() } while waitForTurn()
      }
    }
  }

  private func trim() {
    let day = (now().rawValue / 1_000_000_000 - retention.components.seconds) / 86_400
    index.trim(before: UInt32(clamping: day), countMax: SeriesIndex.countMax)
  }

  /// False at the end.
  private func waitForTurn() -> Bool {
    let due = Instant.now + Self.interval
    return isStopping.wait { isStopping, now, wakeAt in
      if isStopping { return false }
      wakeAt = due
      return now >= due ? true : nil
    }
  }

  func stop() {
    isStopping.withLock { $0 = true }
    isStopping.notifyAll()
    if let thread = thread.withLock({ $0.take() }) { thread.join() }
  }
}
