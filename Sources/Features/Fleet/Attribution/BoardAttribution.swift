package import Base

/// What the spans on a board did to it: energy, time and what was measured meanwhile.
///
/// Energy is shared so that of each GPU the spans' own joules and the idle ones add up to what the board took, as far as it was
/// measured. docs/adr/0019 says what the numbers mean.
package struct BoardAttribution: Sendable {
  /// In the order of the input.
  package let resources: [ResourceAttribution]
  /// Joules of the board in the time, as far as it has samples.
  package let joules: Double
  /// Those of them of times in which the board was divided and no part was known.
  package let unallocatedJoules: Double

  /// - Parameters:
  ///   - range: The time in question, in nanoseconds since 1970; of spans that reach beyond it the part within counts.
  ///   - links: The parents of spans that are not on the board, by which spans on it may be within each other; see
  ///     ``tracesNeedingLinks(_:)``.
  package init(_ input: BoardInput, in range: Range<Int64>, links: [SpanIdentity: SpanID] = [:]) {
    let board = EnergyCurve(energy: input.energy, power: input.power, in: range)
    let division = board.divided(among: input.resources)
    let power = StepIntegral(input.power, value: EnergyCurve.believable)
    let periods = (energy: StepIntegral.period(input.energy.times), power: power.period)
    resources = zip(input.resources, division.curves).map { resource, curve in
      ResourceShares(
        input, resource, curve, power: resource.isPart ? nil : power,
        period: periods.energy > 0 ? periods.energy : periods.power, range, links
      ).attribution
    }
    joules = board.joules
    unallocatedJoules = division.unallocatedJoules
  }
}

/// The shares of the spans on one resource, and what was measured while they ran.
private struct ResourceShares {
  /// Longest median time between two samples for a value to be exact: 1 s and what a thread is late.
  private static let exactPeriodMax: Int64 = 1_250_000_000
  let board: BoardInput
  let resource: ResourceInput
  let curve: EnergyCurve
  /// Of a whole board.
  let power: StepIntegral?
  let period: Int64
  let range: Range<Int64>
  let isDivided: Bool
  let areSpansCut: Bool
  let hasEnergy: Bool
  let utilisation: StepIntegral
  let memory: StepIntegral
  let smClock: StepIntegral
  let throttling: StepIntegral
  let hasSamples: Bool
  private let links: [SpanIdentity: SpanID]

  init(
    _ board: BoardInput, _ resource: ResourceInput, _ curve: EnergyCurve, power: StepIntegral?, period: Int64,
    _ range: Range<Int64>, _ links: [SpanIdentity: SpanID]
  ) {
    self.board = board
    self.resource = resource
    self.curve = curve
    self.power = power
    self.period = period
    self.range = range
    isDivided = !resource.isPart && board.resources.contains(where: \.isPart)
    areSpansCut = board.areSpansCut
    hasEnergy = !board.energy.isEmpty || !board.power.isEmpty
    utilisation = StepIntegral(resource.utilisation)
    memory = StepIntegral(resource.memory)
    smClock = StepIntegral(resource.smClock)
    throttling = StepIntegral(resource.clockEventReasons, value: ClockEvents.throttling)
    hasSamples =
      hasEnergy
      || [resource.utilisation, resource.memory, resource.smClock, resource.clockEventReasons].contains { !$0.isEmpty }
    self.links = links
  }

  var attribution: ResourceAttribution {
    let spans = resource.spans
    let times = spans.map { ($0.start..<max($0.start, $0.end)).clamped(to: range) }
    let nesting = SpanNesting(spans, links: links)
    let sweep = ShareSweep(spans, times: times, nesting, curve: curve, range: range)
    var joules = sweep.selfJoules
    var occupied = sweep.selfNanoseconds
    var isShared = sweep.isShared
    for index in nesting.outerFirst.reversed() {
      guard let outer = nesting.around[index] else { continue }
      joules[outer] += joules[index]
      occupied[outer] += occupied[index]
      if isShared[index] { isShared[outer] = true }
    }
    var attribution = ResourceAttribution(
      id: resource.id, uses: [], idleJoules: sweep.idleJoules, joules: curve.joules, coveredNanoseconds: curve.covered,
      occupiedNanoseconds: sweep.occupiedNanoseconds)
    attribution.uses = spans.indices.prefix(resource.wantedCount ?? spans.count).map { index in
      guard !times[index].isEmpty else { return SpanUse(unavailable: .noDuration) }
      var use = measured(times[index], isShared: isShared[index])
      use.occupiedNanoseconds = occupied[index]
      use.selfOccupiedNanoseconds = sweep.selfNanoseconds[index]
      use.boardShare = board.share(of: resource, in: times[index])
      use.isShared = isShared[index]
      let window = curve.window(times[index])
      use.energy = energy(
        window, times[index], joules: joules[index], selfJoules: sweep.selfJoules[index], isShared: isShared[index])
      use.power = power(window, times[index], use.energy)
      return use
    }
    return attribution
  }

