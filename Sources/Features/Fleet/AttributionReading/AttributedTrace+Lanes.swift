package import Attribution
import Feature

/// A GPU, or a part of one, over the time of a trace.
package struct AttributedLane: Sendable {
  package let lane: GPULane
  package let board: AttributedBoard
  /// The index of its resource.
  package let resource: Int

  package var attribution: ResourceAttribution { board.attribution.resources[resource] }
  /// For example `1g.18gb`; nil for a whole board.
  package var profile: String? { board.samples.profiles[lane.id] }
}

extension AttributedTrace {
  /// The tenant's own GPUs that the spans name, within the time of the trace and a twentieth of it, or a second, before and after.
  ///
  /// - Parameter pointCountMax: The most points of a lane.
  package func lanes(pointCountMax: Int) -> [AttributedLane] {
    let margin = max((range.upperBound - range.lowerBound) / 20, 1_000_000_000)
    let time = range.lowerBound - margin..<range.upperBound + margin
    let named = Set(attributed.uses.map(\.gpuID))
    return attributed.boards.filter { !$0.samples.isOfOtherTenant }.flatMap { board in
      GPULane.lanes(of: board.samples.input, in: time, pointCountMax: pointCountMax).enumerated()
        .filter { named.contains($1.id) }
        .map { AttributedLane(lane: $1, board: board, resource: $0) }
    }
  }

  package var totals: TraceUse { TraceUse(attributed.uses, spans) }
}

/// What the spans of a trace did to GPUs, together.
package struct TraceUse: Sendable, Hashable {
  /// Joules of all spans; nil where none is known.
  package private(set) var joules: Double?
  /// The GPUs' time that is theirs, in nanoseconds.
  package private(set) var occupiedNanoseconds = 0.0
  /// The least of those of the spans.
  package private(set) var provenance = Provenance.unavailable
  /// How much of the spans' own time on GPUs has samples of energy, from 0 to 1.
  package private(set) var coverage = 0.0
  /// Spans whose energy is not known.
  package private(set) var unavailableCount = 0

  init(_ uses: [SpanGPUUse], _ spans: KnownSpans) {
    var covered = 0.0
    var order: [Provenance: Int] = [:]
    for (index, provenance) in Provenance.allCases.enumerated() { order[provenance] = index }
    var worst = 0
    for use in uses {
      occupiedNanoseconds += use.use.selfOccupiedNanoseconds
      covered += use.use.selfOccupiedNanoseconds * use.use.energy.coverage
      if let energy = use.use.energy.value {
        joules = (joules ?? 0) + energy.selfJoules
        worst = max(worst, order[use.use.energy.provenance] ?? 0)
      } else if spans.starts[use.span] < spans.ends[use.span] {
        unavailableCount += 1
      }
    }
    if joules != nil { provenance = Provenance.allCases[worst] }
    coverage = occupiedNanoseconds > 0 ? min(1, covered / occupiedNanoseconds) : 0
  }
}
