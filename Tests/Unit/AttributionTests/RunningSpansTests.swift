import Base
import Testing

@testable import Attribution

/// Goal: the innermost span around another one, and whether any runs within it, are those that a walk over all spans finds; and
/// questions stay quick however deep spans are.
///
/// Method: random trees whose spans start and end in any order; then chains of 50,000 spans.
@Suite struct RunningSpansTests {
  @Test(arguments: 1...60 as ClosedRange<UInt64>) func `questions are as a walk has them`(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let spans = (1...UInt64.random(in: 1...40, using: &random)).map { id in
      span(id, 0, 1, in: Bool.random(using: &random) ? UInt64.random(in: 1...45, using: &random) : nil)
    }
    let nesting = SpanNesting(spans, links: [:])
    var running = RunningSpans(nesting)
    var runs = [Bool](repeating: false, count: spans.count)
    for _ in 0..<200 {
      let changed = Int.random(in: spans.indices, using: &random)
      runs[changed].toggle()
      if runs[changed] { running.start(changed) } else { running.end(changed) }
      for index in spans.indices {
        let outers = outers(of: index, nesting)
        #expect(running.innermost(around: index) == outers.first { runs[$0] })
        let isAny = spans.indices.contains { runs[$0] && self.outers(of: $0, nesting).contains(index) }
        #expect(running.isAnyRunning(within: index) == isAny)
      }
    }
  }

  /// The spans around one, the innermost first.
  private func outers(of span: Int, _ nesting: SpanNesting) -> [Int] {
    Array(sequence(first: span) { nesting.around[$0] }.dropFirst())
  }

  /// Shapes that took a step for each span around each event.
  private enum Shape: CaseIterable {
    /// Each within the one before, all at once.
    case chain
    /// A chain of short spans that have ended, and under it one span after the other.
    case ended
    /// Each within the next by a chain of spans elsewhere.
    case links
  }

  private static let spanCount: UInt64 = 50_000

  @Test(arguments: Shape.allCases) private func `deep spans take what the counter says`(_ shape: Shape) {
    let count = Self.spanCount
    var links: [SpanIdentity: SpanID] = [:]
    let spans: [SpanInterval] =
      switch shape {
      case .chain:
        (1...count).map { span($0, Double($0) * 1e-5, 10 - Double($0) * 1e-5, in: $0 == 1 ? nil : $0 - 1) }
      case .ended:
        (1...count).map { id in
          let isChain = id <= count / 2
          let start = isChain ? 0 : 1 + Double(id - count / 2) * 1e-4
          return span(id, start, start + (isChain ? 1 : 1e-4), in: id == 1 ? nil : min(id - 1, count / 2))
        }
      case .links: (1...count).map { span($0, 0, 10, in: count + $0) }
      }
    if shape == .links {
      for id in count + 1..<3 * count { links[span(id, 0, 0).identity] = SpanID(id + 1) }
      links[span(3 * count, 0, 0).identity] = SpanID(1)
    }
    var board = BoardInput()
    board.energy = counter(Array(repeating: 100, count: 10))
    board.resources = [ResourceInput(id: "GPU-1")]
    board.resources[0].spans = spans
    let resource = BoardAttribution(board, in: seconds(0...10), links: links).resources[0]
    let sum = resource.idleJoules + resource.uses.reduce(0) { $0 + ($1.energy.value?.selfJoules ?? 0) }
    #expect(abs(sum - 1_000) < 1e-6)
    if shape == .links {
      // All but the first are within it, beside each other.
      #expect(resource.uses[0].energy.value?.selfJoules == 0)
      #expect(abs((resource.uses[0].energy.value?.joules ?? 0) - 1_000) < 1e-6)
    }
  }
}
