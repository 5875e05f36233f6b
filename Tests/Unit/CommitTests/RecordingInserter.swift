import Columns
import Engine
import Synchronization
import TestSupport
import Testing

/// An engine in memory that counts rows by table, and fails or holds back as it is told.
final class RecordingInserter: BlockInserter {
  struct State {
    var rows: [String: Int] = [:]
    var inserts: [String: Int] = [:]
    /// Inserts asked for, refused ones too.
    var asked: [String: Int] = [:]
    /// What the next inserts of several spans come to.
    var failures: [EngineError] = []
    var order: [String] = []
    /// Rows of spans stored, by batch id.
    var batches: [UInt64: Int] = [:]
    /// Refuses spans of these batches, and resources of these ids.
    var refusedBatches: Set<UInt64> = []
    var refusedResources: Set<UInt64> = []
    var refusalCode = 53
    var refusalMessage = "type mismatch"
    var isHeld = false
    /// Calls that came in, held ones too.
    var callCount = 0
  }

  let state = Mutex(State())

  func insert(_ block: ColumnBlock, into table: String) throws(EngineError) {
    state.withLock { $0.callCount += 1 }
    eventually { !state.withLock { $0.isHeld } }
    let failure = state.withLock { state -> EngineError? in
      state.asked[table, default: 0] += 1
      if table == "spans", block.rowCount > 1, !state.failures.isEmpty { return state.failures.removeFirst() }
      let ids = table == "spans" ? Self.ids(block, "batch_id") : []
      let resources = table == "resources" ? Self.ids(block, "resource_id") : []
      guard state.refusedBatches.isDisjoint(with: ids), state.refusedResources.isDisjoint(with: resources) else {
        return EngineError(clickHouse: state.refusalCode, message: state.refusalMessage)
      }
      for id in ids { state.batches[id, default: 0] += 1 }
      state.rows[table, default: 0] += block.rowCount
      state.inserts[table, default: 0] += 1
      state.order.append(table)
      return nil
    }
    if let failure { throw failure }
  }

  private static func ids(_ block: ColumnBlock, _ name: String) -> [UInt64] {
    guard let column = block[name] as? FixedColumn<UInt64> else { return [] }
    return (0..<column.rowCount).map { column[$0] }
  }
}

/// Counts rows that were passed on as stored, by batch id.
final class NotedRows: Sendable {
  private let rows = Mutex<[UInt64: Int]>([:])

  var counts: [UInt64: Int] { rows.withLock { $0 } }

  func add(_ block: ColumnBlock, _ range: Range<Int>) {
    guard let ids = block["batch_id"] as? FixedColumn<UInt64> else { return }
    rows.withLock { rows in for row in range { rows[ids[row], default: 0] += 1 } }
  }
}
