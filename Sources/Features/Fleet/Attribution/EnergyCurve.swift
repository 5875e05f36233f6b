/// The energy that a board, or a part of it, took over time.
///
/// Where the counter says it, that counts; between, means of power. It is piecewise linear: within a piece the power is the
/// same.
struct EnergyCurve: Sendable {
  struct Piece: Sendable {
    var range: Range<Int64>
    var joules: Double
    var isCounted: Bool
    var division = EnergyDivision.whole

    var watts: Double { joules / StepIntegral.seconds(range.upperBound - range.lowerBound) }

    /// The part of it within a range.
    func clamped(to limits: Range<Int64>) -> Piece? {
      let clamped = range.clamped(to: limits)
      guard !clamped.isEmpty else { return nil }
      guard clamped != range else { return self }
      var part = self
      part.range = clamped
      let width = { (range: Range<Int64>) in Double(range.upperBound - range.lowerBound) }
      part.joules = joules * (width(clamped) / width(range))
      return part
    }
  }

  /// Ascending, none overlaps another.
  private(set) var pieces: [Piece]
  /// Before each piece, and at the end.
  private var joulesBefore: [Double] = [0]
  private var coveredBefore: [Int64] = [0]
  private var uncountedBefore: [Int] = [0]
  private var sizedBefore: [Int] = [0]
  private var sharedBefore: [Int] = [0]
  private let watts: BlockMaxima
  private let widths: BlockMaxima

  init(_ pieces: [Piece]) {
    self.pieces = pieces
    watts = BlockMaxima(pieces.map(\.watts))
    widths = BlockMaxima(pieces.map { Double($0.range.upperBound - $0.range.lowerBound) })
    for piece in pieces {
      joulesBefore.append(joulesBefore[joulesBefore.count - 1] + piece.joules)
      coveredBefore.append(
        coveredBefore[coveredBefore.count - 1] + (piece.range.upperBound - piece.range.lowerBound))
      uncountedBefore.append(uncountedBefore[uncountedBefore.count - 1] + (piece.isCounted ? 0 : 1))
      sizedBefore.append(sizedBefore[sizedBefore.count - 1] + (piece.division == .size ? 1 : 0))
      sharedBefore.append(sharedBefore[sharedBefore.count - 1] + (piece.division == .activity ? 1 : 0))
    }
  }

  /// The energy of a board.
  ///
  /// - Parameters:
  ///   - energy: The counter; an interval in which it goes back, which a new start of the driver causes, or grows faster
  ///     than any board takes energy, is not covered.
  ///   - power: Counts where the counter does not cover; values that no board has cover nothing.
  init(energy: SampleColumn, power: SampleColumn, in range: Range<Int64>) {
    let counted = Self.counted(energy).compactMap { $0.clamped(to: range) }
    let powered = StepIntegral(power, value: Self.believable).pieces.compactMap { piece in
      let joules = piece.value * StepIntegral.seconds(piece.range.upperBound - piece.range.lowerBound)
      return Piece(range: piece.range, joules: joules, isCounted: false).clamped(to: range)
    }
    self.init(Self.filling(counted, with: powered))
  }

  /// Several times what any board takes.
  ///
  /// A sample beyond it is a fault of whoever measured or sent it, and would make every sum with it worthless.
  private static let wattsMax = 10_000.0

  /// The power of a board; no number where no board has it.
  static func believable(_ watts: Double) -> Double { (0...wattsMax).contains(watts) ? watts : .nan }

  private static func counted(_ energy: SampleColumn) -> [Piece] {
    let gapMax = StepIntegral.gapMax(StepIntegral.period(energy.times))
    let renewed = renewed(energy)
    return zip(renewed, renewed.dropFirst()).compactMap { before, index in
      let range = energy.times[before]..<energy.times[index]
      let joules = energy.values[index] - energy.values[before]
      // A comparison with what is not a number is false.
      guard joules >= 0, range.upperBound - range.lowerBound <= gapMax,
        joules <= wattsMax * StepIntegral.seconds(range.upperBound - range.lowerBound)
      else { return nil }
      return Piece(range: range, joules: joules, isCounted: true)
    }
  }

