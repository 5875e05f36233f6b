/// Rows of one table: named columns of equal length, in the order of the table.
package struct ColumnBlock: Sendable {
  package struct Named: Sendable {
    package let name: String
    package let column: any Column
  }

  package let columns: [Named]

  /// Makes a block of columns; there MUST be at least one.
  package init(_ columns: KeyValuePairs<String, any Column>) {
    precondition(!columns.isEmpty, "a block without columns")
    self.columns = columns.map { Named(name: $0.key, column: $0.value) }
  }

  /// Rows that are complete in every column.
  package var rowCount: Int {
    let rowCount = columns[0].column.rowCount
    for named in columns {
      let other = named.column.rowCount
      precondition(other == rowCount, "column \(named.name) has \(other) rows, \(columns[0].name) has \(rowCount)")
    }
    return rowCount
  }

  /// The column of a name, nil if there is none.
  package subscript(name: String) -> (any Column)? { columns.first { $0.name == name }?.column }

  /// Bytes of memory that the rows use.
  package var usedBytes: Int { columns.reduce(0) { $0 + $1.column.usedBytes } }

  /// Whether every column can be exported: no Arrow offset beyond 31 bits.
  package var isExportable: Bool { columns.allSatisfy { $0.column.offsetMax <= Int(Int32.max) } }

  /// Drops all rows; each buffer keeps at most this much memory for the next ones.
  package func removeAll(keepingBytesMax: Int = 8 << 20) {
    for named in columns { named.column.removeAll(keepingBytesMax: keepingBytesMax) }
  }

  /// Drops the rows from `rowCount` on, unfinished ones too.
  package func truncate(toRowCount rowCount: Int) {
    for named in columns { named.column.truncate(toRowCount: rowCount) }
  }

  /// Writes where every column stands into an array that the caller reuses.
  package func mark(into marks: inout [ColumnMark]) {
    marks.removeAll(keepingCapacity: true)
    for named in columns { marks.append(named.column.mark) }
  }

  /// Goes back to marks taken earlier on this block.
  package func rollback(to marks: [ColumnMark]) {
    precondition(marks.count == columns.count, "marks of another block")
    for (named, mark) in zip(columns, marks) { named.column.rollback(to: mark) }
  }
}
