import Base
import Collection
import NVMLTestSupport
import System
import TestSupport
import Testing

@testable import GPUCollection

@Suite("Bursts of GPUs") struct GPUBurstTests {
  private struct Step: Sendable {
    /// Seconds.
    let at: Int64
    let seconds: Int64
    var isAutomatic = false
    let isGranted: Bool
    let left: Int64
  }

  @Test("An hour has so many seconds of bursts, and half of them are for people") func budget() {
    var budget = BurstBudget(hourlyMax: .seconds(100))
    for step in [
      Step(at: 0, seconds: 30, isGranted: true, left: 70),
      // It runs already; what it becomes longer by counts.
      Step(at: 10, seconds: 15, isGranted: true, left: 70), Step(at: 10, seconds: 30, isGranted: true, left: 60),
      Step(at: 100, seconds: 20, isAutomatic: true, isGranted: false, left: 60),
      Step(at: 100, seconds: 10, isAutomatic: true, isGranted: true, left: 50),
      Step(at: 200, seconds: 60, isGranted: false, left: 50), Step(at: 200, seconds: 50, isGranted: true, left: 0),
      Step(at: 300, seconds: 1, isGranted: false, left: 0),
      // The first twenty seconds were more than an hour ago.
      Step(at: 3_620, seconds: 0, isGranted: true, left: 20), Step(at: 3_620, seconds: 20, isGranted: true, left: 0),
    ] {
      let now = step.at * 1_000_000_000
      #expect(
        budget.grant(.seconds(step.seconds), at: now, isAutomatic: step.isAutomatic) == step.isGranted, "\(step)")
      #expect(budget.left(at: now) == .seconds(step.left), "\(step)")
    }
    #expect(budget.end == 3_640_000_000_000)
  }

  @Test(
    "Slowdowns by hardware and heat begin a burst, a power cap does not",
    arguments: [
      (0.0, false), (1, false), (4, false), (8, true), (0x20, true), (0x40, true), (0x84, true), (-1, false),
      (.nan, false), (.infinity, false),
    ])
  func slowdown(bits: Double, isActive: Bool) { #expect(HardwareSlowdown.isActive(bits) == isActive) }

  private static func collector(
    _ standIn: StandInLibrary, hourlyMax: Duration = .seconds(600), onEvent: Duration = .seconds(30)
  ) -> GPUCollector {
    var options = NVIDIACollectionTests.withoutLog
    options.eventInterval = .milliseconds(20)
    options.fixedInterval = .milliseconds(50)
    options.burstHourlyMax = hourlyMax
    options.burstOnEvent = onEvent
    return GPUCollector([NVIDIABackend(libraryPath: standIn.path)], options)
  }

  @Test("A fault begins a burst, and those after it make it no longer") func fault() throws {
    let standIn = try StandInLibrary("h100")
    let collector = Self.collector(standIn)
    try collector.start()
    eventually { collector.snapshot().gpus.first?.gpu.pciBusID != nil }
    let heard = Monitor(0)
    collector.observeBursts { heard.withLock { $0 += 1 } }
    try standIn.play("h100\nevent 1 0 8 79")
    eventually { collector.snapshot().bursts.automaticCount == 1 }
    let burst = try #require(collector.snapshot().bursts.newest)
    #expect(burst.reason == "xid 79 of 0000:00:09.0")
    #expect(burst.until.rawValue - burst.startedAt.rawValue == 30_000_000_000)
    try standIn.play("h100\nevent 1 0 8 79\nevent 2 0 8 31")
    eventually { collector.snapshot().recentEvents.count == 2 }
    #expect(collector.snapshot().bursts.newest == burst)
    #expect(heard.withLock { $0 } == 1)
    #expect(collector.stop())
  }

  @Test("Heat that lowers clocks begins a burst, and not what was so at the start") func heat() throws {
    let standIn = try StandInLibrary("h200x8\nhot 2")
    var options = NVIDIACollectionTests.withoutLog
    options.fastInterval = .milliseconds(20)
    let collector = GPUCollector([NVIDIABackend(libraryPath: standIn.path)], options)
    try collector.start()
    func state(_ index: Int) -> GPUState? { collector.snapshot().gpus.first { $0.gpu.index == index } }
    eventually { (0..<8).allSatisfy { state($0)?.reading(.clockEventReasons)?.value != nil } }
    #expect(state(2)?.reading(.clockEventReasons)?.value == 0x40)
    #expect(collector.snapshot().bursts.count == 0)
    try standIn.play("h200x8\nhot 2\nhot 1")
    eventually { collector.snapshot().bursts.automaticCount == 1 }
    #expect(collector.snapshot().bursts.newest?.reason == "clocks lowered of 0000:84:00.0")
    #expect(collector.stop())
  }

  @Test("Faults are not looked at where that is switched off, and demand ends at the bound of the hour")
  func bounds() throws {
    let standIn = try StandInLibrary("h100")
    let collector = Self.collector(standIn, hourlyMax: .seconds(40), onEvent: .zero)
    try collector.start()
    eventually { collector.snapshot().gpus.first?.gpu.pciBusID != nil }
    try standIn.play("h100\nevent 1 0 8 79")
    eventually { collector.snapshot().recentEvents.count == 1 }
    #expect(collector.snapshot().bursts.count == 0)
    try collector.burst(for: .seconds(40), reason: "one")
    let first = collector.snapshot().bursts.newest
    // It runs for longer already: nothing begins, and nothing is told.
    for _ in 0..<3 { try collector.burst(for: .seconds(1), reason: "more") }
    #expect(collector.snapshot().bursts.newest == first)
    #expect(collector.snapshot().bursts.demandedCount == 1)
    #expect(throws: GPUBurstRefusal.budgetSpent) { try collector.burst(for: .seconds(60), reason: "two") }
    #expect(collector.snapshot().bursts.refusedCount == 1)
    #expect(collector.snapshot().bursts.newest?.reason == "one")
    #expect(collector.stop())
  }

  @Test("A burst gives fast values under our names, each once") func values() throws {
    let standIn = try StandInLibrary("h200-mig")
    var options = NVIDIACollectionTests.withoutLog
    options.fastInterval = .seconds(3600)
    let collector = GPUCollector([NVIDIABackend(libraryPath: standIn.path)], options)
    try collector.start()
    eventually { collector.snapshot().gpus.first?.reading(.power) != nil }
    let metrics = GPUMetricsCollector(collector)
    var collected = Collected(collectors: [metrics.name])
    func names() -> [String] {
      collected.begin(at: WallClock.now)
      collected.runBurst(metrics, number: 0)
      return (0..<collected.sampleCount).map { collected.family(of: collected.sample(at: $0).series).name }
    }
    collected.begin(at: WallClock.now)
    collected.run(metrics, number: 0)
    // Nothing was read since.
    #expect(names() == [])
    try collector.burst(for: .seconds(60), reason: "test")
    var seen: [String] = []
    eventually {
      seen += names()
      return seen.contains("axonize_gpu_energy_joules_total")
    }
    #expect(seen.contains("axonize_gpu_power_watts"))
    #expect(seen.allSatisfy { $0.hasPrefix("axonize_gpu_") })
    for slow in ["axonize_gpu_info", "axonize_gpu_unavailable", "axonize_gpu_pcie_link_width"] {
      #expect(!seen.contains(slow))
    }
    #expect(collector.stop())
  }
}
