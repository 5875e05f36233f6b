/// How a value about a span and a GPU came about.
package enum Provenance: String, Sendable, CaseIterable {
  /// The span was alone on the GPU, and was measured as long as it ran.
  case exact
  /// Other spans, or other parts of the board, were there at the same time, and the value is a share or of all of them.
  case shared
  /// Made of samples that are too far apart, or of power instead of the energy counter, or shared by the sizes of parts.
  case estimated
  /// There is no value; ``UnavailableReason`` says why.
  case unavailable
}

/// Why there is no value about a span and a GPU.
package enum UnavailableReason: String, Sendable, CaseIterable, Error {
  /// Nobody reported a GPU, or a part of one, with the id that the span names.
  case unknownGPU = "unknown_gpu"
  /// The GPU is known, but there are no samples of the time.
  case noSamples = "no_samples"
  /// The GPU does not report this quantity.
  case notMeasured = "not_measured"
  /// The span names a board that was divided into parts, so which of them it ran on is not known.
  case divided
  /// The span has no duration.
  case noDuration = "no_duration"
  /// The GPU is another tenant's, and its values say what others do there too.
  case otherTenant = "other_tenant"
}

/// A value with how it came about.
package struct Attributed<Value: Sendable & Hashable>: Sendable, Hashable {
  /// Nil where ``reason`` says why.
  package let value: Value?
  package let provenance: Provenance
  package let reason: UnavailableReason?
  /// Which part of the span's time has samples, from 0 to 1.
  package let coverage: Double

  package init(_ value: Value, _ provenance: Provenance, coverage: Double) {
    self.value = value
    self.provenance = provenance
    reason = nil
    self.coverage = coverage
  }

  package init(unavailable reason: UnavailableReason) {
    value = nil
    provenance = .unavailable
    self.reason = reason
    coverage = 0
  }
}

/// Mean and highest value of a quantity over the part of a span's time that has samples.
package struct GaugeUse: Sendable, Hashable {
  package var mean: Double
  package var max: Double
}

/// The energy of a span on a GPU.
package struct EnergyUse: Sendable, Hashable {
  /// Joules of the span and of the spans within it on the same GPU.
  package var joules: Double
  /// Joules of the span alone: while no span within it ran on the same GPU.
  ///
  /// Those of all spans and the idle energy add up to what the GPU took.
  package var selfJoules: Double
  /// How the board's energy was shared among its parts.
  package var division: EnergyDivision
  /// Whether all is of the energy counter, none of power samples.
  package var isCounted: Bool
}

/// How the energy of a board is shared among its parts.
package enum EnergyDivision: String, Sendable, CaseIterable {
  /// The board is not divided.
  case whole
  /// By the part of the time in which multiprocessors had work, times the size of the part.
  case activity
  /// By the sizes of the parts, at least for some of the time.
  case size
}

/// What a span did on a GPU or on a part of it.
///
/// Values but energy and occupancy are those of the GPU while the span ran, whatever else was there.
package struct SpanUse: Sendable, Hashable {
  package var energy: Attributed<EnergyUse>
  /// The GPU's time that is the span's and of the spans within it: of each moment with several innermost spans a share, in
  /// nanoseconds.
  ///
  /// Needs no samples.
  package var occupiedNanoseconds: Double
  /// The same of the span alone; those of all spans and the idle time add up to the time of the GPU.
  package var selfOccupiedNanoseconds: Double
  /// Which part of a board the GPU was, from 0 to 1; 1 for a whole one.
  package var boardShare: Double
  /// How long the GPU worked while the span ran, in nanoseconds: the utilisation's mean times the time with samples.
  package var busyNanoseconds: Attributed<Double>
  package var utilisation: Attributed<GaugeUse>
  /// Bytes.
  package var memory: Attributed<GaugeUse>
  /// Watts.
  package var power: Attributed<GaugeUse>
  /// Hertz.
  package var smClock: Attributed<GaugeUse>
  /// How long clocks were lowered while the span ran, in nanoseconds.
  package var throttledNanoseconds: Attributed<Double>
  /// Whether at some time other spans, which are not within it nor around it, were on the GPU.
  package var isShared: Bool

  /// A span about whose GPU nothing is known.
  package init(unavailable reason: UnavailableReason) {
    energy = .init(unavailable: reason)
    occupiedNanoseconds = 0
    selfOccupiedNanoseconds = 0
    boardShare = 1
    busyNanoseconds = .init(unavailable: reason)
    utilisation = .init(unavailable: reason)
    memory = .init(unavailable: reason)
    power = .init(unavailable: reason)
    smClock = .init(unavailable: reason)
    throttledNanoseconds = .init(unavailable: reason)
    isShared = false
  }

  /// Without what the whole GPU did while the span ran: only what is the span's own.
  package var ownPart: SpanUse {
    var part = SpanUse(unavailable: .otherTenant)
    part.energy = energy
    part.occupiedNanoseconds = occupiedNanoseconds
    part.selfOccupiedNanoseconds = selfOccupiedNanoseconds
    part.boardShare = boardShare
    part.isShared = isShared
    return part
  }
}

/// What the spans on a GPU, or on a part of it, did there.
package struct ResourceAttribution: Sendable {
  package let id: String
  /// In the order of the input's spans, of those that are wanted.
  package internal(set) var uses: [SpanUse]
  /// Joules while no span ran.
  package internal(set) var idleJoules: Double
  /// Joules of the time in question, as far as it has samples: those of all spans alone, and the idle ones.
  package internal(set) var joules: Double
  /// How much of the time in question has samples of energy, in nanoseconds.
  package internal(set) var coveredNanoseconds: Int64
  /// How long spans ran, in nanoseconds.
  package internal(set) var occupiedNanoseconds: Double
}
