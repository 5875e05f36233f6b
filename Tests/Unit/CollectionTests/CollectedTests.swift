import Base
import SeriesBytes
import System
import Testing

@testable import Collection

struct CollectedTests {
  static let temperature = CollectedFamily(
    "test_celsius", .gauge, "How \"warm\" it is, in C\\F.", unit: "celsius", labelNames: ["chip", "sensor"])
  static let boots = CollectedFamily("test_boots_total", .counter, "How often.")

  /// Gives what it is told to give.
  final class Scripted: Collector {
    let name: String
    var samples: [(chip: String, value: Double)] = []
    var problem: CollectionProblem?
    var notes: [CollectionProblem] = []

    init(_ name: String) { self.name = name }

    func collect(into collected: inout Collected) throws(CollectionProblem) {
      for sample in samples {
        collected.append(CollectedTests.temperature, labels: [sample.chip, "core"], sample.value)
      }
      for note in notes { collected.note(note) }
      if let problem { throw problem }
      collected.append(CollectedTests.boots, 3)
    }
  }

  /// The samples of the newest batch but those about the collectors, as text.
  private static func batch(_ collected: Collected) -> [String] {
    (0..<collected.sampleCount).compactMap { index in
      let sample = collected.sample(at: index)
      let family = collected.family(of: sample.series)
      if family.name.hasPrefix("node_scrape") { return nil }
      let labels = collected.labelValues(of: sample.series).joined(separator: ",")
      return "\(family.name){\(labels)} \(sample.isStale ? "stale" : "\(sample.value)") @\(sample.time)"
    }
  }

