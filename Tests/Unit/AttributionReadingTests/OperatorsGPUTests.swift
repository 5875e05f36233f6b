import Attribution
import Base
import Engine
import Feature
import Testing

@testable import AttributionReading

/// Goal: on the operator's GPUs each tenant sees its own share, which is the one that the energy of GPUs counts, and nothing that
/// says what others do.
///
/// Method: a board of 100 W and spans of three tenants in memory.
@Suite struct OperatorsGPUTests {
  private static let one = TenantID(2)
  private static let two = TenantID(3)
  private static let all = [TenantID.default, one, two]

  /// What a board of 100 W reports.
  private static func series(of tenant: TenantID) -> FakeSeries {
    let labels = ["uuid": "GPU-1", "model": "H200", "instance": "a", "job": "node"]
    var series = FakeSeries(tenant: tenant)
    series.add(
      "axonize_gpu_resource_info", labels.merging(["resource_uuid": "GPU-1"]) { $1 }, Array(repeating: 1, count: 21))
    series.add("axonize_gpu_energy_joules_total", labels, (0...20).map { 5_000 + Double($0) * 100 })
    series.add("axonize_gpu_power_watts", labels, Array(repeating: 100, count: 21))
    series.add("axonize_gpu_memory_used_bytes", labels, Array(repeating: 7e10, count: 21))
    return series
  }

  private static func span(
    _ tenant: TenantID, _ id: UInt64 = 1, trace: UInt64? = nil, parent: UInt64? = nil, from start: Int64,
    to end: Int64, gpus: [String] = ["GPU-1"]
  ) -> FakeSpan {
    FakeSpan(
      tenant: tenant, trace: trace ?? UInt64(tenant.rawValue), id: id, parent: parent, start: start, end: end,
      gpus: gpus)
  }

  /// A tenant has a span, another one two that claim to be within it by the ids of its trace; the operator is there too.
  private static let spans = [
    span(.default, from: 8, to: 10),
    span(one, from: 2, to: 6),
    span(two, 3, trace: UInt64(one.rawValue), parent: 9, from: 3, to: 4),
    span(two, 9, trace: UInt64(one.rawValue), parent: 1, from: 3, to: 4, gpus: []),
    span(two, 2, from: 5, to: 9),
  ]

  private func reader(
    _ series: FakeSeries, _ spans: [FakeSpan], tenants: @escaping @Sendable () throws -> [TenantID] = { Self.all }
  ) -> AttributionReader {
    let (samples, port) = (SamplePort(), SpanPort())
    samples.offer(series)
    port.offer(FakeSpans(all: spans))
    return AttributionReader(samples: samples, spans: port, tenants: tenants)
  }

