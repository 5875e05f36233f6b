import Testing

@testable import Attribution

@Suite("Attribution of a divided board")
struct DividedBoardTests {
  /// A board of 100 W for ten seconds, with parts of one and of three slices.
  private func board() -> BoardInput {
    var board = BoardInput()
    board.energy = counter(Array(repeating: 100, count: 10))
    var small = ResourceInput(id: "small", isPart: true, size: 1)
    small.spans = [span(1, 0, 10)]
    var large = ResourceInput(id: "large", isPart: true, size: 3)
    large.spans = [span(2, 0, 10)]
    board.resources = [ResourceInput(id: "board"), small, large]
    return board
  }

  private func energies(_ board: BoardInput) -> [Attributed<EnergyUse>] {
    BoardAttribution(board, in: seconds(0...10)).resources.dropFirst().map { $0.uses[0].energy }
  }

  private struct Sharing: CustomTestStringConvertible {
    let name: String
    let activities: (small: Double?, large: Double?)
    let joules: [Double]
    let division: EnergyDivision
    let provenance: Provenance
    var testDescription: String { name }
  }

  private static let sharings: [Sharing] = [
    Sharing(
      name: "by activity times size", activities: (0.9, 0.1), joules: [750, 250], division: .activity,
      provenance: .shared),
    Sharing(
      name: "to the one that works", activities: (0, 0.5), joules: [0, 1_000], division: .activity, provenance: .shared),
    Sharing(
      name: "by size where none works", activities: (0, 0), joules: [250, 750], division: .size, provenance: .estimated),
    Sharing(
      name: "by size where the activity of one is unknown", activities: (0.5, nil), joules: [250, 750], division: .size,
      provenance: .estimated),
    Sharing(name: "by size", activities: (nil, nil), joules: [250, 750], division: .size, provenance: .estimated),
  ]

  @Test(arguments: sharings)
  private func `parts share the energy of the board`(_ sharing: Sharing) {
    var board = board()
    for (index, activity) in [(1, sharing.activities.small), (2, sharing.activities.large)] {
      if let activity { board.resources[index].activity = column(Array(repeating: activity, count: 11)) }
    }
    let energies = energies(board)
    #expect(energies.compactMap { $0.value?.joules.rounded() } == sharing.joules)
    #expect(energies.map { $0.value?.division } == [sharing.division, sharing.division])
    #expect(energies.map(\.provenance) == [sharing.provenance, sharing.provenance])
  }

  @Test func `parts have energy while they are there`() {
    var board = board()
    board.resources[1].validity = [seconds(0...4)]
    board.resources[2].validity = [seconds(2.5...8)]
    let attribution = BoardAttribution(board, in: seconds(0...10))
    // Alone 2.5 s, together 1.5 s, alone 4 s; then the board is whole.
    #expect(attribution.resources.map { $0.joules.rounded() } == [200, 287.5.rounded(), 512.5.rounded()])
    #expect(attribution.unallocatedJoules == 0)
    #expect(attribution.resources[1].uses[0].energy.coverage == 0.4)
    board.resources.removeFirst()
    #expect(BoardAttribution(board, in: seconds(0...10)).unallocatedJoules == 200)
  }

  @Test func `lanes have the share of each part`() {
    var board = board()
    board.resources[1].utilisation = column([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
    let lanes = GPULane.lanes(of: board, in: seconds(-2...10), pointCountMax: 6)
    #expect(lanes.map(\.id) == ["board", "small", "large"])
    #expect(lanes[1].start == seconds(-2...10).lowerBound)
    #expect(lanes[1].step == 2 * second)
    #expect(lanes[1].power == [nil, 25, 25, 25, 25, 25])
    #expect(lanes[1].utilisation == [nil, 0, 0, 0.5, 1, 1])
    #expect(lanes[2].utilisation == Array(repeating: nil, count: 6))
    // There are no more points than samples.
    #expect(GPULane.lanes(of: board, in: seconds(0...10), pointCountMax: 500)[0].power.count == 10)
  }

  @Test func `stretches end where samples are missing`() {
    let samples = SampleColumn(
      times: [0, 1, 2, 9, 10, 11, 12].map { begin + $0 * second }, values: [1, 1, 1, 1, 1, .nan, 1])
    #expect(samples.stretches == [seconds(0...2), seconds(9...10), seconds(11...12)])
  }
}
