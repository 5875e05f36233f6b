/// Rows of one table: named columns of equal length, in the order of the table.
public struct ColumnBlock: Sendable {
  public struct Named: Sendable {
    public let name: String
    public let column: any Column
  }

  public let columns: [Named]

  /// Makes a block of columns; there MUST be at least one.
  public init(_ columns: KeyValuePairs<String, any Column>) {
    precondition(!columns.isEmpty, "a block without columns")
    self.columns = columns.map { Named(name: $0.key, column: $0.value) }
  }

  /// Makes a block of columns; there MUST be at least one.
  public init(_ columns: [(name: String, column: any Column)]) {
    precondition(!columns.isEmpty, "a block without columns")
    self.columns = columns.map { Named(name: $0.name, column: $0.column) }
  }

  init(_ columns: [Named]) { self.columns = columns }

  /// The same columns and one more, which MUST have as many rows.
  public func adding(_ name: String, _ column: any Column) -> ColumnBlock {
    ColumnBlock(columns + [Named(name: name, column: column)])
  }

  /// Rows that are complete in every column.
  public var rowCount: Int {
    let rowCount = columns[0].column.rowCount
    for named in columns {
      let other = named.column.rowCount
      precondition(other == rowCount, "column \(named.name) has \(other) rows, \(columns[0].name) has \(rowCount)")
    }
    return rowCount
  }

  /// The column of a name, nil if there is none.
  public subscript(name: String) -> (any Column)? { columns.first { $0.name == name }?.column }

  /// Bytes of memory that the rows use.
  public var usedBytes: Int { columns.reduce(0) { $0 + $1.column.usedBytes } }

  /// The largest offset that an Arrow buffer of a column would have to hold.
  public var offsetMax: Int { columns.reduce(0) { max($0, $1.column.offsetMax) } }

  /// Whether every column can be exported: no Arrow offset beyond 31 bits.
  public var isExportable: Bool { offsetMax <= Int(Int32.max) }

  /// Drops all rows; each buffer keeps at most this much memory for the next ones.
  public func removeAll(keepingBytesMax: Int = 8 << 20) {
    for named in columns { named.column.removeAll(keepingBytesMax: keepingBytesMax) }
  }

  /// Drops the rows from `rowCount` on, unfinished ones too.
  public func truncate(toRowCount rowCount: Int) {
    for named in columns { named.column.truncate(toRowCount: rowCount) }
  }

  /// Writes where every column stands into an array that the caller reuses.
  public func mark(into marks: inout [ColumnMark]) {
    marks.removeAll(keepingCapacity: true)
    for named in columns { marks.append(named.column.mark) }
  }

  /// Goes back to marks taken earlier on this block.
  public func rollback(to marks: [ColumnMark]) {
    precondition(marks.count == columns.count, "marks of another block")
    for (named, mark) in zip(columns, marks) { named.column.rollback(to: mark) }
  }
}
