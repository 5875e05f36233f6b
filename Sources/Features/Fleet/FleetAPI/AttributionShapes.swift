import API
import Attribution
import AttributionReading
import Base
import Feature
import Prices

/// A span with what it did to a GPU.
struct GPUSpan: Sendable {
  let spans: KnownSpans
  let row: Int
  let use: SpanGPUUse
  /// Nil for a GPU that nobody reported.
  let cost: UsageCost?

  /// All uses of some spans.
  static func all(_ attributed: AttributedSpans, of spans: KnownSpans, prices: PriceList) -> [GPUSpan] {
    attributed.uses.map { use in
      let cost = use.board.map { board in
        prices.cost(
          of: use.use, at: spans.starts[use.span], on: attributed.boards[board].samples)
      }
      return GPUSpan(spans: spans, row: use.span, use: use, cost: cost)
    }
  }

  static let shape = JSONShape<GPUSpan>.object { span in
    span.member("trace_id", .traceID) { $0.spans.traceIDs[$0.row] }
    span.member("span_id", .spanID) { $0.spans.spanIDs[$0.row] }
    span.member("parent_span_id", .orNull(.spanID)) { $0.spans.parentIDs[$0.row] }
    span.member("name", .string) { $0.spans.names[$0.row] }
    span.member("service_name", .string) { $0.spans.services[$0.row] }
    span.member("status", .choice) { $0.spans.statuses[$0.row] }
    span.member("start_time_unix_nano", .nanoseconds) { UnixNanoseconds($0.spans.starts[$0.row]) }
    span.member("duration_ns", .exactInteger) { $0.spans.ends[$0.row] - $0.spans.starts[$0.row] }
    span.optionalMember("model", .string) { $0.spans.models[$0.row].nonEmpty }
    span.optionalMember("provider", .string) { $0.spans.providers[$0.row].nonEmpty }
    span.optionalMember("operation", .string) { $0.spans.operations[$0.row].nonEmpty }
    span.optionalMember("input_tokens", .exactInteger) { $0.spans.inputTokens[$0.row] }
    span.optionalMember("output_tokens", .exactInteger) { $0.spans.outputTokens[$0.row] }
    span.member("gpu_id", JSONShape.string.described("As the span names it.")) { $0.use.gpuID }
    span.member("use", SpanUse.shape) { $0.use.use }
    let cost = UsageCost.shape.described("Of the span and of spans within it; absent for a GPU that nobody reported.")
    span.optionalMember("cost", cost) { $0.cost }
  }
  .named("GpuSpan")
}

extension String {
  fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}

extension SpanUse {
  static let shape = JSONShape<SpanUse>.object { use in
    use.member(
      "occupied_ns",
      JSONShape.number.described(
        "Time of the GPU that is the span's, and of spans within it: a share while others run.")
    ) { $0.occupiedNanoseconds }
    use.member("self_occupied_ns", JSONShape.number.described("The same without spans within it.")) {
      $0.selfOccupiedNanoseconds
    }
    use.member("shared", JSONShape.boolean.described("Whether other spans were on the GPU meanwhile.")) { $0.isShared }
    use.member("energy", energyShape) { $0.energy }
    use.member("utilization", working) { $0 }
    use.member("memory_bytes", gauge("GpuMemoryUse")) { $0.memory }
    use.member("power_watts", gauge("GpuPowerUse")) { $0.power }
    use.member("sm_clock_hertz", gauge("GpuClockUse")) { $0.smClock }
    use.member("throttled", throttledShape) { $0.throttledNanoseconds }
  }
  .named("GpuUse")

  private static let energyShape = JSONShape<Attributed<EnergyUse>>.object { energy in
    energy.optionalMember("joules", JSONShape.number.described("Of the span and of spans within it on the same GPU.")) {
      $0.value?.joules
    }
    energy.optionalMember("self_joules", JSONShape.number.described("Without spans within it; adds up.")) {
      $0.value?.selfJoules
    }
    energy.optionalMember("source", .choice) { $0.value?.source }
    energy.optionalMember(
      "division", JSONShape.choice.described("How parts of a board share its energy: `activity` or `size`.")
    ) { $0.value?.division }
    energy.addProvenance { ($0.provenance, $0.coverage, $0.reason) }
  }
  .named("GpuEnergyUse")

  private static let working = JSONShape<SpanUse>.object { use in
    use.optionalMember("mean", .number) { $0.utilisation.value?.mean }
    use.optionalMember("max", .number) { $0.utilisation.value?.max }
    use.optionalMember("busy_ns", JSONShape.number.described("How long the GPU worked while the span ran.")) {
      $0.busyNanoseconds.value
    }
    use.addProvenance { ($0.utilisation.provenance, $0.utilisation.coverage, $0.utilisation.reason) }
  }
  .named("GpuWorkingUse")

  private static let throttledShape = JSONShape<Attributed<Double>>.object { use in
    use.optionalMember("ns", JSONShape.number.described("How long clocks were lowered while the span ran.")) {
      $0.value
    }
    use.addProvenance { ($0.provenance, $0.coverage, $0.reason) }
  }
  .named("GpuThrottledUse")

