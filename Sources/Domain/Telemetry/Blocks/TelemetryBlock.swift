package import Columns

/// Rows of one table of telemetry, filled by a decoder and exported by a store.
///
/// A block has one owner at a time: the event loop that fills it, then the writer that inserts it.
package protocol TelemetryBlock: AnyObject, Sendable {
  init()

  /// The table of the rows.
  static var table: BlockTable<Self> { get }

  /// The columns, in the order of the table; `init` sets them.
  var listed: SetOnce<ColumnBlock> { get }

  /// Drops all rows; memory up to a bound stays for the next ones.
  func removeAll()

  /// Goes back to marks that `columns.mark(into:)` took earlier.
  func rollback(to marks: [ColumnMark])
}

extension TelemetryBlock {
  /// The columns, in the order of the table.
  package var columns: ColumnBlock { listed.value }
  package var rowCount: Int { columns.rowCount }
  package func removeAll() { columns.removeAll() }
  package func rollback(to marks: [ColumnMark]) { columns.rollback(to: marks) }
}

/// The rows of one signal together with the resources and scopes that they point to.
///
/// A resource or scope has a row here if any row of this batch points to it; the store inserts those that it does
/// not know yet in the same commit, before the rows.
package final class SignalBatch<Rows: TelemetryBlock>: Sendable {
  package let rows = Rows()
  package let resources = ResourceBlock()
  package let scopes = ScopeBlock()

  package init() {}

  package var rowCount: Int { rows.rowCount }
  package var isEmpty: Bool { rows.rowCount == 0 }

  /// Bytes of memory that the rows use.
  package var usedBytes: Int {
    rows.columns.usedBytes + resources.columns.usedBytes + scopes.columns.usedBytes
  }

  /// The largest offset that an Arrow buffer of a column would have to hold; beyond 31 bits none can be exported.
  package var offsetMax: Int {
    max(rows.columns.offsetMax, resources.columns.offsetMax, scopes.columns.offsetMax)
  }

  package func removeAll() {
    rows.removeAll()
    resources.removeAll()
    scopes.removeAll()
  }

  /// Writes where the batch stands into marks that the caller reuses.
  package func mark(into marks: inout SignalBatchMarks) {
    rows.columns.mark(into: &marks.rows)
    resources.columns.mark(into: &marks.resources)
    scopes.columns.mark(into: &marks.scopes)
  }

  package func rollback(to marks: SignalBatchMarks) {
    rows.rollback(to: marks.rows)
    resources.rollback(to: marks.resources)
    scopes.rollback(to: marks.scopes)
  }
}

/// A point to which a batch can go back.
package struct SignalBatchMarks: Sendable {
  var rows: [ColumnMark] = []
  var resources: [ColumnMark] = []
  var scopes: [ColumnMark] = []

  package init() {}
}

package typealias SpanBatch = SignalBatch<SpanBlock>
package typealias MetricBatch = SignalBatch<MetricBlock>
package typealias LogBatch = SignalBatch<LogBlock>
