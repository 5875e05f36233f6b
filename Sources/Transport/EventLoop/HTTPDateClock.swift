import Base
import System

/// The date field's text, made again when the second changes.
struct HTTPDateClock {
  private var bytes: [UInt8] = []
  private var validUntil = Instant(nanoseconds: 0)

  mutating func text(now: Instant) -> [UInt8] {
    if now < validUntil { return bytes }
    let wall = WallClock.now.rawValue
    bytes = HTTPDate.text(secondsSince1970: wall / 1_000_000_000)
    validUntil = now + .nanoseconds(1_000_000_000 - wall % 1_000_000_000)
    return bytes
  }
}

/// Dates as HTTP writes them (RFC 9110, section 5.6.7).
package enum HTTPDate {
  private static let dayNames = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let monthNames = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// The 29 bytes of IMF-fixdate, for example `Sun, 06 Nov 1994 08:49:37 GMT`.
  package static func text(secondsSince1970 seconds: Int64) -> [UInt8] {
    let time = CivilTime(UnixNanoseconds(seconds * 1_000_000_000))
    let dayOfWeek = Int(seconds / 86_400 % 7)
    let text = """
      \(dayNames[dayOfWeek]), \(pad(time.day)) \(monthNames[time.month - 1]) \(time.year) \
      \(pad(time.hour)):\(pad(time.minute)):\(pad(time.second)) GMT
      """
    return [UInt8](text.utf8)
  }

  /// Reads IMF-fixdate; nil for the obsolete forms, which no sender of this century may use.
  package static func secondsSince1970(_ text: String) -> Int64? {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 6, parts[5] == "GMT", let month = monthNames.firstIndex(of: String(parts[2])),
      let day = Int(parts[1]), let year = Int(parts[3]), (1970...9999).contains(year)
    else { return nil }
    let clock = parts[4].split(separator: ":", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
    // A leap second counts as the one after it.
    guard clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]), (0...60).contains(clock[2]),
      (1...CivilTime.dayCount(year: year, month: month + 1)).contains(day)
    else { return nil }
    let days = CivilTime(year: year, month: month + 1, day: day).daysSinceEpoch
    return Int64(days * 86_400 + clock[0] * 3_600 + clock[1] * 60 + clock[2])
  }

  private static func pad(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
