package import Base

/// How many spans there are in the newest minutes, to read no more of a time range than a query needs.
///
/// An estimate: spans of the last few seconds may be missing, and spans within a minute are taken as evenly spread.
package struct SpanDensity: Sendable, Hashable {
  package struct Minute: Sendable, Hashable {
    /// Seconds since 1970.
    package var start: Int64
    package var spans: UInt64

    package init(start: Int64, spans: UInt64) {
      self.start = start
      self.spans = spans
    }
  }

  /// The newest first.
  package var minutes: [Minute]
  /// Whether there are no older minutes.
  package var isComplete: Bool

  package init(minutes: [Minute], isComplete: Bool) {
    self.minutes = minutes
    self.isComplete = isComplete
  }

  /// Where a part of a range must begin to hold this many spans before its end; nil when all minutes hold fewer.
  package func start(ofPartBefore end: UnixNanoseconds, holding spans: UInt64) -> UnixNanoseconds? {
    let second: Int64 = 1_000_000_000
    var sum: UInt64 = 0
    for minute in minutes where minute.start * second < end.rawValue {
      let start = minute.start * second
      let stop = min(end.rawValue, start + 60 * second)
      // Of a minute that the end cuts, only a part counts.
      let count = UInt64(Double(minute.spans) * Double(stop - start) / Double(60 * second))
      if sum + count >= spans, count > 0 {
        let share = Double(spans - min(sum, spans)) / Double(count)
        return UnixNanoseconds(stop - Int64((Double(stop - start) * share).rounded(.up)))
      }
      sum += count
    }
    return nil
  }
}
