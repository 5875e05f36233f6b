import Base
import EmbeddedEngine
import Engine
import EngineTestSupport
import System
import Telemetry
import TestSupport
import Testing

@testable import Derivation

@Suite struct RollupThreadTests {
  @Test func `the thread derives what an earlier process left, and ends when it is stopped`() async throws {
    let store = try EngineFixture.store()
    let spans = SpanBlock()
    SpanRows.append(to: spans, count: 3)
    try store.insert(spans.columns, into: "spans")
    let thread = RollupThread(store.rollups, logger: .disabled)
    try thread.start()
    await eventually { !store.derivedTables.hasNewerCommits }
    thread.stop()
    #expect(!store.rollups.demand.waitForTurn())
  }

  private static func demand(ageMax: Duration = .seconds(3_600)) -> RollupDemand {
    var schedule = RollupSchedule()
    schedule.intervalMin = .zero
    schedule.rowsMax = 10
    schedule.ageMax = ageMax
    return RollupDemand(schedule)
  }

  @Test(.timeLimit(.minutes(1)))
  func `many rows, old ones, a question or a failure make a roll-up due`() {
    let demand = Self.demand()
    demand.added(rowCount: 4)
    demand.added(rowCount: 6)
    #expect(demand.waitForTurn())
    demand.added(rowCount: 1)
    demand.asked()
    #expect(demand.waitForTurn())
    demand.rolled(failed: true)
    #expect(demand.waitForTurn(), "what the failed one left is due, also when nothing comes")
    let impatient = Self.demand(ageMax: .zero)
    impatient.added(rowCount: 1)
    #expect(impatient.waitForTurn())
  }

  @Test(.timeLimit(.minutes(1)))
  func `a time that is due wakes the thread without rows, and the earliest counts`() {
    let demand = Self.demand()
    let later = Instant.now + .seconds(3_600)
    demand.due(at: .now)
    demand.due(at: later)
    #expect(demand.waitForTurn())
    demand.due(at: .now)
    demand.rolled(failed: false, nextAt: later)
    #expect(demand.waitForTurn(), "what came due during a roll-up is not forgotten")
  }

  @Test(.timeLimit(.minutes(1)))
  func `a stop ends the wait`() {
    let demand = Self.demand()
    demand.stop()
    #expect(!demand.waitForTurn())
  }
}
