import System

/// How much of an hour may be bursts.
///
/// Reading GPUs ten times a second costs the work on them some percent of its speed, so that nobody, and no fault that
/// comes again and again, is to keep them in bursts. Times are nanoseconds of any clock, the same one each time.
package struct BurstBudget: Sendable {
  private static let hour: Int64 = 3_600_000_000_000

  private let hourlyMax: Int64
  /// What was granted in the last hour, without overlaps, the earliest first.
  private var granted: [Range<Int64>] = []

  package init(hourlyMax: Duration) { self.hourlyMax = hourlyMax.wholeNanoseconds }

  /// The end of the newest burst.
  package private(set) var end: Int64 = 0

  /// What is left of the hour before a time.
  package func left(at now: Int64) -> Duration { .nanoseconds(leftNanoseconds(at: now)) }

  private func leftNanoseconds(at now: Int64) -> Int64 {
    let start = now - Self.hour
    return granted.reduce(hourlyMax) { left, range in
      range.upperBound > start ? left - (range.upperBound - max(range.lowerBound, start)) : left
    }
  }

  /// Grants a burst from now on; one that runs already is made longer, and only what is new counts.
  ///
  /// - Parameter isAutomatic: whether nobody asks for it; half of the hour's bursts is left for those who do.
  /// - Returns: Whether it is granted.
  package mutating func grant(_ duration: Duration, at now: Int64, isAutomatic: Bool) -> Bool {
    granted.removeAll { $0.upperBound <= now - Self.hour }
    let until = now + duration.wholeNanoseconds
    guard until > end else { return true }
    let begin = max(now, end)
    guard until - begin <= leftNanoseconds(at: now) - (isAutomatic ? hourlyMax / 2 : 0) else { return false }
    if let last = granted.last, last.upperBound == begin {
      granted[granted.count - 1] = last.lowerBound..<until
    } else {
      granted.append(begin..<until)
    }
    end = until
    return true
  }
}
