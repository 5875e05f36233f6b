extension EnergyCurve {
  /// The energy of each resource of a board, in their order, and the joules of times without any.
  ///
  /// Parts that are there share the board's energy by activity times size where the activity of all of them is known, and some
  /// was active; else by size. Where no part is there, the whole board has it.
  func divided(among resources: [ResourceInput]) -> (curves: [EnergyCurve], unallocatedJoules: Double) {
    guard resources.contains(where: \.isPart) else {
      // More than one whole board is the same board by two names, which does not happen; the first has the energy.
      let curves = resources.indices.map { $0 == 0 ? self : EnergyCurve([]) }
      return (curves, resources.isEmpty ? joules : 0)
    }
    var division = Division(resources)
    for piece in pieces { division.add(piece) }
    return (division.parts.map { EnergyCurve($0) }, division.unallocatedJoules)
  }
}

/// Divides pieces of a board's energy, which come in their order.
private struct Division {
  let resources: [ResourceInput]
  let activities: [StepIntegral]
  /// Where a part comes or goes, ascending.
  let bounds: [Int64]
  let whole: Int?
  var parts: [[EnergyCurve.Piece]]
  var unallocatedJoules = 0.0
  private var bound = 0

  init(_ resources: [ResourceInput]) {
    self.resources = resources
    activities = resources.map { StepIntegral($0.activity) }
    whole = resources.firstIndex { !$0.isPart }
    bounds = Set(resources.filter(\.isPart).flatMap(\.validity).flatMap { [$0.lowerBound, $0.upperBound] }).sorted()
    parts = Array(repeating: [], count: resources.count)
  }

  mutating func add(_ piece: EnergyCurve.Piece) {
    var rest = piece.range
    while bound < bounds.count, bounds[bound] < piece.range.upperBound {
      if bounds[bound] > rest.lowerBound {
        share(piece.clamped(to: rest.lowerBound..<bounds[bound]))
        rest = bounds[bound]..<rest.upperBound
      }
      bound += 1
    }
    share(piece.clamped(to: rest))
  }

  private mutating func share(_ piece: EnergyCurve.Piece?) {
    guard let piece else { return }
    let present = resources.indices.filter { index in
      resources[index].isPart && resources[index].validity.contains { $0.contains(piece.range.lowerBound) }
    }
    guard !present.isEmpty else {
      if let whole { parts[whole].append(piece) } else { unallocatedJoules += piece.joules }
      return
    }
    var division = EnergyDivision.activity
    var weights = present.map { index in
      let window = activities[index].window(piece.range)
      let isKnown = window.covered == piece.range.upperBound - piece.range.lowerBound
      return isKnown ? window.integral * resources[index].size : .nan
    }
    var sum = weights.reduce(0, +)
    if !(sum > 0) {
      division = .size
      weights = present.map { resources[$0].size }
      sum = weights.reduce(0, +)
    }
    for (index, weight) in zip(present, weights) {
      var part = piece
      part.division = division
      part.joules = piece.joules * (weight / sum)
      parts[index].append(part)
    }
  }
}
