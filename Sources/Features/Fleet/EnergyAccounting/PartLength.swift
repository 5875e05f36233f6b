import Base

/// How much of a minute is looked at together, so that its spans are no more than are read at once.
///
/// It is known from the minute before: what is found to be too much is read in vain.
struct PartLength: Sendable {
  /// In seconds: 60, or a part of that.
  private(set) var seconds: Int64 = 60
  private let spanCountMax: Int
  /// Of the minute that is looked at.
  private var shortest: Int64 = 60
  private var greatestCount = 0

  init(spanCountMax: Int) { self.spanCountMax = spanCountMax }

  /// A time in parts of this length.
  func parts(of range: TimeRange) -> [TimeRange] {
    stride(from: range.start.rawValue, to: range.end.rawValue, by: Int(seconds * 1_000_000_000)).map { start in
      TimeRange(
        start: UnixNanoseconds(start),
        end: UnixNanoseconds(min(start + seconds * 1_000_000_000, range.end.rawValue)))
    }
  }

  /// Notes that a part had too many spans, and is looked at in halves.
  mutating func noteHalved(_ range: TimeRange) {
    shortest = min(shortest, max(1, range.durationNanoseconds / 2_000_000_000))
  }

  /// Notes how many spans a part had that was looked at.
  mutating func note(spanCount: Int) { greatestCount = max(greatestCount, spanCount) }

  /// At the end of a minute: parts of the next are as long as the shortest, or longer again where these had few spans.
  mutating func endMinute() {
    if shortest < seconds {
      seconds = shortest
    } else if greatestCount < spanCountMax / 4 {
      seconds = min(60, 2 * seconds)
    }
    (shortest, greatestCount) = (60, 0)
  }
}
