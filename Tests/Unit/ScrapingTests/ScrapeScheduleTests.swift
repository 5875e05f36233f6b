import Base
import HTTPClient
import Series
import System
import Testing

@testable import Scraping

@Suite struct ScrapeScheduleTests {
  private func at(_ seconds: Double) -> Instant { Instant(nanoseconds: Int64(seconds * 1e9)) }

  /// What begins, as `id@second`.
  private func begin(_ schedule: inout ScrapeSchedule, _ seconds: Double) -> [String] {
    schedule.begin(at(seconds)).map { "\($0.id)@\(Double($0.time.nanoseconds) / 1e9)" }
  }

  @Test func `targets begin at their times, the earliest first`() {
    var schedule = ScrapeSchedule(runningCountMax: 10)
    schedule.add(1, interval: .seconds(10), first: at(3))
    schedule.add(2, interval: .seconds(5), first: at(1))
    #expect(schedule.nextTime == at(1))
    #expect(begin(&schedule, 0.9) == [])
    #expect(begin(&schedule, 1) == ["2@1.0"])
    schedule.finished(2)
    #expect(begin(&schedule, 6) == ["1@3.0", "2@6.0"])
    #expect(schedule.nextTime == at(11))
  }

  @Test func `a target that still runs is left out`() {
    var schedule = ScrapeSchedule(runningCountMax: 10)
    schedule.add(1, interval: .seconds(10), first: at(0))
    #expect(begin(&schedule, 0) == ["1@0.0"])
    #expect(begin(&schedule, 10) == [])
    #expect(schedule.skippedCount == 1)
    schedule.finished(1)
    #expect(begin(&schedule, 15) == [], "the tick that was left out is not made up for")
    #expect(begin(&schedule, 20) == ["1@20.0"])
  }

  @Test func `ticks that have passed count once`() {
    var schedule = ScrapeSchedule(runningCountMax: 10)
    schedule.add(1, interval: .seconds(10), first: at(0))
    #expect(begin(&schedule, 35) == ["1@30.0"])
    #expect(schedule.skippedCount == 3)
    #expect(schedule.nextTime == at(40))
  }

  @Test func `no more run at once than may, and the others get their turn`() {
    var schedule = ScrapeSchedule(runningCountMax: 2)
    for id in 1...4 { schedule.add(id, interval: .seconds(10), first: at(Double(id))) }
    #expect(begin(&schedule, 5) == ["1@1.0", "2@2.0"])
    #expect(!schedule.hasTurn)
    schedule.finished(2)
    #expect(schedule.hasTurn)
    #expect(begin(&schedule, 6) == ["3@3.0"])
    #expect(begin(&schedule, 14) == [], "a target that waits for its turn waits once")
    schedule.finished(1)
    schedule.finished(3)
    #expect(begin(&schedule, 14.5) == ["4@4.0", "2@12.0"])
    #expect(schedule.runningCount == 2)
  }

  @Test func `a target that was removed does not begin, and its scrape ends`() {
    var schedule = ScrapeSchedule(runningCountMax: 1)
    schedule.add(1, interval: .seconds(10), first: at(0))
    schedule.add(2, interval: .seconds(10), first: at(1))
    #expect(begin(&schedule, 1) == ["1@0.0"])
    schedule.remove(1)
    schedule.remove(2)
    schedule.finished(1)
    #expect(schedule.runningCount == 0)
    #expect(begin(&schedule, 30) == [])
    #expect(schedule.nextTime == nil)
    #expect(schedule.count == 0)
  }

  @Test func `many targets begin in the order of their times`() {
    var schedule = ScrapeSchedule(runningCountMax: 1000)
    let times = (0..<500).map { ($0 * 7919) % 500 }
    for (id, time) in times.enumerated() { schedule.add(id, interval: .seconds(10_000), first: at(Double(time))) }
    let begun = schedule.begin(at(1000))
    #expect(begun.map(\.time.nanoseconds) == (0..<500).map { Int64($0) * 1_000_000_000 })
  }
}

@Suite struct ScrapeOffsetTests {
  private func target(_ instance: String, interval: Duration = .seconds(60)) throws -> TargetDefinition {
    let url = "http://\(instance)/metrics"
    return TargetDefinition(
      discoveredLabels: .empty, labels: LabelSet([Label("instance", instance), Label("job", "node")]),
      url: HTTPURL(url), address: url, interval: interval, timeout: .seconds(10))
  }

  @Test func `targets are spread over their interval`() throws {
    let now = UnixNanoseconds(1_700_000_000_123_456_789)
    var counts = [Int](repeating: 0, count: 6)
    for number in 0..<600 {
      let delay = ScrapeOffset.delay(of: try target("10.0.\(number / 256).\(number % 256):9100"), now: now)
      #expect(delay >= .zero)
      #expect(delay < .seconds(60))
      counts[Int(delay.components.seconds / 10)] += 1
    }
    // 100 expected in each tenth of a minute; the standard deviation is 9.
    for count in counts { #expect((50...150).contains(count)) }
  }

  @Test func `a target keeps its place in the interval`() throws {
    let target = try target("a:9100", interval: .seconds(15))
    let places = [1_700_000_000_000_000_000, 1_700_000_007_300_000_000, 1_800_000_123_456_000_000].map { now in
      (now + ScrapeOffset.delay(of: target, now: UnixNanoseconds(now)).wholeNanoseconds) % 15_000_000_000
    }
    #expect(Set(places).count == 1)
  }

  @Test(
    arguments: [
      (0, 0), (1_900_000, 0), (-1_900_000, 0), (2_100_000, 2), (500_000_000, 500), (-2_100_000, -3),
    ] as [(Int64, Int64)])
  func `a scrape that begins on time has the time of its place`(lateness: Int64, expected: Int64) throws {
    let target = try target("a:9100", interval: .seconds(15))
    let now = UnixNanoseconds(1_700_000_000_000_000_000)
    let tick = now.rawValue + ScrapeOffset.delay(of: target, now: now).wholeNanoseconds
    let time = ScrapeOffset.sampleTime(of: target, start: UnixNanoseconds(tick + lateness))
    #expect(time - tick / 1_000_000 == expected)
  }

  @Test func `a short interval has a small tolerance`() throws {
    let target = try target("a:9100", interval: .milliseconds(100))
    let now = UnixNanoseconds(1_700_000_000_000_000_000)
    let tick = now.rawValue + ScrapeOffset.delay(of: target, now: now).wholeNanoseconds
    #expect(ScrapeOffset.sampleTime(of: target, start: UnixNanoseconds(tick + 1_500_000)) == tick / 1_000_000 + 1)
  }
}