  private func energy(
    _ window: EnergyCurve.Window, _ time: Range<Int64>, joules: Double, selfJoules: Double, isShared: Bool
  ) -> Attributed<EnergyUse> {
    let duration = time.upperBound - time.lowerBound
    guard window.covered > 0 else {
      return .init(unavailable: isDivided ? .divided : hasEnergy ? .noSamples : reason(isMeasured: false))
    }
    let isEstimated =
      !window.isCounted || window.division == .size || window.covered < duration || duration < window.edge
      || isSlow(period, window.longest) || areSpansCut
    return Attributed(
      EnergyUse(joules: joules, selfJoules: selfJoules, division: window.division, isCounted: window.isCounted),
      isEstimated ? .estimated : isShared || window.division == .activity ? .shared : .exact,
      coverage: Double(window.covered) / Double(duration))
  }

  private func power(
    _ window: EnergyCurve.Window, _ time: Range<Int64>, _ energy: Attributed<EnergyUse>
  ) -> Attributed<GaugeUse> {
    guard window.covered > 0 else { return .init(unavailable: energy.reason ?? .noSamples) }
    let measured = power.map { $0.window(time).maximum } ?? -.infinity
    let mean = window.joules / StepIntegral.seconds(window.covered)
    return Attributed(
      GaugeUse(mean: mean, max: measured.isFinite ? max(measured, mean) : window.wattsMax), energy.provenance,
      coverage: energy.coverage)
  }

  private func measured(_ time: Range<Int64>, isShared: Bool) -> SpanUse {
    var use = SpanUse(unavailable: .noSamples)
    let working = window(utilisation, time, isShared: isShared)
    use.utilisation = gauge(working)
    use.busyNanoseconds = total(working)
    use.memory = gauge(window(memory, time, isShared: isShared))
    use.smClock = gauge(window(smClock, time, isShared: isShared))
    use.throttledNanoseconds = total(window(throttling, time, isShared: isShared))
    return use
  }

  private func window(
    _ samples: StepIntegral, _ time: Range<Int64>, isShared: Bool
  ) -> Attributed<StepIntegralUse> {
    let window = samples.window(time)
    let duration = time.upperBound - time.lowerBound
    guard window.covered > 0 else { return .init(unavailable: reason(isMeasured: !samples.times.isEmpty)) }
    let isEstimated =
      window.covered < duration || duration < window.edge
      || isSlow(samples.period, window.longest)
    return Attributed(
      StepIntegralUse(
        seconds: StepIntegral.seconds(window.covered), integral: window.integral, maximum: window.maximum),
      isEstimated ? .estimated : isShared ? .shared : .exact, coverage: Double(window.covered) / Double(duration))
  }

  /// Whether samples are too far apart to be exact; in a burst they are not, however far apart they are else.
  private func isSlow(_ period: Int64, _ longest: Double) -> Bool {
    period > Self.exactPeriodMax && longest > Double(Self.exactPeriodMax)
  }

  private func reason(isMeasured: Bool) -> UnavailableReason {
    guard resource.isKnown else { return .unknownGPU }
    return hasSamples && !isMeasured ? .notMeasured : .noSamples
  }

  private func gauge(_ use: Attributed<StepIntegralUse>) -> Attributed<GaugeUse> {
    use.map { GaugeUse(mean: min($0.integral / $0.seconds, $0.maximum), max: $0.maximum) }
  }

  private func total(_ use: Attributed<StepIntegralUse>) -> Attributed<Double> { use.map { $0.integral * 1e9 } }
}

private struct StepIntegralUse: Sendable, Hashable {
  let seconds: Double
  let integral: Double
  let maximum: Double
}

extension Attributed {
  fileprivate func map<Other>(_ transform: (Value) -> Other) -> Attributed<Other> {
    guard let value else { return .init(unavailable: reason ?? .noSamples) }
    return Attributed<Other>(transform(value), provenance, coverage: coverage)
  }
}
