import Columns
import StorePorts
import Synchronization

/// An engine in memory that counts rows by table, and fails or holds back as it is told.
final class RecordingInserter: BlockInserter {
  struct State {
    var rows: [String: Int] = [:]
    var inserts: [String: Int] = [:]
    var failures: [EngineError] = []
    var order: [String] = []
    var isHeld = false
  }

  let state = Mutex(State())

  func insert(_ block: ColumnBlock, into table: String) throws(EngineError) {
    while state.withLock({ $0.isHeld }) { pause() }
    let failure = state.withLock { state -> EngineError? in
      if table == "spans", !state.failures.isEmpty { return state.failures.removeFirst() }
      state.rows[table, default: 0] += block.rowCount
      state.inserts[table, default: 0] += 1
      state.order.append(table)
      return nil
    }
    if let failure { throw failure }
  }
}
