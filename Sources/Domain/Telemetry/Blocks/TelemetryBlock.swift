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

/// Rows that arrive in requests and are committed in groups.
package protocol ArrivingRows: TelemetryBlock {
  /// What the rows point to.
  associatedtype References: ReferenceRows
}

/// The blocks of rows that rows of one kind point to.
package protocol ReferenceRows: Sendable {
  init()
  /// The order in which they are stored.
  var blocks: [any ReferenceBlock] { get }
}

/// Of rows that point to nothing.
package struct NoReferences: ReferenceRows {
  package init() {}
  package var blocks: [any ReferenceBlock] { [] }
}

/// What spans and log records point to.
package struct TelemetryReferences: ReferenceRows {
  package let resources = ResourceBlock()
  package let scopes = ScopeBlock()

  package init() {}

  package var blocks: [any ReferenceBlock] { [resources, scopes] }
}

extension SpanBlock: ArrivingRows { package typealias References = TelemetryReferences }
extension LogBlock: ArrivingRows { package typealias References = TelemetryReferences }

/// The rows of one kind together with what they point to.
///
/// What is pointed to has a row here if any row of this batch points to it; the store inserts what it does not know yet in
/// the same commit, before the rows.
package final class SignalBatch<Rows: ArrivingRows>: Sendable {
  package let rows = Rows()
  package let references = Rows.References()

  package init() {}

  package var rowCount: Int { rows.rowCount }
  package var isEmpty: Bool { rows.rowCount == 0 }

  private var blocks: [ColumnBlock] { [rows.columns] + references.blocks.map(\.columns) }

  /// Bytes of memory that the rows use.
  package var usedBytes: Int { blocks.reduce(0) { $0 + $1.usedBytes } }

  /// The largest offset that an Arrow buffer of a column would have to hold; beyond 31 bits none can be exported.
  package var offsetMax: Int { blocks.reduce(0) { max($0, $1.offsetMax) } }

  package func removeAll() {
    rows.removeAll()
    for block in references.blocks { block.removeAll() }
  }

  /// Writes where the batch stands into marks that the caller reuses.
  package func mark(into marks: inout SignalBatchMarks) {
    rows.columns.mark(into: &marks.rows)
    let blocks = references.blocks
    if marks.references.count != blocks.count { marks.references = Array(repeating: [], count: blocks.count) }
    for (index, block) in blocks.enumerated() { block.columns.mark(into: &marks.references[index]) }
  }

  package func rollback(to marks: SignalBatchMarks) {
    rows.rollback(to: marks.rows)
    for (block, marks) in zip(references.blocks, marks.references) { block.rollback(to: marks) }
  }
}

extension SignalBatch where Rows.References == TelemetryReferences {
  package var resources: ResourceBlock { references.resources }
  package var scopes: ScopeBlock { references.scopes }
}

/// A point to which a batch can go back.
package struct SignalBatchMarks: Sendable {
  var rows: [ColumnMark] = []
  var references: [[ColumnMark]] = []

  package init() {}
}

package typealias SpanBatch = SignalBatch<SpanBlock>
package typealias LogBatch = SignalBatch<LogBlock>