  private static func gauge(_ name: String) -> JSONShape<Attributed<GaugeUse>> {
    JSONShape<Attributed<GaugeUse>>.object { use in
      use.optionalMember("mean", .number) { $0.value?.mean }
      use.optionalMember("max", .number) { $0.value?.max }
      use.addProvenance { ($0.provenance, $0.coverage, $0.reason) }
    }
    .named(name)
  }
}

/// What energy was measured by.
private enum EnergySource: String, CaseIterable {
  case counter, power
}

extension EnergyUse {
  fileprivate var source: EnergySource { isCounted ? .counter : .power }
}

extension JSONObjectShape {
  /// The members that every attributed value has.
  fileprivate mutating func addProvenance(
    _ provenance: @escaping @Sendable (Value) -> (Provenance, Double, UnavailableReason?)
  ) {
    member("provenance", .choice) { provenance($0).0 }
    member("coverage", JSONShape.number.described("Which part of the span's time has samples, from 0 to 1.")) {
      provenance($0).1
    }
    optionalMember("reason", JSONShape.choice.described("Why it is unavailable.")) { provenance($0).2 }
  }
}

extension AttributedLane {
  static let shape = JSONShape<AttributedLane>.object { lane in
    lane.member("id", JSONShape.string.described("As spans name it.")) { $0.lane.id }
    lane.member("gpu", JSONShape.string.described("The UUID of its board.")) { $0.board.samples.uuid }
    lane.member("node", .string) { $0.board.samples.node }
    lane.member("model", .string) { $0.board.samples.model }
    lane.optionalMember("profile", .string) { $0.profile }
    lane.member("start_time_unix_nano", .nanoseconds) { UnixNanoseconds($0.lane.start) }
    lane.member("step_ns", .exactInteger) { $0.lane.step }
    lane.member("utilization", values) { $0.lane.utilisation }
    lane.member("power_watts", values) { $0.lane.power }
    lane.member("memory_bytes", values) { $0.lane.memory }
    lane.member("sm_clock_hertz", values) { $0.lane.smClock }
    lane.member("throttled", values.described("Which part of each step.")) { $0.lane.throttled }
    lane.member("joules", JSONShape.number.described("Of the trace's time on GPUs, as far as it was measured.")) {
      $0.attribution.joules
    }
    lane.member("idle_joules", JSONShape.number.described("Those of them while no span ran.")) {
      $0.attribution.idleJoules
    }
  }
  .named("GpuLane")

  private static let values = JSONShape<[Double?]>.list(.orNull(.number))
}

/// What `GET /api/v1/traces/{trace_id}/gpu` responds with.
struct GPUTrace: Sendable {
  let id: TraceID
  let trace: AttributedTrace
  let lanes: [AttributedLane]
  let prices: PriceList

  /// Of the time of all spans alone, so that none counts twice.
  private var cost: UsageCost {
    trace.attributed.uses.reduce(UsageCost.none) { sum, use in
      guard let board = use.board else { return sum }
      return sum
        + prices.ownCost(
          of: use.use, at: trace.spans.starts[use.span], on: trace.attributed.boards[board].samples)
    }
  }

  static let shape = JSONShape<GPUTrace>.object { trace in
    trace.member("trace_id", .traceID) { $0.id }
    trace.member("start_time_unix_nano", .nanoseconds) { UnixNanoseconds($0.trace.range.lowerBound) }
    trace.member("end_time_unix_nano", .nanoseconds) { UnixNanoseconds($0.trace.range.upperBound) }
    trace.member("totals", totals) { $0.trace.totals }
    trace.member("currency", .orNull(.string).described("Of the costs; null where there are no prices.")) {
      $0.prices.currency
    }
    trace.member("cost", UsageCost.shape.described("Of all spans, on GPUs that somebody reported.")) { $0.cost }
    trace.member("lanes", .list(AttributedLane.shape)) { $0.lanes }
    trace.member("spans", .list(GPUSpan.shape)) { trace in
      GPUSpan.all(trace.trace.attributed, of: trace.trace.spans, prices: trace.prices)
    }
    trace.member("warnings", JSONShape.list(.string).described("What was left out, and what follows.")) {
      $0.trace.attributed.warnings
    }
  }
  .named("GpuTrace")

  private static let totals = JSONShape<TraceUse>.object { use in
    use.optionalMember("joules", JSONShape.number.described("Of all spans; absent where none is known.")) { $0.joules }
    use.member("occupied_ns", .number) { $0.occupiedNanoseconds }
    use.member("provenance", JSONShape.choice.described("The weakest of the spans' energies.")) { $0.provenance }
    use.member("coverage", .number) { $0.coverage }
    use.member("unavailable", JSONShape.integer.described("How many energies of spans are unavailable.")) {
      $0.unavailableCount
    }
  }
  .named("GpuTraceTotals")
}
