import AttributionReading
import Base
import Columns
import EmbeddedEngine
import Engine
import EngineTestSupport
import Feature
import FleetTables
import Schema
import Testing

@testable import EnergyAccounting

/// Goal: each minute is stored once, whenever the process ends and whatever comes late, and each tenant has its own.
///
/// Method: sources that play two GPUs and a few spans, a real store, and a clock that the test moves.
@Suite struct EnergyAccountantTests {
  private static let other = TenantID(2)
  private static let second: Int64 = 1_000_000_000
  private static let minute: Int64 = 1_780_000_020 / 60 * 60

  private let store: EmbeddedStore
  private let sources = PlayedSources()
  private let clock = PlayedClock()

  init() throws {
    let schema = StoreSchema(tables: FleetTables.all, steps: FleetTables.steps)
    var options = EmbeddedStoreOptions(folder: "")
    options.retention[.aggregates] = .forever
    store = try EngineFixture.store(name: EngineFixture.newName(), options, schema: schema)
  }

  private func accountant(limits: AttributionLimits = EnergyAccountant.limits) -> EnergyAccountant {
    let (samples, spans) = (SamplePort(), SpanPort())
    samples.offer(sources)
    spans.offer(sources)
    return EnergyAccountant(
      reader: AttributionReader(samples: samples, spans: spans, limits: limits), engine: store, inserter: store,
      delay: .seconds(90), tenants: { [.default, Self.other] },
      now: { [clock] in UnixNanoseconds(clock.seconds * Self.second) },
      logger: .disabled)
  }

  /// What a process that starts computes at a time.
  @discardableResult private func compute(at seconds: Int64, by accountant: EnergyAccountant) throws -> MinuteSchedule {
    clock.seconds = seconds
    var computed = try EnergyStore(engine: store, inserter: store).computed(after: Self.minute - 86_400)
    // As if the minutes before the last hour were computed.
    if computed.isEmpty {
      computed = [.init(minute: (seconds - 3_600) / 60 * 60 - 60, pass: 3, firstComputedAt: seconds - 3_600)]
    }
    var schedule = MinuteSchedule(delay: 90, computed: computed, now: seconds)
    try accountant.computeDue(&schedule)
    return schedule
  }

  /// Sums of the rows that count.
  private func sums(_ column: StaticString, of tenant: TenantID, _ condition: String = "true") throws -> Double {
    let result = try store.query(
      SQLStatement(
        """
        SELECT sum(\(column)) AS total FROM gpu_energy WHERE tenant = \(tenant) AND \(condition)
        AND (minute, revision) IN (SELECT minute, max(revision) FROM gpu_energy WHERE tenant = \(tenant) GROUP BY minute)
        """))
    return result["total"].double(0) ?? 0
  }

  @Test func `minutes are stored once, also by a process that starts anew`() throws {
    sources.addGPU("GPU-1", of: .default, watts: 200)
    sources.addSpan(of: .default, on: ["GPU-1"], from: Self.minute + 30, to: Self.minute + 90)
    let now = Self.minute + 180 + 90
    try compute(at: now, by: accountant())
    // Those of the hour before now that are over for 90 seconds.
    #expect(try sums("joules", of: .default) == 200 * 60 * 59)
    #expect(try sums("joules", of: .default, "kind = 1") == 200 * 60)
    #expect(try sums("spans", of: .default) == 1)
    let again = try compute(at: now, by: accountant())
    #expect(try sums("joules", of: .default) == 200 * 60 * 59)
    #expect(again.next == Self.minute + 180)
    let parts = try store.query(SQLStatement("SELECT count() AS count FROM gpu_energy WHERE kind = 4"))
    #expect(parts["count"].int(0) == 59)
  }

