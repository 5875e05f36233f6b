import Base
import System
import Testing

@testable import Collection

/// Goal: a burst adds samples of some series at fixed points, ends, and lets no series end.
///
/// Method: a clock of the test's own.
struct BurstScheduleTests {
  private final class Bursting: BurstCollector {
    let name = "gpu"
    let burstInterval = Duration.milliseconds(100)
    var burstUntil = Instant(nanoseconds: 0)
    /// What each kind of run gives.
    var fast = ["a"]
    var all = ["a", "b"]

    func collect(into collected: inout Collected) throws(CollectionProblem) {
      for chip in all { collected.append(CollectedTests.temperature, labels: [chip, "core"], 1) }
    }

    func collectBurst(into collected: inout Collected) {
      for chip in fast { collected.append(CollectedTests.temperature, labels: [chip, "core"], 2) }
    }
  }

  private static let start = Instant(nanoseconds: 1_000_000_000_000)

  private static func samples(_ collected: Collected) -> String {
    (0..<collected.sampleCount).compactMap { index in
      let sample = collected.sample(at: index)
      guard collected.family(of: sample.series) === CollectedTests.temperature else { return nil }
      return collected.labelValues(of: sample.series)[0] + (sample.isStale ? "-" : "\(Int(sample.value))")
    }.joined(separator: " ")
  }

  @Test func `samples come at fixed points while a burst runs, and then each period again`() {
    let (gpu, other) = (Bursting(), CollectedTests.Scripted("cpu"))
    other.samples = [("c", 5)]
    let schedule = CollectorSchedule([(gpu, .seconds(1)), (other, .seconds(1))], startingAt: Self.start)
    var collected = Collected(collectors: schedule.collectorNames)
    var seen: [String] = []
    gpu.burstUntil = Self.start + .milliseconds(1_250)
    // When the thread comes, what it collects, and when it is to come again.
    for (at, next) in [
      (0, 100), (103, 200), (200, 300), (550, 600), (600, 700), (999, 1_000), (1_000, 1_100), (1_249, 1_300),
      (1_300, 2_000), (2_000, 3_000),
    ] {
      let now = Self.start + .milliseconds(at)
      schedule.collect(into: &collected, now: now, time: UnixNanoseconds(Int64(at + 1) * 1_000_000))
      seen.append("\(at): \(Self.samples(collected))")
      #expect(schedule.dueAt(now: now) == Self.start + .milliseconds(next), "\(at)")
    }
    #expect(
      seen == [
        "0: a1 b1 c5", "103: a2", "200: a2", "550: a2", "600: a2", "999: a2", "1000: a1 b1 c5", "1249: a2", "1300: a2",
        "2000: a1 b1 c5",
      ])
    // 400 and 500; 800 and 900; 1200.
    #expect(schedule.missedCount == 5)
  }

  @Test(arguments: [
    (250, [50, 150, 250]), (1_000, Array(stride(from: 100, through: 1_000, by: 100))), (100, [100]), (50, [50]),
  ])
  func `points are whole parts before the next period`(period: Int, points: [Int]) {
    let gpu = Bursting()
    let schedule = CollectorSchedule([(gpu, .milliseconds(period))], startingAt: Self.start)
    var collected = Collected(collectors: schedule.collectorNames)
    gpu.burstUntil = Self.start + .seconds(60)
    var at = Self.start
    var seen: [Int] = []
    repeat {
      schedule.collect(into: &collected, now: at, time: UnixNanoseconds(at.nanoseconds))
      at = schedule.dueAt(now: at)
      seen.append(Int((at - Self.start).wholeNanoseconds / 1_000_000))
    } while at < Self.start + .milliseconds(period)
    #expect(seen == points)
  }

  @Test func `no series ends by a burst, and what only a burst gave ends with the next period`() {
    let gpu = Bursting()
    var collected = Collected(collectors: ["gpu"])
    func collect(_ time: Int64, isBurst: Bool) -> String {
      collected.begin(at: UnixNanoseconds(time * 1_000_000))
      if isBurst { collected.runBurst(gpu, number: 0) } else { collected.run(gpu, number: 0) }
      return Self.samples(collected)
    }
    #expect(collect(1, isBurst: false) == "a1 b1")
    gpu.fast = ["a", "new", "a"]
    #expect(collect(2, isBurst: true) == "a2 new2")
    #expect(collect(3, isBurst: false) == "a1 b1 new-")
    gpu.all = ["a"]
    gpu.fast = ["new"]
    #expect(collect(4, isBurst: true) == "new2")
    #expect(Set(collect(5, isBurst: false).split(separator: " ")) == ["a1", "b-", "new-"])
    #expect(collect(6, isBurst: false) == "a1")
  }
}
