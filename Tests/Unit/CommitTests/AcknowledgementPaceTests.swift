import System
import Testing

@testable import Commit

/// Goal: held requests are acknowledged about as fast as the engine stores rows, and not at all when too much waits.
@Suite struct AcknowledgementPaceTests {
  /// Of an engine that stores a byte a nanosecond.
  private static var known: AcknowledgementPace {
    var pace = AcknowledgementPace(backlogBytesMax: 1_000)
    for _ in 0..<200 { pace.noteCommit(byteCount: 1_000, duration: .nanoseconds(1_000)) }
    return pace
  }

  @Test(arguments: [(0, 2.0), (500, 1.5), (1_000, 1), (1_500, 0.5), (2_000, 0), (1 << 40, 0), (-1, 2)])
  func `the pace falls with what waits`(queuedBytes: Int, rate: Double) {
    #expect(abs(Self.known.rate(queuedBytes: queuedBytes) - rate) < 1e-9)
  }

  @Test func `only a telling commit changes the pace of the beginning`() {
    var pace = AcknowledgementPace(backlogBytesMax: 1_000)
    pace.noteCommit(byteCount: 100, duration: .nanoseconds(1))
    pace.noteCommit(byteCount: 0, duration: .zero)
    #expect(abs(pace.rate(queuedBytes: 1_000) - 0.016) < 1e-9)
    pace.noteCommit(byteCount: 1_000_000, duration: .nanoseconds(1_000_000))
    #expect(pace.rate(queuedBytes: 1_000) > 0.5)
  }

  @Test func `without room for a backlog nothing is due`() {
    var pace = AcknowledgementPace(backlogBytesMax: 0)
    pace.noteCommit(byteCount: 1_000, duration: .nanoseconds(1))
    pace.begin(now: Instant(nanoseconds: 0))
    let isDue = pace.take(0, queuedBytes: 1, now: Instant(nanoseconds: 1 << 40))
    #expect(!isDue)
  }

  @Test func `later commits count more than earlier ones, and larger ones more than smaller`() {
    var pace = Self.known
    for _ in 0..<20 { pace.noteCommit(byteCount: 1_000, duration: .nanoseconds(4_000)) }
    #expect(abs(pace.rate(queuedBytes: 1_000) - 0.25) < 0.01)
    pace.noteCommit(byteCount: 100_000, duration: .nanoseconds(100_000))
    #expect(pace.rate(queuedBytes: 1_000) > 0.75)
  }

  @Test func `a request is due when the engine has stored as much as it is`() {
    var pace = Self.known
    pace.begin(now: Instant(nanoseconds: 100))
    let steps: [(nanoseconds: Int64, queuedBytes: Int, isDue: Bool)] = [
      (200, 1_000, false), (399, 1_000, false), (410, 1_000, true), (410, 1_000, false),
      // Too much waits.
      (1_000, 2_000, false), (1_250, 1_000, false), (1_310, 1_000, true),
    ]
    for step in steps {
      let isDue = pace.take(300, queuedBytes: step.queuedBytes, now: Instant(nanoseconds: step.nanoseconds))
      #expect(isDue == step.isDue, "\(step)")
    }
  }

  @Test func `a pause is not made up for without end`() {
    var pace = Self.known
    pace.begin(now: Instant(nanoseconds: 0))
    let later = Instant(nanoseconds: 3_600_000_000_000)
    var taken = 0
    while pace.take(999_000, queuedBytes: 1_000, now: later) { taken += 1 }
    #expect(taken == 20, "of 20 ms")
    pace.begin(now: later)
    let isDue = pace.take(1, queuedBytes: 1_000, now: later)
    #expect(!isDue)
  }
}
