import Attribution
import Base
import Engine
import Feature
import Testing

@testable import AttributionReading

/// Goal: spans find the samples of the GPUs that they name, whoever reports them, and the spans beside them.
///
/// Method: series and spans in memory.
@Suite struct AttributionReaderTests {
  private static let seconds = 20
  private let labels = ["uuid": "GPU-1", "model": "H200", "instance": "a", "job": "node"]

  private func counter(_ watts: Double) -> [Double] { (0...Self.seconds).map { 5_000 + Double($0) * watts } }

  private func gauge(_ value: Double) -> [Double] { Array(repeating: value, count: Self.seconds + 1) }

  private func attribution(
    _ series: FakeSeries, _ spans: [FakeSpan], _ limits: AttributionLimits = AttributionLimits()
  ) throws -> TenantAttribution {
    let (samples, port) = (SamplePort(), SpanPort())
    samples.offer(series)
    port.offer(FakeSpans(all: spans))
    return try AttributionReader(samples: samples, spans: port, limits: limits)
      .attribution(of: .default, during: .background)
  }

  private func trace(_ series: FakeSeries, _ spans: [FakeSpan]) throws -> AttributedTrace {
    try #require(try attribution(series, spans).trace(TraceID(high: 0, low: 1)))
  }

  /// A whole board of 100 W.
  private var board: FakeSeries {
    var series = FakeSeries()
    series.add("axonize_gpu_resource_info", labels.merging(["resource_uuid": "GPU-1"]) { $1 }, gauge(1))
    series.add("axonize_gpu_energy_joules_total", labels, counter(100))
    series.add("axonize_gpu_utilization_ratio", labels, gauge(0.5))
    return series
  }

  @Test func `a span has the energy of the board that it names`() throws {
    let trace = try trace(
      board, [FakeSpan(id: 1, start: 2, end: 5, gpus: ["GPU-1"]), FakeSpan(id: 2, start: 0, end: 9)])
    #expect(trace.attributed.uses.map(\.gpuID) == ["GPU-1"])
    #expect(trace.attributed.uses[0].use.energy.value?.joules == 300)
    #expect(trace.attributed.uses[0].use.utilisation.value?.mean == 0.5)
    #expect(trace.attributed.boards[0].samples.node == "a")
    #expect(trace.range == begin..<begin + 9 * second)
    #expect(trace.totals.joules == 300)
    #expect(trace.totals.provenance == .exact)
    #expect(trace.lanes(pointCountMax: 10).map(\.lane.id) == ["GPU-1"])
  }

  @Test(arguments: [("GPU-1", true), ("GPU-2", true), ("MIG-9", true), ("GPU-3", true), ("GPU-4", false)])
  func `a GPU is known by spans, or by series of ours or DCGM's`(id: String, isKnown: Bool) throws {
    var series = FakeSeries()
    series.add("axonize_gpu_resource_info", ["uuid": "GPU-1", "resource_uuid": "MIG-9"], gauge(1))
    series.add("DCGM_FI_DEV_POWER_USAGE", ["UUID": "GPU-3"], gauge(1))
    let spans = [FakeSpan(id: 1, start: 2, end: 5, gpus: ["GPU-2"])]
    #expect(try attribution(series, spans).isKnown(id) == isKnown)
  }

  @Test func `spans of other traces have their share`() throws {
    let trace = try trace(
      board,
      [
        FakeSpan(id: 1, start: 2, end: 6, gpus: ["GPU-1"]),
        FakeSpan(trace: 2, id: 1, start: 4, end: 12, gpus: ["GPU-1"]),
        FakeSpan(trace: 2, id: 3, parent: 2, start: 4, end: 12, gpus: ["GPU-1"]),
        FakeSpan(trace: 2, id: 2, parent: 1, start: 4, end: 12),
      ])
    // Of the two in the other trace one is within the other, by a span on no GPU.
    #expect(trace.attributed.uses.map { $0.use.energy.value?.joules } == [300])
    #expect(trace.attributed.uses[0].use.energy.provenance == .shared)
  }

  @Test(arguments: [(2 * 86_400, 1), (3_600 + 300, 1), (60, nil)] as [(Int64, Int?)])
  func `a span of days has what can be read`(_ readableSeconds: Int64, _ known: Int?) throws {
    var series = board
    series.durationMax = readableSeconds * 1_000
    let days: Int64 = 5 * 86_400
    let spans = [
      FakeSpan(id: 1, start: 2 - days, end: 12, gpus: ["GPU-1"]),
      FakeSpan(id: 2, parent: 1, start: 4, end: 7, gpus: ["GPU-1"]),
      FakeSpan(id: 3, parent: 1, start: 8, end: 10, gpus: ["GPU-1"]),
    ]
    guard known != nil else {
      #expect(throws: AttributionFailure.self) { try trace(series, spans) }
      return
    }
    let found = try trace(series, spans)
    let uses = found.attributed.uses.map(\.use)
    #expect(uses.map { $0.energy.value?.selfJoules.rounded() }.dropFirst() == [300, 200])
    #expect(uses.map(\.energy.provenance) == [.estimated, .exact, .exact])
    #expect((1e-6..<1e-3).contains(uses[0].energy.coverage))
    // What needs no samples is of the whole time.
    #expect(uses[0].occupiedNanoseconds == Double((days + 10) * second))
    #expect(found.attributed.warnings.count == 1)
    #expect(found.attributed.warnings[0].contains("only, as those of the whole time are more than"))
  }

