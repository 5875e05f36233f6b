import Base
import Testing

@testable import Attribution

@Suite("Attribution of a board to spans")
struct BoardAttributionTests {
  /// A board of 100 W for ten seconds.
  private func board(_ spans: SpanInterval..., seconds: Int = 10) -> BoardInput {
    var board = BoardInput()
    board.energy = counter(Array(repeating: 100, count: seconds))
    var resource = ResourceInput(id: "GPU")
    resource.spans = spans
    board.resources = [resource]
    return board
  }

  private func uses(_ board: BoardInput, _ range: ClosedRange<Double> = 0...10) -> [SpanUse] {
    BoardAttribution(board, in: seconds(range)).resources[0].uses
  }

  private struct Shares: CustomTestStringConvertible {
    let name: String
    let spans: [SpanInterval]
    /// With spans within them, and alone.
    let joules: [Double]
    let own: [Double]
    let provenances: [Provenance]
    var testDescription: String { name }
  }

  private static let shares: [Shares] = [
    Shares(name: "alone", spans: [span(1, 2, 5)], joules: [300], own: [300], provenances: [.exact]),
    Shares(
      name: "one after another", spans: [span(1, 2, 5), span(2, 5, 6)], joules: [300, 100], own: [300, 100],
      provenances: [.exact, .exact]),
    Shares(
      name: "beside each other", spans: [span(1, 2, 6), span(2, 4, 8, trace: 2)], joules: [300, 300], own: [300, 300],
      provenances: [.shared, .shared]),
    Shares(
      name: "by tokens per second", spans: [span(1, 2, 4, tokens: 300), span(2, 2, 4, tokens: 100)], joules: [150, 50],
      own: [150, 50], provenances: [.shared, .shared]),
    Shares(
      name: "by time where tokens of one are unknown", spans: [span(1, 2, 4, tokens: 300), span(2, 2, 4)],
      joules: [100, 100], own: [100, 100], provenances: [.shared, .shared]),
    Shares(
      name: "by time where all have no tokens", spans: [span(1, 2, 4, tokens: 0), span(2, 2, 4, tokens: 0)],
      joules: [100, 100], own: [100, 100], provenances: [.shared, .shared]),
    Shares(
      name: "within each other", spans: [span(1, 1, 9), span(2, 2, 6, in: 1), span(3, 3, 5, in: 2)],
      joules: [800, 400, 200], own: [400, 200, 200], provenances: [.exact, .exact, .exact]),
    Shares(
      name: "two within one", spans: [span(1, 1, 9), span(2, 2, 6, in: 1), span(3, 4, 8, in: 1)],
      joules: [800, 300, 300], own: [200, 300, 300], provenances: [.shared, .shared, .shared]),
    Shares(
      name: "within one that has ended", spans: [span(1, 1, 3), span(2, 2, 6, in: 1)], joules: [500, 400],
      own: [100, 400], provenances: [.exact, .exact]),
    Shares(
      name: "around each other", spans: [span(1, 1, 3, in: 2), span(2, 2, 4, in: 1)], joules: [300, 200],
      own: [100, 200], provenances: [.exact, .exact]),
    Shares(
      name: "the same id in two traces", spans: [span(1, 2, 4), span(2, 2, 4, in: 1, trace: 2)], joules: [100, 100],
      own: [100, 100], provenances: [.shared, .shared]),
    Shares(
      name: "shorter than a period", spans: [span(1, 2.2, 2.7)], joules: [50], own: [50], provenances: [.estimated]),
  ]

  @Test(arguments: shares)
  private func `energy goes to the innermost spans`(_ shares: Shares) {
    var board = board()
    board.resources[0].spans = shares.spans
    let energies = uses(board).compactMap(\.energy.value)
    #expect(energies.map { $0.joules.rounded() } == shares.joules)
    #expect(energies.map { $0.selfJoules.rounded() } == shares.own)
    #expect(uses(board).map(\.energy.provenance) == shares.provenances)
  }

  @Test func `a span elsewhere between two joins them`() {
    let board = board(span(1, 1, 9), span(3, 3, 5, in: 2))
    let links = [span(2, 2, 6, in: 1).identity: span(1, 0, 0).spanID]
    let joined = BoardAttribution(board, in: seconds(0...10), links: links).resources[0].uses
    #expect(joined.compactMap(\.energy.value?.selfJoules).map { $0.rounded() } == [600, 200])
    #expect(uses(board).compactMap(\.energy.value?.selfJoules).map { $0.rounded() } == [700, 100])
    #expect(BoardAttribution.tracesNeedingLinks(board.resources[0].spans)[.default]?.count == 1)
    #expect(BoardAttribution.tracesNeedingLinks([span(1, 1, 9), span(3, 3, 5, in: 1)]).isEmpty)
    #expect(BoardAttribution.tracesNeedingLinks([span(1, 1, 3), span(3, 3, 5, in: 2)]).isEmpty)
  }

  @Test func `idle energy is apart`() {
    let attribution = BoardAttribution(board(span(1, 2, 5)), in: seconds(0...10))
    #expect(attribution.joules == 1_000)
    #expect(attribution.resources[0].idleJoules == 700)
    #expect(attribution.resources[0].coveredNanoseconds == 10 * second)
    #expect(attribution.resources[0].occupiedNanoseconds == Double(3 * second))
  }

  @Test func `of spans that reach beyond the time the part within counts`() {
    let use = uses(board(span(1, -5, 4)), 2...6)[0]
    #expect(use.energy.value?.joules == 200)
    #expect(use.occupiedNanoseconds == Double(2 * second))
  }