  @Test func `a span that comes late is in the minutes when they are computed again`() throws {
    sources.addGPU("GPU-1", of: .default, watts: 200)
    let first = Self.minute + 60 + 90
    try compute(at: first, by: accountant())
    #expect(try sums("joules", of: .default, "kind = 1") == 0)
    sources.addSpan(of: .default, on: ["GPU-1"], from: Self.minute, to: Self.minute + 60)
    try compute(at: first + 299, by: accountant())
    #expect(try sums("joules", of: .default, "kind = 1") == 0)
    try compute(at: first + 300, by: accountant())
    #expect(try sums("joules", of: .default, "kind = 1") == 200 * 60)
    #expect(try sums("joules", of: .default, "minute = toDateTime(\(Self.minute))") == 200 * 60)
  }

  /// What is stored of the minute that the tests are about: when it was computed last, how often it was due, and its energy.
  private func stored() throws -> [Double] {
    let minute = "minute = toDateTime(\(Self.minute))"
    let result = try store.query(
      SQLStatement(
        """
        SELECT toFloat64(intDiv(max(revision), 1000000000)) AS time, toFloat64(max(pass)) AS pass FROM gpu_energy
        WHERE \(minute) AND kind = 4
        """))
    return [
      (result["time"].double(0) ?? 0) - Double(Self.minute), result["pass"].double(0) ?? 0,
      try sums("joules", of: .default, minute), try sums("joules", of: .default, "\(minute) AND kind = 1"),
    ]
  }

  @Test func `a minute for which nothing came is not computed again, and that is stored at the last time`() throws {
    sources.addGPU("GPU-1", of: .default, watts: 200)
    sources.addSpan(of: .default, on: ["GPU-1"], from: Self.minute, to: Self.minute + 30)
    let accountant = accountant()
    let first = Self.minute + 60 + 90
    var schedule = try compute(at: first, by: accountant)
    #expect(try stored() == [150, 0, 12_000, 6_000])
    for (after, pass) in [(300, 0), (1_200, 0), (3_600, 3)] as [(Int64, Double)] {
      // A span of a later minute changes nothing.
      sources.addSpan(of: .default, on: ["GPU-1"], from: first + after - 30, to: first + after - 20)
      clock.seconds = first + after
      try accountant.computeDue(&schedule)
      #expect(try stored() == [150, pass, 12_000, 6_000])
    }
    // A process that starts has nothing left to do with it.
    sources.addSpan(of: .default, on: ["GPU-1"], from: Self.minute + 40, to: Self.minute + 50)
    try compute(at: first + 3_700, by: self.accountant())
    #expect(try stored() == [150, 3, 12_000, 6_000])
  }

  @Test(arguments: ["span", "samples", "GPU", "restart"])
  func `a minute for which something came is computed again when it is due`(_ late: String) throws {
    sources.addGPU("GPU-1", of: .default, watts: 200)
    var accountant = accountant()
    let first = Self.minute + 60 + 90
    var schedule = try compute(at: first, by: accountant)
    let now = first + 300
    clock.seconds = now
    switch late {
    // One that began before the minute, and is on no GPU: another may be within it.
    case "span": sources.addSpan(of: Self.other, on: [], from: Self.minute - 3_000, to: Self.minute + 10)
    case "samples": sources.setWatts(250, of: "GPU-1", .default)
    case "GPU": sources.addGPU("GPU-2", of: .default, watts: 50)
    default:
      accountant = self.accountant()
      schedule = try compute(at: now, by: accountant)
    }
    try accountant.computeDue(&schedule)
    #expect(try stored() == [450, 1, late == "samples" || late == "GPU" ? 15_000 : 12_000, 0])
  }