  @Test func `an answer that nobody waits for is not computed`() throws {
    let (samples, port) = (SamplePort(), SpanPort())
    samples.offer(board)
    port.offer(FakeSpans(all: [FakeSpan(id: 1, start: 2, end: 5, gpus: ["GPU-1", "GPU-2"])]))
    let activity = QueryActivity { .seconds(1) }
    let attribution = try AttributionReader(samples: samples, spans: port).attribution(of: .default, during: activity)
    activity.cancel()
    #expect {
      try attribution.trace(TraceID(high: 0, low: 1))
    } throws: { error in
      guard case AttributionFailure.query(let failure) = error else { return false }
      return failure.reason == .cancelled
    }
  }

  @Test func `what nobody reports is unknown, and still has a time`() throws {
    let trace = try trace(board, [FakeSpan(id: 1, start: 2, end: 5, gpus: ["GPU-1", "GPU-2"])])
    #expect(trace.attributed.uses.map(\.use.energy.reason) == [nil, .unknownGPU])
    #expect(trace.attributed.uses[1].use.occupiedNanoseconds == Double(3 * second))
    #expect(trace.totals.unavailableCount == 1)
    #expect(trace.totals.coverage == 0.5)
  }

  @Test func `series of DCGM's exporter count where ours are missing`() throws {
    var series = FakeSeries()
    let labels = ["UUID": "GPU-1", "modelName": "H100", "instance": "b", "job": "dcgm"]
    series.add("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", labels, counter(100_000))
    series.add("DCGM_FI_DEV_GPU_UTIL", labels, gauge(80))
    let spans = [FakeSpan(id: 1, start: 2, end: 5, gpus: ["GPU-1"])]
    var found = try trace(series, spans)
    #expect(found.attributed.uses[0].use.energy.value?.joules == 300)
    #expect(abs((found.attributed.uses[0].use.utilisation.value?.mean ?? 0) - 0.8) < 1e-9)
    #expect(found.attributed.boards[0].samples.input.energy.origin == .dcgm)
    series.all += board.all
    found = try trace(series, spans)
    #expect(found.attributed.boards[0].samples.input.energy.origin == .axonize)
    #expect(found.attributed.uses[0].use.energy.value?.joules == 300)
  }

  @Test func `of two reporters of a board one counts`() throws {
    var series = board
    var other = labels
    other["instance"] = "scraped"
    series.add("axonize_gpu_energy_joules_total", other, Array(counter(100).map { $0 - 7 }.dropLast(5)))
    let trace = try trace(series, [FakeSpan(id: 1, start: 2, end: 5, gpus: ["GPU-1"])])
    #expect(trace.attributed.uses[0].use.energy.value?.joules == 300)
    #expect(trace.attributed.uses[0].use.energy.provenance == .exact)
  }

  @Test func `parts are joined to their board`() throws {
    var series = FakeSeries()
    series.add("axonize_gpu_energy_joules_total", labels, counter(100))
    for (id, instance, profile, activity) in [("MIG-a", "1", "1c.3g.71gb", 0.5), ("MIG-b", "2", "1g.18gb", 0.5)] {
      let part = labels.merging(["gpu_instance": instance]) { $1 }
      series.add(
        "axonize_gpu_resource_info",
        part.merging(["resource_uuid": id, "compute_profile": profile, "generation": "1"]) { $1 }, gauge(1))
      series.add("axonize_gpu_sm_active_ratio", part, gauge(activity))
      series.add("axonize_gpu_memory_used_bytes", part, gauge(1_000))
    }
    let trace = try trace(series, [FakeSpan(id: 1, start: 2, end: 4, gpus: ["MIG-a", "GPU-1"])])
    // Both parts are one slice each, and as busy.
    let part = try #require(trace.attributed.uses.first { $0.gpuID == "MIG-a" })
    #expect(part.use.energy.value?.joules == 100)
    #expect(part.use.energy.value?.division == .activity)
    #expect(part.use.memory.value?.mean == 1_000)
    #expect(trace.attributed.uses.first { $0.gpuID == "GPU-1" }?.use.energy.reason == .divided)
    #expect(trace.attributed.boards[0].samples.profiles == ["MIG-a": "1c.3g.71gb", "MIG-b": "1g.18gb"])
  }

  @Test(arguments: [("3g.71gb", 3.0), ("1c.3g.71gb", 1), ("2c.3g.71gb", 2), ("CPX", 1), ("", 1), ("0g.1gb", 1)])
  func `a profile says how many slices a part has`(_ profile: String, _ slices: Double) {
    #expect(PartSize.slices(profile) == slices)
  }

  @Test func `limits are named`() throws {
    var limits = AttributionLimits()
    limits.spanCountMax = 1
    let spans = [1, 2, 3].map { FakeSpan(id: $0, start: 2, end: 5, gpus: ["GPU-1"]) }
    let cut = try #require(try attribution(board, spans, limits).trace(TraceID(high: 0, low: 1)))
    #expect(cut.attributed.warnings.count == 2)
    #expect(cut.attributed.uses.map(\.use.energy.provenance) == [.estimated])
    limits.sampleCountMax = 10
    #expect(throws: AttributionFailure.self) {
      try attribution(board, spans, limits).trace(TraceID(high: 0, low: 1))
    }
    limits.gpuCountMax = 0
    #expect(throws: AttributionFailure.self) {
      try attribution(board, spans, limits).trace(TraceID(high: 0, low: 1))
    }
  }

  @Test func `without the slices that keep spans and series there is nothing`() {
    let reader = AttributionReader(samples: SamplePort(), spans: SpanPort())
    #expect(throws: AttributionFailure.self) { try reader.attribution(of: .default, during: .background) }
  }
}
