import Base
import Identity
import System

/// What is done about once a minute beside the requests.
final class Housekeeping: Sendable {
  private static let interval = Duration.seconds(60)

  private let isStopping = Monitor(false)
  private let authenticator: Authenticator
  private let logger: Logger
  private let pool: WorkerPool

  init(authenticator: Authenticator, logger: Logger) throws {
    self.authenticator = authenticator
    self.logger = logger
    pool = try WorkerPool(name: "housekeeping", threadCount: 1, queueCountMax: 1)
    if let refusal = pool.submit({ [self] in run() }) { throw refusal }
  }

  private func run() {
    while waitForTurn() { recordUse() }
    recordUse()
  }

  /// True when an interval has passed, false at the end.
  private func waitForTurn() -> Bool {
    let next = Instant.now + Self.interval
    return isStopping.wait { isStopping, now, wakeAt in
      if isStopping { return false }
      if now >= next { return true }
      wakeAt = next
      return nil
    }
  }

  private func recordUse() {
    do {
      try authenticator.recordUse()
    } catch {
      logger.warning("the last use of API keys was not recorded", .init("error", error))
    }
  }

  func stop() {
    isStopping.withLock { $0 = true }
    isStopping.notifyAll()
    pool.stop()
  }
}