  @Test func `a batch has the samples of its collectors, and series that ended as stale`() {
    let collector = Scripted("test")
    var collected = Collected(collectors: ["test"])
    collector.samples = [("a", 1), ("b", 2)]
    collected.begin(at: UnixNanoseconds(5_000_000))
    collected.run(collector, number: 0)
    #expect(
      Self.batch(collected) == [
        "test_celsius{a,core} 1.0 @5", "test_celsius{b,core} 2.0 @5", "test_boots_total{} 3.0 @5",
      ])
    collector.samples = [("b", 4), ("c", 5)]
    collected.begin(at: UnixNanoseconds(6_000_000))
    collected.run(collector, number: 0)
    #expect(
      Self.batch(collected) == [
        "test_celsius{b,core} 4.0 @6", "test_celsius{c,core} 5.0 @6", "test_boots_total{} 3.0 @6",
        "test_celsius{a,core} stale @6",
      ])
    collector.samples = [("b", 4), ("c", 5)]
    collected.begin(at: UnixNanoseconds(7_000_000))
    collected.run(collector, number: 0)
    #expect(Self.batch(collected).allSatisfy { !$0.contains("stale") })
  }

  @Test func `of a series that comes twice in a run the first counts`() {
    let collector = Scripted("test")
    var collected = Collected(collectors: ["test"])
    collector.samples = [("a", 1), ("a", 2)]
    collected.begin(at: UnixNanoseconds(1_000_000))
    collected.run(collector, number: 0)
    #expect(Self.batch(collected) == ["test_celsius{a,core} 1.0 @1", "test_boots_total{} 3.0 @1"])
  }

  @Test func `a collector that fails keeps what it had and says why`() {
    let collector = Scripted("test")
    var collected = Collected(collectors: ["other", "test"])
    collector.samples = [("a", 1)]
    collector.notes = Array(repeating: CollectionProblem("/sys/x", .malformed), count: 20)
    collector.problem = CollectionProblem("/proc/x", .system(SystemError(call: "open", code: 13)))
    collected.begin(at: UnixNanoseconds(1_000_000))
    collected.run(collector, number: 1)
    #expect(Self.batch(collected) == ["test_celsius{a,core} 1.0 @1"])
    let status = collected.statuses[1]
    #expect(!status.isSuccessful)
    #expect(status.problems.count == CollectorStatus.problemCountMax)
    #expect(status.problems[0].description == "/sys/x is not in the form that is known")
    #expect(collected.statuses[0].ranAt == nil)
    let page = String(decoding: CollectedPage.encode([collected]), as: UTF8.self)
    #expect(page.contains("node_scrape_collector_success{collector=\"test\"} 0\n"))
  }

  @Test(arguments: [
    (CollectionProblem.Reason.system(SystemError(call: "open", code: 2)), "/p does not exist on this machine"),
    (.system(SystemError(call: "read", code: 13)), "/p cannot be read: read: Permission denied (EACCES)"),
    (.unavailable("the kernel has no pressure stall information"), "/p: the kernel has no pressure stall information"),
  ])
  func `a problem says what and why`(reason: CollectionProblem.Reason, text: String) {
    #expect(CollectionProblem("/p", reason).description == text)
  }

  @Test func `series beyond the bound are counted, and ended ones make room`() {
    let collector = Scripted("test")
    var collected = Collected(collectors: ["test"], seriesCountMax: 5)
    collector.samples = [("a", 1), ("b", 1), ("c", 1)]
    collected.begin(at: UnixNanoseconds(1_000_000))
    collected.run(collector, number: 0)
    #expect(collected.seriesCount == 5)
    #expect(collected.droppedCount == 1)
    collector.samples = [("d", 1), ("e", 2)]
    collected.begin(at: UnixNanoseconds(2_000_000))
    #expect(collected.tableNumber == 0)
    collected.run(collector, number: 0)
    collected.begin(at: UnixNanoseconds(3_000_000))
    #expect(collected.tableNumber == 1)
    collected.run(collector, number: 0)
    #expect(
      Self.batch(collected) == [
        "test_celsius{d,core} 1.0 @3", "test_celsius{e,core} 2.0 @3", "test_boots_total{} 3.0 @3",
      ])
    #expect(collected.droppedCount == 4)
  }

  @Test func `a copy follows, also when series were added`() {
    let collector = Scripted("test")
    var collected = Collected(collectors: ["test"])
    var copy = collected
    for (value, chips) in [(1.0, ["a"]), (2.0, ["a"]), (3.0, ["a", "b"])] {
      collector.samples = chips.map { ($0, value) }
      collected.begin(at: UnixNanoseconds(1_000_000))
      collected.run(collector, number: 0)
      copy.update(from: collected)
      #expect(CollectedPage.encode([copy]) == CollectedPage.encode([collected]))
      #expect(copy.statuses[0].seconds == collected.statuses[0].seconds)
    }
  }

  @Test func `a page has each family once, with its labels escaped`() {
    let collector = Scripted("test")
    var collected = Collected(collectors: ["test"])
    collector.samples = [("a\"\\\n", 1.5), ("b", .infinity)]
    collected.begin(at: UnixNanoseconds(1_000_000))
    collected.run(collector, number: 0)
    var other = Collected(collectors: ["other"])
    other.begin(at: UnixNanoseconds(1_000_000))
    other.run(collector, number: 0)
    let page = String(decoding: CollectedPage.encode([collected, other]), as: UTF8.self)
    #expect(
      page.contains(
        """
        # HELP test_boots_total How often.
        # TYPE test_boots_total counter
        test_boots_total 3
        test_boots_total 3
        # HELP test_celsius How "warm" it is, in C\\\\F.
        # TYPE test_celsius gauge
        test_celsius{chip="a\\"\\\\\\n",sensor="core"} 1.5
        test_celsius{chip="b",sensor="core"} +Inf

        """))
  }
}

struct CollectorScheduleTests {
  @Test func `collectors run at fixed points of the clock`() {
    let (often, seldom) = (CollectedTests.Scripted("often"), CollectedTests.Scripted("seldom"))
    let start = Instant(nanoseconds: 1_000_000_000_000)
    let schedule = CollectorSchedule([(often, .seconds(1)), (seldom, .seconds(5))], startingAt: start)
    var collected = Collected(collectors: schedule.collectorNames)
    var runs: [String] = []
    // Milliseconds after the start at which the thread comes, and when it should come next.
    for (at, next) in [(0, 1000), (1005, 2000), (2000, 3000), (4900, 5000), (5000, 6000)] {
      schedule.collect(
        into: &collected, now: start + .milliseconds(at), time: UnixNanoseconds(Int64(at) * 1_000_000))
      let ran = collected.statuses.filter { $0.ranAt == UnixNanoseconds(Int64(at) * 1_000_000) }.map(\.name)
      runs.append("\(at): \(ran.joined(separator: " "))")
      #expect(schedule.dueAt(now: start + .milliseconds(at)) == start + .milliseconds(next))
    }
    #expect(runs == ["0: often seldom", "1005: often", "2000: often", "4900: often", "5000: often seldom"])
    #expect(schedule.missedCount == 1)
  }
}
