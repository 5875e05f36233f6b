package import Columns

/// The table that a block holds rows of.
package struct BlockTable<Block: AnyObject>: Sendable {
  package let declaration: TableDeclaration
  let columns: [BlockColumn<Block>]

  package init(_ name: String, dayColumn: String? = nil, _ columns: [BlockColumn<Block>]) {
    declaration = TableDeclaration(name, dayColumn: dayColumn, columns.map(\.declaration))
    self.columns = columns
  }
}

/// A column of a table, and where a block has its rows.
package struct BlockColumn<Block: AnyObject>: Sendable {
  let declaration: ColumnDeclaration
  /// Nil for a column that the store fills.
  let rows: (@Sendable (Block) -> any Column)?

  /// A column that the block has.
  package init<Rows: Column>(
    _ name: StaticString, _ type: String, _ rows: any KeyPath<Block, Rows> & Sendable, meaning: String
  ) {
    declaration = ColumnDeclaration(name, type, meaning: meaning)
    self.rows = { $0[keyPath: rows] }
  }

  /// A column that the block has.
  package init(_ name: StaticString, _ type: String, meaning: String, rows: @escaping @Sendable (Block) -> any Column) {
    declaration = ColumnDeclaration(name, type, meaning: meaning)
    self.rows = rows
  }

  /// A column that the store fills.
  package init(_ name: StaticString, _ type: String, filler: ColumnDeclaration.Filler, meaning: String) {
    declaration = ColumnDeclaration(name, type, filler: filler, meaning: meaning)
    rows = nil
  }
}

/// A value of an object that can be computed only once the object has all others, at the end of its `init`.
package final class SetOnce<Value: Sendable>: @unchecked Sendable {  // Set before anyone else has the object.
  private var stored: Value?

  package init() {}

  package var value: Value {
    guard let stored else { preconditionFailure("read before the end of an init") }
    return stored
  }

  package func set(_ value: Value) {
    precondition(stored == nil, "set twice")
    stored = value
  }
}

extension BlockTable {
  /// The columns of a block under the names of its table.
  package func columns(of block: Block) -> ColumnBlock {
    ColumnBlock(columns.compactMap { column in column.rows.map { (column.declaration.name, $0(block)) } })
  }
}
