package import Base

/// The times that records may have: not so old that retention would remove them at once, not too far ahead.
///
/// What counts is the time by which a record is kept: the start of a span, the time of a log record or data point. The end
/// of a span may not be too far ahead either.
package struct TimeWindow: Sendable, Equatable {
  /// In nanoseconds since 1970; both are taken.
  ///
  /// Never negative.
  package let earliest: UInt64
  package let latest: UInt64
  private let rules: Rules?

  /// What the window was made of, to say why a time is outside.
  private struct Rules: Sendable, Equatable {
    let now: Int64
    let retention: Duration
    let retentionSetting: String
    let ahead: Duration
  }

  /// Every time that 64 bits of nanoseconds hold.
  package static let all = TimeWindow(earliest: 0, latest: UInt64(Int64.max), rules: nil)

  /// The times from a retention ago to a time ahead of now.
  ///
  /// - Parameter retentionSetting: the setting's name, for the client.
  package init(now: UnixNanoseconds, retention: Duration, retentionSetting: String, ahead: Duration) {
    let rules = Rules(now: now.rawValue, retention: retention, retentionSetting: retentionSetting, ahead: ahead)
    let latest = Int64.addingSaturated(now.rawValue, ahead)
    let earliest = Int64.addingSaturated(now.rawValue, .zero - retention)
    self.init(earliest: UInt64(max(0, earliest)), latest: UInt64(max(0, latest)), rules: rules)
  }

  /// The times of a window that was made before.
  package init(earliest: UInt64, latest: UInt64) { self.init(earliest: earliest, latest: latest, rules: nil) }

  private init(earliest: UInt64, latest: UInt64, rules: Rules?) {
    self.earliest = earliest
    self.latest = latest
    self.rules = rules
  }

  @inline(__always)
  func contains(_ time: UInt64) -> Bool { time >= earliest && time <= latest }

  /// Why a time is outside, for the client.
  ///
  /// - Parameter field: the field that holds it.
  @inline(never)
  func refusal(of time: UInt64, field: StaticString) -> String {
    guard let rules, let nanoseconds = Int64(exactly: time) else { return "\(field) lies beyond the year 2262" }
    let spelled = "\(field) is \(RFC3339.format(UnixNanoseconds(nanoseconds)))"
    if time > latest {
      return
        "\(spelled), more than \(Self.text(rules.ahead)) ahead of this server's clock (ingest.time_ahead): check the "
        + "sender's clock"
    }
    let limit = "before what \(rules.retentionSetting) keeps (\(Self.text(rules.retention)))"
    if let unit = unit(of: time) { return "\(spelled), \(limit): \(unit) sent as nanoseconds?" }
    return "\(spelled), \(limit), so it would be removed at once: send newer records, or raise the setting"
  }

  /// The unit in which a time would be within the window, if it was meant in another than nanoseconds.
  private func unit(of time: UInt64) -> String? {
    let units: [(name: String, nanoseconds: UInt64)] = [
      ("microseconds", 1_000), ("milliseconds", 1_000_000), ("seconds", 1_000_000_000),
    ]
    return units.first { unit in
      let (scaled, overflow) = time.multipliedReportingOverflow(by: unit.nanoseconds)
      return !overflow && contains(scaled)
    }?.name
  }

  /// A duration in the largest unit that divides it, as settings are written, for example `30d`.
  private static func text(_ duration: Duration) -> String {
    let seconds = duration.components.seconds
    for (unit, length) in [("d", 86_400), ("h", 3_600), ("m", 60)] as [(String, Int64)]
    where seconds >= length && seconds % length == 0 { return "\(seconds / length)\(unit)" }
    return "\(seconds)s"
  }
}

extension Int64 {
  /// A time in nanoseconds and a duration after it, or the last or first of all where that does not fit.
  fileprivate static func addingSaturated(_ time: Int64, _ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = duration.components
    let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, overflowOfSum) = time.addingReportingOverflow(nanoseconds)
    guard !overflow, !overflowOfSum else { return duration < .zero ? .min : .max }
    // Less than a second more; it counts only where it fits.
    let (whole, overflowOfWhole) = sum.addingReportingOverflow(attoseconds / 1_000_000_000)
    return overflowOfWhole ? sum : whole
  }
}

/// The UTC days of the rows of one request.
///
/// Each day is a part of its own in the store, so a request may have a few only.
struct RequestDays {
  /// 40: more than a month of a backfill, and less than the store's bound of one insert.
  static let countMax = 40
  private static let nanoseconds: UInt64 = 86_400_000_000_000

  /// The first nanosecond of the latest day; of none at first.
  private var start: UInt64 = .max - nanoseconds
  private var days: [UInt64] = []

  /// Whether a row of this time may join; its day then counts.
  @inline(__always)
  mutating func admit(_ time: UInt64) -> Bool {
    if time &- start < Self.nanoseconds { return true }
    return admitOtherDay(time)
  }

  @inline(never)
  private mutating func admitOtherDay(_ time: UInt64) -> Bool {
    let day = time / Self.nanoseconds
    if !days.contains(day) {
      guard days.count < Self.countMax else { return false }
      days.append(day)
    }
    start = day * Self.nanoseconds
    return true
  }
}
