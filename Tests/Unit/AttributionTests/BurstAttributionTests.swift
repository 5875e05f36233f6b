import Testing

@testable import Attribution

/// Goal: samples of a burst make values finer where it ran, and change nothing around it.
@Suite("Attribution of spans in and around a burst")
struct BurstAttributionTests {
  /// Samples each period for two minutes, and each 100 ms from 60 s to 70 s.
  private static func times(period: Int64) -> [Int64] {
    let slow = stride(from: Int64(0), through: 120_000, by: Int(period)).map { $0 }
    let fast = stride(from: Int64(60_000), through: 70_000, by: 100).map { $0 }
    return Set(slow + fast).sorted().map { begin + $0 * 1_000_000 }
  }

  /// 100 W, and 500 W from 65.0 s to 65.5 s.
  private static func joules(_ time: Int64) -> Double {
    let seconds = Double(time - begin) / 1e9
    return 1_000 + 100 * seconds + 400 * min(max(seconds - 65, 0), 0.5)
  }

  private static func board(_ times: [Int64], _ value: (Int64) -> Double, _ spans: [SpanInterval]) -> BoardInput {
    var board = BoardInput()
    board.energy = SampleColumn(times: times, values: times.map(value))
    var resource = ResourceInput(id: "GPU")
    resource.spans = spans
    board.resources = [resource]
    return board
  }

  @Test(arguments: [Int64(1_000), 2_000, 10_000, 20_000])
  func `energy is whole, and exact for short spans in the burst`(period: Int64) {
    let spans = [span(1, 65, 65.5), span(2, 40, 60, trace: 2), span(3, 100, 100.5, trace: 3)]
    let board = Self.board(Self.times(period: period), Self.joules, spans)
    let attribution = BoardAttribution(board, in: seconds(0...120))
    let uses = attribution.resources[0].uses.map(\.energy)
    #expect(abs(attribution.joules - 12_200) < 1e-6)
    #expect(uses.map { ($0.value?.joules ?? 0).rounded() } == [250, 2_000, 50])
    #expect(uses.map(\.coverage) == [1, 1, 1])
    #expect(uses.map(\.provenance) == [.exact, period == 1_000 ? .exact : .estimated, .estimated])
  }

  @Test func `a counter that is renewed once a second stays so in a burst`() {
    // 1,200 J at each whole second and 30 ms: in 100 ms they would be more than any board takes.
    func joules(_ time: Int64) -> Double { Double((time - begin - 30_000_000) / 1_000_000_000) * 1_200 }
    let board = Self.board(Self.times(period: 1_000), joules, [span(1, 62, 66)])
    let use = BoardAttribution(board, in: seconds(0...120)).resources[0].uses[0]
    #expect(abs((use.energy.value?.joules ?? 0) - 4_800) < 1)
    #expect(use.energy.coverage == 1)
    #expect((use.power.value?.max ?? .infinity) < 1_400)
  }

  private static let periods: [(times: [Double], period: Double)] = [
    ([0, 1, 2, 3, 13, 14, 15], 1), ([0, 0.1, 0.2, 0.3, 10, 10.1, 10.2], 0.1),
    ([0, 10, 20, 20.1, 20.2, 20.3, 20.4, 20.5, 30, 40], 10), ([0, 0.1, 0.2], 0.1), ([5], 0), ([], 0),
  ]

  @Test(arguments: periods)
  func `the usual time between samples is that outside of bursts and gaps`(times: [Double], period: Double) {
    let found = StepIntegral.period(times.map { Int64(($0 * 1e9).rounded()) })
    #expect(abs(Double(found) / 1e9 - period) < 1e-6)
  }
}
