/// A date and time of day in UTC, in the proleptic Gregorian calendar.
///
/// The conversions follow Howard Hinnant's "chrono-compatible low-level date algorithms" (days from civil).
package struct CivilTime: Hashable, Sendable {
  package var year: Int
  /// 1 to 12.
  package var month: Int
  /// 1 to 31.
  package var day: Int
  package var hour: Int
  package var minute: Int
  package var second: Int
  /// 0 to 999,999,999.
  package var nanosecond: Int

  package init(
    year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, nanosecond: Int = 0
  ) {
    self.year = year
    self.month = month
    self.day = day
    self.hour = hour
    self.minute = minute
    self.second = second
    self.nanosecond = nanosecond
  }

  /// The civil time of a point of time.
  package init(_ time: UnixNanoseconds) {
    let (seconds, nanosecond) = time.rawValue.flooredDivision(by: 1_000_000_000)
    let (days, secondOfDay) = seconds.flooredDivision(by: 86_400)
    let shifted = Int(days) + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthShifted = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthShifted + 2) / 5 + 1
    month = monthShifted < 10 ? monthShifted + 3 : monthShifted - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    hour = Int(secondOfDay) / 3_600
    minute = Int(secondOfDay) / 60 % 60
    second = Int(secondOfDay) % 60
    self.nanosecond = Int(nanosecond)
  }

  /// The number of days of a month, 28 to 31.
  package static func dayCount(year: Int, month: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// The whole days since 1970-01-01.
  package var daysSinceEpoch: Int {
    let year = month <= 2 ? self.year - 1 : self.year
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  /// The point of time; nil outside 1677-09-21 … 2262-04-11, which 64 bits of nanoseconds cannot hold.
  package var unixNanoseconds: UnixNanoseconds? {
    let seconds = daysSinceEpoch * 86_400 + hour * 3_600 + minute * 60 + second
    let (scaled, overflow) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow else { return nil }
    let (sum, overflowSum) = scaled.addingReportingOverflow(Int64(nanosecond))
    return overflowSum ? nil : UnixNanoseconds(sum)
  }
}

extension Int64 {
  /// The quotient rounded down and the remainder, which is never negative.
  ///
  /// The divisor MUST be positive.
  fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