  private func trace(_ reader: AttributionReader, of tenant: TenantID) throws -> AttributedTrace {
    try #require(
      try reader.attribution(of: tenant, during: .background)
        .trace(TraceID(high: 0, low: UInt64(tenant.rawValue))))
  }

  @Test(arguments: [(TenantID.default, 150.0), (OperatorsGPUTests.one, 300.0)])
  func `a span has its share among the spans of all tenants`(_ tenant: TenantID, _ joules: Double) throws {
    let trace = try trace(reader(Self.series(of: .default), Self.spans), of: tenant)
    let use = try #require(trace.attributed.uses.first).use
    #expect(trace.attributed.uses.count == 1)
    // What another tenant did is not within it, whatever ids that chose.
    #expect(use.energy.value?.joules == joules)
    #expect(use.energy.value?.selfJoules == joules)
    #expect(use.energy.provenance == .shared)
    #expect(use.occupiedNanoseconds == joules / 100 * Double(second))
    #expect(use.isShared)
    #expect(trace.totals.joules == joules)
  }

  @Test(arguments: OperatorsGPUTests.all) func `shares are those that the energy of GPUs counts`(_ tenant: TenantID)
    throws
  {
    let reader = reader(Self.series(of: .default), Self.spans)
    let time = TimeRange(start: UnixNanoseconds(begin), end: UnixNanoseconds(begin + 20 * second))
    let shared = try reader.sharedAttribution(on: .default, of: Self.all, during: .background)
    let counted = try shared.everything(on: try shared.boards(in: time), in: time)
    let (_, listed) = try reader.attribution(of: tenant, during: .background)
      .spans(on: ["GPU-1"], startingIn: time, after: nil, limit: 10)
    let expected = counted.attributed.uses.filter { counted.tenants[$0.span] == tenant }
      .compactMap { $0.use.energy.value?.selfJoules }
    #expect(listed.uses.compactMap { $0.use.energy.value?.selfJoules }.sorted() == expected.sorted())
    #expect(expected.count == (tenant == Self.two ? 2 : 1))
  }

  /// The other tenant has the same trace's and spans' ids, a span on no GPU that would join spans of the first, or one that would
  /// take them apart.
  @Test(arguments: [nil, 1, 2, 9] as [UInt64?], [1, 2, 5, 9] as [UInt64])
  func `ids of another tenant change no nesting`(_ parent: UInt64?, _ id: UInt64) throws {
    let own = [
      Self.span(Self.one, 1, from: 0, to: 8), Self.span(Self.one, 2, parent: 5, from: 2, to: 4),
      Self.span(Self.one, 5, parent: 1, from: 2, to: 4, gpus: []),
    ]
    func other(_ trace: UInt64) -> [FakeSpan] {
      [
        Self.span(Self.two, id, trace: trace, parent: parent, from: 3, to: 6),
        Self.span(Self.two, 5, trace: trace, parent: 2, from: 3, to: 6, gpus: []),
      ]
    }
    func shares(_ spans: [FakeSpan]) throws -> [Double?] {
      let reader = reader(Self.series(of: .default), own + spans)
      let listed = try trace(reader, of: Self.one).attributed.uses.map(\.use.energy.value?.selfJoules)
      let time = TimeRange(start: UnixNanoseconds(begin), end: UnixNanoseconds(begin + 20 * second))
      let shared = try reader.sharedAttribution(on: .default, of: Self.all, during: .background)
      let counted = try shared.everything(on: try shared.boards(in: time), in: time)
      let ofOne = counted.attributed.uses.filter { counted.tenants[$0.span] == Self.one }
      #expect(ofOne.map(\.use.energy.value?.selfJoules) == listed)
      #expect(counted.attributed.uses.count == 3)
      return listed
    }
    let with = try shares(other(UInt64(Self.one.rawValue)))
    #expect(try with == shares(other(77)))
    #expect(with == [500, 150])
  }

  @Test func `what the whole GPU does is for its owner`() throws {
    let reader = reader(Self.series(of: .default), Self.spans)
    var found = try trace(reader, of: Self.one)
    let use = found.attributed.uses[0].use
    #expect(
      [use.power.reason, use.memory.reason, use.utilisation.reason, use.smClock.reason]
        == Array(repeating: .otherTenant, count: 4))
    #expect(use.busyNanoseconds.reason == .otherTenant)
    #expect(use.throttledNanoseconds.reason == .otherTenant)
    #expect(found.lanes(pointCountMax: 10).isEmpty)
    found = try trace(reader, of: .default)
    #expect(found.attributed.uses[0].use.memory.value?.mean == 7e10)
    #expect(found.lanes(pointCountMax: 10).map(\.lane.id) == ["GPU-1"])
  }

  @Test func `the GPU of a third tenant is unknown, and its spans do not count`() throws {
    let reader = reader(Self.series(of: Self.two), Self.spans)
    let found = try trace(reader, of: Self.one)
    #expect(found.attributed.uses[0].use.energy.reason == .unknownGPU)
    #expect(found.attributed.uses[0].use.occupiedNanoseconds == Double(4 * second))
    #expect(!found.attributed.uses[0].use.isShared)
    // Its owner has it alone.
    let own = try reader.attribution(of: Self.two, during: .background)
    let spans = try #require(try own.trace(TraceID(high: 0, low: UInt64(Self.two.rawValue))))
    #expect(spans.attributed.uses[0].use.energy.value?.joules == 400)
    #expect(spans.lanes(pointCountMax: 10).count == 1)
  }

  @Test func `without the list of tenants nothing is said`() {
    let reader = reader(Self.series(of: .default), Self.spans) {
      throw ErrorReport(code: "registry", message: "the registry is locked")
    }
    #expect(throws: AttributionFailure.self) { try trace(reader, of: Self.one) }
  }
}
