import Columns
import Engine
import Synchronization

/// An engine in memory that fails as a function says, and counts what it stored by batch id.
final class FaultyEngine: BlockInserter {
  struct State {
    var callCount = 0
    var rows: [UInt64: Int] = [:]
    var fault: @Sendable (_ call: Int, _ table: String, _ batches: Set<UInt64>) -> EngineError? = { _, _, _ in nil }
  }

  static let tables: Set = ["spans", "logs"]
  let state = Mutex(State())

  var rows: [UInt64: Int] { state.withLock { $0.rows } }

  func insert(_ block: ColumnBlock, into table: String) throws(EngineError) {
    var ids: [UInt64] = []
    if Self.tables.contains(table), let column = block["batch_id"] as? FixedColumn<UInt64> {
      ids = (0..<column.rowCount).map { column[$0] }
    }
    let failure = state.withLock { state -> EngineError? in
      state.callCount += 1
      if let failure = state.fault(state.callCount, table, Set(ids)) { return failure }
      for id in ids { state.rows[id, default: 0] += 1 }
      return nil
    }
    if let failure { throw failure }
  }
}

extension EngineError {
  static let unavailable = EngineError(.storageFailure, "not enough space")
  static let refused = EngineError(.rejected, "type mismatch")
}
