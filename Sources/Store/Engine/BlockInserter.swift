package import Columns

/// The port through which blocks of rows reach the engine.
package protocol BlockInserter: Sendable {
  /// Stores the rows of a block; on return they survive the end of the process.
  ///
  /// Columns are bound to the table's by name. The block belongs to the caller, who MUST leave it unchanged during the
  /// call. After an error some of the rows MAY be stored.
  func insert(_ block: ColumnBlock, into table: String) throws(EngineError)
}