  /// The samples without those that say that the counter has no new value yet.
  ///
  /// A driver may renew it once a second: what is read more often in a burst would be power 0, and then ten times the power.
  private static func renewed(_ energy: SampleColumn) -> [Int] {
    var kept: [Int] = []
    for index in energy.times.indices {
      if let last = kept.last, energy.values[index] == energy.values[last],
        energy.times[index] - energy.times[last] < StepIntegral.periodMin, index + 1 < energy.times.count
      {
        continue
      }
      kept.append(index)
    }
    return kept
  }

  /// Pieces, and what others have between them.
  private static func filling(_ pieces: [Piece], with others: [Piece]) -> [Piece] {
    guard !others.isEmpty else { return pieces }
    var filled: [Piece] = []
    var other = 0
    var end = Int64.min
    func fill(until start: Int64) {
      guard end < start else { return }
      while other < others.count, others[other].range.lowerBound < start {
        if let part = others[other].clamped(to: end..<start) { filled.append(part) }
        // One that reaches beyond may have a part in the next gap too.
        if others[other].range.upperBound > start { return }
        other += 1
      }
    }
    for piece in pieces {
      fill(until: piece.range.lowerBound)
      filled.append(piece)
      end = piece.range.upperBound
      while other < others.count, others[other].range.upperBound <= end { other += 1 }
    }
    fill(until: .max)
    return filled
  }

  var joules: Double { joulesBefore[pieces.count] }
  var covered: Int64 { coveredBefore[pieces.count] }

  /// Joules up to a time.
  func joules(until time: Int64) -> Double {
    let index = firstPiece(endingAfter: time)
    guard index < pieces.count, pieces[index].range.lowerBound < time else { return joulesBefore[index] }
    let piece = pieces[index]
    let part = Double(time - piece.range.lowerBound) / Double(piece.range.upperBound - piece.range.lowerBound)
    return joulesBefore[index] + piece.joules * part
  }

  private func firstPiece(endingAfter time: Int64) -> Int {
    var (low, high) = (0, pieces.count)
    while low < high {
      let middle = (low + high) / 2
      if pieces[middle].range.upperBound > time { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// What is known of a time.
  struct Window {
    var covered: Int64 = 0
    var joules = 0.0
    var wattsMax = 0.0
    var isCounted = true
    var division = EnergyDivision.whole
    /// The longer of the pieces in which it begins and ends, in nanoseconds.
    var edge: Int64 = 0
    /// The longest of all its pieces, in nanoseconds.
    var longest = 0.0
  }

  func window(_ range: Range<Int64>) -> Window {
    var window = Window()
    let first = firstPiece(endingAfter: range.lowerBound)
    // Behind the last piece that begins before the end.
    var last = firstPiece(endingAfter: range.upperBound - 1)
    if last < pieces.count, pieces[last].range.lowerBound < range.upperBound { last += 1 }
    guard first < last else { return window }
    window.covered = coveredBefore[last] - coveredBefore[first]
    window.covered -= max(0, range.lowerBound - pieces[first].range.lowerBound)
    window.covered -= max(0, pieces[last - 1].range.upperBound - range.upperBound)
    window.joules = max(0, joules(until: range.upperBound) - joules(until: range.lowerBound))
    window.longest = widths.maximum(first...last - 1)
    window.wattsMax = watts.maximum(first...last - 1)
    window.isCounted = uncountedBefore[last] == uncountedBefore[first]
    window.division =
      sizedBefore[last] > sizedBefore[first]
      ? .size : sharedBefore[last] > sharedBefore[first] ? .activity : .whole
    for index in [first, last - 1] {
      window.edge = max(window.edge, pieces[index].range.upperBound - pieces[index].range.lowerBound)
    }
    return window
  }
}
