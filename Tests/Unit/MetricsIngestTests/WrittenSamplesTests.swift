import Commit
import Synchronization
import Testing

@testable import MetricsIngest

@Suite("Samples written of a request of remote write 2.0")
struct WrittenSamplesTests {
  private final class Reports: Sendable {
    let list = Mutex<[Int?]>([])
  }

  private static let outcomes: [(RequestOutcome, Int)] = [
    (.accepted, 10), (.partial(rejected: 3, reason: "old"), 7), (.partial(rejected: 12, reason: "old"), 0),
    (.refused(.notStorable, "no"), 0), (.retry(.full, "later", after: .seconds(1)), 0),
  ]

  @Test("reports once, whichever side comes first", arguments: outcomes.indices, [true, false])
  func joins(index: Int, isCountedFirst: Bool) {
    let reports = Reports()
    let written = WrittenSamples { _, written in reports.list.withLock { $0.append(written) } }
    let (outcome, expected) = Self.outcomes[index]
    if isCountedFirst { written.counted(10) }
    written.completed(outcome)
    written.counted(10)
    #expect(written.isReported)
    #expect(reports.list.withLock { $0 } == [expected])
  }

  @Test("waits for the number where samples are kept")
  func waits() {
    let reports = Reports()
    let written = WrittenSamples { _, written in reports.list.withLock { $0.append(written) } }
    written.completed(.accepted)
    #expect(!written.isReported)
    written.counted(4)
    #expect(reports.list.withLock { $0 } == [4])
  }
}
