import Base

/// Which minutes are to be computed when.
///
/// A minute is computed for the first time when what belongs to it should have come, and again some times later, for spans that
/// were still running then and for samples that agents could not send. Then it is final. What comes later is left out.
struct MinuteSchedule: Sendable {
  /// How long after the end of a minute it is computed first.
  let delay: Int64
  /// After the first time, in seconds: when it is computed again.
  static let repeatsAfter: [Int64] = [300, 1_200, 3_600]
  /// How far back minutes are computed that were missed while the server was down: as long as agents keep samples.
  static let missedSecondsMax: Int64 = 86_400

  /// A minute that is computed and not final.
  struct Entry: Sendable, Hashable {
    /// When it begins, in seconds since 1970.
    let minute: Int64
    /// How often it was computed again, of the times at which that was due.
    var pass: Int
    /// In seconds since 1970; of a minute whose first time is not known, when it was computed last.
    var firstComputedAt: Int64
  }

  /// By minute: at most one for each of a day.
  private(set) var open: [Int64: Entry] = [:]
  /// The first minute that was never computed, in seconds since 1970.
  private(set) var next: Int64

  /// - Parameters:
  ///   - delay: in seconds.
  ///   - computed: what a store knows of the minutes of the last day and a bit: pass and time by minute.
  ///   - now: in seconds since 1970.
  init(delay: Int64, computed: [Entry], now: Int64) {
    self.delay = delay
    let earliest = (now - Self.missedSecondsMax) / 60 * 60
    let last = computed.map(\.minute).max()
    // Without any, all of the last day is looked at: agents may have sent what they kept while there was no server.
    next = max(last.map { $0 + 60 } ?? earliest, earliest)
    for entry in computed where entry.pass < Self.repeatsAfter.count && entry.minute >= earliest - 3_600 {
      open[entry.minute] = entry
    }
  }

  /// The next minute that is due, and how often it has been computed again then; nil for none.
  func due(at now: Int64) -> (minute: Int64, pass: Int)? {
    if next + 60 + delay <= now { return (next, 0) }
    let entry = open.values.filter { $0.firstComputedAt + Self.repeatsAfter[$0.pass] <= now }.min {
      $0.minute < $1.minute
    }
    return entry.map { entry in
      // Once for all the times that have passed.
      (entry.minute, Self.repeatsAfter.count { entry.firstComputedAt + $0 <= now })
    }
  }

  /// Notes that a due minute is computed.
  mutating func computed(_ minute: Int64, pass: Int, at now: Int64) {
    if minute >= next { next = minute + 60 }
    guard pass < Self.repeatsAfter.count else {
      open[minute] = nil
      return
    }
    open[minute, default: Entry(minute: minute, pass: pass, firstComputedAt: now)].pass = pass
  }

  /// Leaves out minutes that are too long ago, and gives how many: the server was too slow, or the store away.
  mutating func skip(at now: Int64) -> Int64 {
    let earliest = (now - Self.missedSecondsMax) / 60 * 60
    guard next < earliest else { return 0 }
    defer { next = earliest }
    return (earliest - next) / 60
  }
}
