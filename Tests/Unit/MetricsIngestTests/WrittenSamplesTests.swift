import Commit
import Synchronization
import Testing

@testable import MetricsIngest

@Suite("Samples written of a request of remote write 2.0")
struct WrittenSamplesTests {
  private final class Reports: Sendable {
    let list = Mutex<[WrittenCounts?]>([])
  }

  private static let outcomes: [(RequestOutcome, WrittenCounts)] = [
    (.accepted, WrittenCounts(samples: 10, exemplars: 2)),
    (.partial(rejected: 3, reason: "old"), WrittenCounts(samples: 7, exemplars: 2)),
    (.partial(rejected: 12, reason: "old"), WrittenCounts(samples: 0, exemplars: 2)),
    (.refused(.notStorable, "no"), WrittenCounts()), (.retry(.full, "later", after: .seconds(1)), WrittenCounts()),
  ]

  @Test("reports once, whichever side comes first", arguments: outcomes.indices, [true, false])
  func joins(index: Int, isCountedFirst: Bool) {
    let reports = Reports()
    let written = WrittenSamples { _, written in reports.list.withLock { $0.append(written) } }
    let (outcome, expected) = Self.outcomes[index]
    if isCountedFirst { written.counted(WrittenCounts(samples: 10, exemplars: 2)) }
    written.completed(outcome)
    written.counted(WrittenCounts(samples: 10, exemplars: 2))
    #expect(written.isReported)
    #expect(reports.list.withLock { $0 } == [expected])
  }

  @Test("waits for the number where samples are kept")
  func waits() {
    let reports = Reports()
    let written = WrittenSamples { _, written in reports.list.withLock { $0.append(written) } }
    written.completed(.accepted)
    #expect(!written.isReported)
    written.counted(WrittenCounts(samples: 4))
    #expect(reports.list.withLock { $0 } == [WrittenCounts(samples: 4)])
  }
}
