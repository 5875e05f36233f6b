import Base
import EventLoop
import System

/// Compares this machine's clock with a server's.
enum ServerClock {
  /// A difference beyond it is worth a warning: samples of several machines no longer stand side by side.
  static let offsetMax = 5.0

  /// By how many seconds this machine's clock is ahead; nil where the response has no date.
  ///
  /// The date has whole seconds, of which the middle is taken, and lies in the middle of the exchange.
  static func offset(_ date: String?, receivedAt time: UnixNanoseconds, after duration: Duration) -> Double? {
    guard let seconds = date.flatMap({ HTTPDate.secondsSince1970($0) }) else { return nil }
    let middle = Double(time.rawValue) / 1e9 - Double(duration.wholeNanoseconds) / 2e9
    let offset = middle - (Double(seconds) + 0.5)
    // Within half a second nothing is known.
    return abs(offset) <= 0.5 ? 0 : offset
  }
}
