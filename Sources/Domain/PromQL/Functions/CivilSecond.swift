import Base

/// Times as annotations write them.
enum CivilText {
  /// A time in milliseconds since 1970 to the second, for example `1970-01-01T00:05:00Z`.
  static func time(_ milliseconds: Int64) -> String {
    let civil = CivilSecond(seconds: Double(milliseconds) / 1_000)
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return "\(civil.year)-\(two(civil.time.month))-\(two(civil.time.day))T\(two(civil.time.hour)):"
      + "\(two(civil.time.minute)):\(two(civil.time.second))Z"
  }
}

/// A date and time of day of any second that a number can hold.
struct CivilSecond {
  /// Within 400 years around 1970; ``year`` is the year.
  let time: CivilTime
  let year: Int
  let daysSinceEpoch: Int

  /// The seconds of 400 years, after which the calendar repeats itself.
  private static let cycle = 146_097 * 86_400
  /// Go's seconds are integers of 64 bits; this far, years and days are within integers too.
  private static let secondsMax = 0x1p55

  /// Fractions of a second are cut off.
  ///
  /// What is not a number or too large counts as the least second.
  init(seconds: Double) {
    let whole = seconds.magnitude < Self.secondsMax ? Int(seconds) : Int(-Self.secondsMax)
    let cycles = Int((Double(whole) / Double(Self.cycle)).rounded(.down))
    // Half a cycle on both sides of 1970 is within the nanoseconds of 64 bits.
    let (shift, rest) = (cycles, whole - cycles * Self.cycle)
    let isLate = rest > Self.cycle / 2
    let near = isLate ? rest - Self.cycle : rest
    time = CivilTime(UnixNanoseconds(Int64(near) * 1_000_000_000))
    year = time.year + 400 * (shift + (isLate ? 1 : 0))
    daysSinceEpoch = Int((Double(whole) / 86_400).rounded(.down))
  }

  /// 0 for Sunday.
  ///
  /// 1970-01-01 was a Thursday.
  var dayOfWeek: Int { ((daysSinceEpoch % 7) + 11) % 7 }

  /// 1 for the first of January.
  var dayOfYear: Int { time.daysSinceEpoch - CivilTime(year: time.year, month: 1, day: 1).daysSinceEpoch + 1 }

  var daysInMonth: Int { CivilTime.dayCount(year: time.year, month: time.month) }
}
