import System

/// How fast held requests are acknowledged: about as fast as the engine has stored rows lately.
///
/// Acknowledged together when a commit ends, each would have waited for a whole commit, and the senders would answer with all
/// their next requests at once.
struct AcknowledgementPace: Sendable {
  /// A commit of less than this part of the bound says more about the cost of commits than about that of rows.
  private static let tellingShare = 1.0 / 8
  /// What the commits so far count beside the next one.
  private static let fade = 0.7
  /// With this many times the bound in the queue, nothing is acknowledged.
  private static let stopShare = 2.0
  /// The most that a pause of the thread that acknowledges makes up for.
  private static let burst = Duration.milliseconds(20)

  /// Bytes of rows that may wait before requests are held.
  let backlogBytesMax: Int
  /// Bytes of rows with which all that are held are let go: so few that it is the pace that holds a busy sender.
  var releaseBytes: Int { backlogBytesMax / 2 }
  // Until a commit tells more, 16 MB a second, which a slow disk takes; it counts as 1 ms of storing.
  private var storedBytes = 16_000.0
  private var storingNanoseconds = 1_000_000.0
  private var creditBytes = 0.0
  private var creditedAt = Instant.distantFuture

  init(backlogBytesMax: Int) { self.backlogBytesMax = backlogBytesMax }

  /// Notes how long the engine took to store a group.
  mutating func noteCommit(byteCount: Int, duration: Duration) {
    guard byteCount > 0, Double(byteCount) >= Double(backlogBytesMax) * Self.tellingShare else { return }
    storedBytes = storedBytes * Self.fade + Double(byteCount)
    storingNanoseconds = storingNanoseconds * Self.fade + Double(max(1, duration.wholeNanoseconds))
  }

  /// Has credit count from now on: nothing was held before.
  mutating func begin(now: Instant) {
    creditBytes = 0
    creditedAt = now
  }

  /// Bytes a nanosecond that may be acknowledged.
  ///
  /// It falls evenly with what waits: from twice what the engine takes for an empty queue, over the same at the bound, to
  /// nothing. So the queue finds its level, and a commit that takes longer than others slows senders down
  /// instead of stopping them.
  func rate(queuedBytes: Int) -> Double {
    guard backlogBytesMax > 0 else { return 0 }
    let share = Double(max(0, queuedBytes)) / Double(backlogBytesMax)
    return storedBytes / storingNanoseconds * 2 * max(0, 1 - share / Self.stopShare)
  }

  /// Whether a request of so many bytes is due; its bytes are then no longer credited.
  mutating func take(_ byteCount: Int, queuedBytes: Int, now: Instant) -> Bool {
    let rate = rate(queuedBytes: queuedBytes)
    let passed = max(0, (now - creditedAt).wholeNanoseconds)
    creditBytes += rate * Double(min(passed, Self.burst.wholeNanoseconds))
    creditBytes = min(creditBytes, rate * Double(Self.burst.wholeNanoseconds) + Double(byteCount))
    creditedAt = now
    guard rate > 0, creditBytes >= Double(byteCount) else { return false }
    creditBytes -= Double(byteCount)
    return true
  }
}