  @Test func `a counter that goes back ends an interval, and is no energy`() {
    var board = board(span(1, 1, 7))
    board.energy = column([500, 600, 700, 800, 50, 150, 250, 350])
    let energy = uses(board)[0].energy
    #expect(energy.value?.joules == 500)
    #expect(energy.provenance == .estimated)
    #expect(energy.coverage == 5.0 / 6)
    // Power takes its place where there is some.
    board.power = column(Array(repeating: 90, count: 11))
    let filled = uses(board)[0].energy
    #expect(filled.value?.joules == 590)
    #expect(filled.coverage == 1)
    #expect(filled.value?.isCounted == false)
  }

  @Test(arguments: [1e300, 50_000])
  func `a counter that jumps further than any board takes energy is no energy there`(jump: Double) {
    var board = board(span(1, 1, 7))
    board.energy = column([500, 600, 700, 800 + jump, 900 + jump, 1_000 + jump, 1_100 + jump, 1_200 + jump])
    let energy = uses(board)[0].energy
    #expect(energy.coverage == 5.0 / 6)
    // At 1e300 the counter no longer shows what it grows by.
    #expect(energy.value?.joules == (jump > 1e9 ? 100 : 500))
  }

  @Test(arguments: [-50, 1e300, 20_000])
  func `power that no board has is no power`(watts: Double) {
    var board = board(span(1, 1, 7))
    board.energy = SampleColumn()
    board.power = column([80, 80, 80, watts, 80, 80, 80, 80])
    let use = uses(board)[0]
    #expect(use.energy.value?.joules == 400)
    #expect(use.energy.coverage == 5.0 / 6)
    #expect(use.power.value?.max == 80)
  }

  @Test func `a gap of more than three periods is not covered`() {
    var board = board(span(1, 1, 9))
    board.energy = SampleColumn(
      times: [0, 1, 2, 3, 6, 7, 11, 12].map { begin + $0 * second }, values: [0, 1, 2, 3, 6, 7, 11, 12])
    // Three seconds without a sample are covered, four are not.
    let energy = uses(board)[0].energy
    #expect(energy.coverage == 6.0 / 8)
    #expect(energy.value?.joules == 6)
  }

  @Test func `power alone is an estimate, and a slow counter too`() {
    var board = board(span(1, 2, 5))
    board.energy = SampleColumn()
    board.power = column(Array(repeating: 80, count: 11))
    #expect(uses(board)[0].energy.value?.joules == 240)
    #expect(uses(board)[0].energy.provenance == .estimated)
    board.power = SampleColumn()
    board.energy = column([0, 200, 400, 600], period: 2)
    #expect(uses(board, 0...6)[0].energy.value?.joules == 300)
    #expect(uses(board, 0...6)[0].energy.provenance == .estimated)
  }

  @Test func `shares among spans of which some were not read are estimates`() {
    var board = board(span(1, 2, 5))
    board.areSpansCut = true
    #expect(uses(board)[0].energy.provenance == .estimated)
  }

  private static let unavailable: [(change: @Sendable (inout BoardInput) -> Void, reason: UnavailableReason)] = [
    ({ $0.energy = SampleColumn() }, .noSamples),
    (
      {
        $0.energy = SampleColumn()
        $0.resources[0].isKnown = false
      }, .unknownGPU
    ),
    (
      {
        $0.energy = SampleColumn()
        $0.resources[0].utilisation = column(Array(repeating: 1, count: 11))
      }, .notMeasured
    ),
    ({ $0.energy = counter([100, 100, 100]) }, .noSamples),
    ({ $0.resources[0].spans[0].end = $0.resources[0].spans[0].start }, .noDuration),
    ({ $0.resources.append(ResourceInput(id: "MIG", isPart: true)) }, .divided),
  ]

  @Test(arguments: unavailable.indices)
  func `what is not known has a reason and no number`(_ number: Int) {
    var board = board(span(1, 5, 8))
    Self.unavailable[number].change(&board)
    let energy = uses(board)[0].energy
    #expect(energy.value == nil)
    #expect(energy.provenance == .unavailable)
    #expect(energy.reason == Self.unavailable[number].reason)
    #expect(energy.coverage == 0)
  }

  @Test func `gauges are means over the time with samples`() {
    var board = board(span(1, 2, 6), span(2, 20, 25))
    board.resources[0].utilisation = column([0, 0, 0, 1, 1, 0.5, 0.5, 0, 0, 0, 0])
    board.resources[0].memory = column((0...10).map { Double($0) * 1_000 })
    board.resources[0].smClock = column([Double](repeating: 1_500, count: 11))
    // Power capped; idle, which is not throttled; a bit that means nothing to us.
    board.resources[0].clockEventReasons = column([0, 0, 0, 4, 1, 0x44, 0x100, 0, 0, 0, 0])
    board.power = column([0, 0, 0, 90, 130, 90, 90, 0, 0, 0, 0])
    let use = uses(board)[0]
    #expect(use.utilisation.value == GaugeUse(mean: 0.75, max: 1))
    #expect(use.busyNanoseconds.value == Double(3 * second))
    #expect(use.memory.value == GaugeUse(mean: 4_500, max: 6_000))
    #expect(use.smClock.value == GaugeUse(mean: 1_500, max: 1_500))
    #expect(use.throttledNanoseconds.value == Double(2 * second))
    #expect(use.power.value == GaugeUse(mean: 100, max: 130))
    #expect(uses(board, 0...30)[1].utilisation.reason == .noSamples)
  }
}