  @Test func `GPUs of the first tenant are for all, those of others for themselves`() throws {
    sources.addGPU("GPU-1", of: .default, watts: 100)
    sources.addGPU("GPU-2", of: Self.other, watts: 300)
    sources.addSpan(of: Self.other, on: ["GPU-1", "GPU-2"], from: Self.minute, to: Self.minute + 30)
    sources.addSpan(of: .default, on: ["GPU-2"], from: Self.minute + 10, to: Self.minute + 20)
    try compute(at: Self.minute + 60 + 90, by: accountant())
    let minute = "minute = toDateTime(\(Self.minute))"
    #expect(try sums("joules", of: Self.other, "\(minute) AND kind = 1 AND gpu = 'GPU-1'") == 100 * 30)
    // Whoever names a GPU of another tenant takes nothing of it.
    #expect(try sums("joules", of: Self.other, "\(minute) AND kind = 1 AND gpu = 'GPU-2'") == 300 * 30)
    #expect(try sums("joules", of: .default, "\(minute) AND kind = 1") == 0)
    #expect(try sums("joules", of: .default, "\(minute) AND kind = 3 AND other_tenant = 2") == 100 * 30)
    #expect(try sums("joules", of: .default, "\(minute) AND gpu = 'GPU-2'") == 0)
    #expect(try sums("joules", of: .default, minute) == 100 * 60)
    #expect(try sums("joules", of: Self.other, "\(minute) AND gpu = 'GPU-2'") == 300 * 60)
  }

  @Test func `many spans are looked at in shorter times, with the same sums`() throws {
    sources.addGPU("GPU-1", of: .default, watts: 100)
    for offset in 0..<50 as Range<Int64> {
      sources.addSpan(of: .default, on: ["GPU-1"], from: Self.minute + offset, to: Self.minute + offset + 5)
    }
    var limits = EnergyAccountant.limits
    limits.spanCountMax = 12
    let accountant = accountant(limits: limits)
    try compute(at: Self.minute + 60 + 90, by: accountant)
    let minute = "minute = toDateTime(\(Self.minute))"
    #expect(abs(try sums("joules", of: .default, minute) - 100 * 60) < 1e-6)
    #expect(abs(try sums("joules", of: .default, "\(minute) AND kind = 1") - 100 * 54) < 1e-6)
    #expect(abs(try sums("spans", of: .default, minute) - 50) < 1e-9)
    // The next one is looked at in such parts from the start, each of them once.
    let before = sources.spanReadCount
    for offset in 60..<110 as Range<Int64> {
      sources.addSpan(of: .default, on: ["GPU-1"], from: Self.minute + offset, to: Self.minute + offset + 5)
    }
    var schedule = MinuteSchedule(
      delay: 90, computed: [.init(minute: Self.minute, pass: 3, firstComputedAt: Self.minute)],
      now: Self.minute + 120 + 90)
    clock.seconds = Self.minute + 120 + 90
    try accountant.computeDue(&schedule)
    let next = "minute = toDateTime(\(Self.minute + 60))"
    #expect(abs(try sums("joules", of: .default, "\(next) AND kind = 1") - 100 * 54) < 1e-6)
    #expect(abs(try sums("spans", of: .default, next) - 50) < 1e-9)
    #expect((sources.spanReadCount - before).isMultiple(of: 2))
    #expect(sources.spanReadCount - before <= 2 * 60 / 7 + 2)
  }

  @Test func `a tenant with too many GPUs does not hold up the others, and that is said`() throws {
    sources.addGPU("GPU-1", of: .default, watts: 100)
    sources.addGPU("GPU-2", of: .default, watts: 100)
    sources.addGPU("GPU-3", of: Self.other, watts: 100)
    var limits = EnergyAccountant.limits
    limits.gpuCountMax = 1
    let accountant = accountant(limits: limits)
    try compute(at: Self.minute + 60 + 90, by: accountant)
    #expect(try sums("joules", of: Self.other) > 0)
    #expect(try sums("joules", of: .default) == 0)
    #expect(accountant.problem?.contains("tenant 1: ") == true)
  }

  @Test func `without GPUs nothing is stored and no spans are read`() throws {
    sources.addSpan(of: .default, on: ["GPU-1"], from: Self.minute, to: Self.minute + 30)
    let accountant = accountant()
    try compute(at: Self.minute + 60 + 90, by: accountant)
    let rows = try store.query(SQLStatement("SELECT count() AS count FROM gpu_energy"))
    #expect(rows["count"].int(0) == 0)
    #expect(sources.spanReadCount == 0)
    #expect(accountant.completeUntil == UnixNanoseconds((Self.minute + 60) * Self.second))
  }
}
