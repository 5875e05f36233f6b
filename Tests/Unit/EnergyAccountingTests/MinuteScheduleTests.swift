import Testing

@testable import EnergyAccounting

/// Goal: every minute is computed once what belongs to it should have come, again for what came later, and not for ever.
///
/// Method: the schedule is asked second by second, as the thread asks it.
@Suite struct MinuteScheduleTests {
  private static let start: Int64 = 1_780_000_020
  private static let delay: Int64 = 90

  /// Everything that is computed from one time to another: when, which minute, which pass.
  private func run(
    _ schedule: inout MinuteSchedule, _ seconds: Range<Int64>
  ) -> [(at: Int64, minute: Int64, pass: Int)] {
    var done: [(at: Int64, minute: Int64, pass: Int)] = []
    for now in seconds {
      while let (minute, pass) = schedule.due(at: now) {
        schedule.computed(minute, pass: pass, at: now)
        done.append((now, minute, pass))
      }
    }
    return done
  }

  @Test func `a minute is computed 90 seconds after its end, and after 5, 20 and 60 minutes more`() {
    let minute = Self.start / 60 * 60
    var schedule = MinuteSchedule(
      delay: Self.delay, computed: [.init(minute: minute - 60, pass: 3, firstComputedAt: minute)], now: minute)
    let done = run(&schedule, minute..<minute + 6_000).filter { $0.minute == minute }
    let first = minute + 60 + Self.delay
    #expect(done.map(\.at) == [first, first + 300, first + 1_200, first + 3_600])
    #expect(done.map(\.pass) == [0, 1, 2, 3])
  }

  @Test func `no minute is left out, and none stays open`() {
    let minute = Self.start / 60 * 60
    var schedule = MinuteSchedule(delay: Self.delay, computed: [], now: minute)
    let done = run(&schedule, minute..<minute + 12_000)
    let firsts = done.filter { $0.pass == 0 }.map(\.minute)
    #expect(firsts == Array(stride(from: minute - 86_400, through: minute + 12_000 - 151, by: 60)))
    // Each minute of the last hour, and the one that is due for the last time.
    #expect(schedule.open.count <= 62)
  }

  @Test func `after a while down all that was missed follows, and what was due several times is done once`() {
    let minute = Self.start / 60 * 60
    let now = minute + 7_200
    var schedule = MinuteSchedule(
      delay: Self.delay,
      computed: [
        .init(minute: minute - 120, pass: 0, firstComputedAt: minute + 30),
        .init(minute: minute - 60, pass: 3, firstComputedAt: minute + 90),
      ], now: now)
    let done = run(&schedule, now..<now + 1)
    #expect(done.filter { $0.pass == 0 }.map(\.minute) == Array(stride(from: minute, through: now - 180, by: 60)))
    #expect(done.filter { $0.minute == minute - 120 }.map(\.pass) == [3])
    #expect(done.contains { $0.minute == minute - 60 } == false)
  }

  @Test func `what is more than a day ago is skipped and counted`() {
    let minute = Self.start / 60 * 60
    var schedule = MinuteSchedule(
      delay: Self.delay, computed: [.init(minute: minute, pass: 3, firstComputedAt: minute)], now: minute + 60)
    #expect(schedule.skip(at: minute + 86_400) == 0)
    #expect(schedule.skip(at: minute + 86_400 + 660) == 10)
    #expect(schedule.next == minute + 660)
    let late = MinuteSchedule(
      delay: Self.delay, computed: [.init(minute: minute, pass: 3, firstComputedAt: minute)], now: minute + 200_000)
    #expect(late.next == (minute + 200_000 - 86_400) / 60 * 60)
  }
}
