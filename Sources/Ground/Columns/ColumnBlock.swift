/// Rows of one table: named columns of equal length, in the order of the table.
public struct ColumnBlock: Sendable {
  /// A column with its name.
  public struct Named: Sendable {
    /// The name of the table's column.
    public let name: String

    /// Its values.
    public let column: any Column
  }

  /// The columns in their order.
  public let columns: [Named]
  /// The columns alone: every request goes through them several times, and names are counted references too.
  private let unnamed: [any Column]

  /// Makes a block of columns; there MUST be at least one.
  public init(_ columns: KeyValuePairs<String, any Column>) {
    self.init(columns.map { Named(name: $0.key, column: $0.value) })
  }

  /// Makes a block of columns; there MUST be at least one.
  public init(_ columns: [(name: String, column: any Column)]) {
    self.init(columns.map { Named(name: $0.name, column: $0.column) })
  }

  init(_ columns: [Named]) {
    precondition(!columns.isEmpty, "a block without columns")
    self.columns = columns
    unnamed = columns.map(\.column)
  }

  /// The same columns and one more, which MUST have as many rows.
  public func adding(_ name: String, _ column: any Column) -> ColumnBlock {
    ColumnBlock(columns + [Named(name: name, column: column)])
  }

  /// Rows that are complete in every column.
  public var rowCount: Int {
    let rowCount = unnamed[0].rowCount
    for (index, column) in unnamed.enumerated() {
      let other = column.rowCount
      precondition(
        other == rowCount, "column \(columns[index].name) has \(other) rows, \(columns[0].name) has \(rowCount)")
    }
    return rowCount
  }

  /// The column of a name, nil if there is none.
  public subscript(name: String) -> (any Column)? { columns.first { $0.name == name }?.column }

  /// Bytes of memory that the rows use.
  public var usedBytes: Int { unnamed.reduce(0) { $0 + $1.usedBytes } }

  /// The largest offset that an Arrow buffer of a column would have to hold.
  public var offsetMax: Int { unnamed.reduce(0) { max($0, $1.offsetMax) } }

  /// Drops all rows; each buffer keeps at most this much memory for the next ones.
  public func removeAll(keepingBytesMax: Int = 8 << 20) {
    for column in unnamed { column.removeAll(keepingBytesMax: keepingBytesMax) }
  }

  /// Drops the rows from `rowCount` on, unfinished ones too.
  public func truncate(toRowCount rowCount: Int) {
    for column in unnamed { column.truncate(toRowCount: rowCount) }
  }

  /// Writes where every column stands into an array that the caller reuses.
  public func mark(into marks: inout [ColumnMark]) {
    marks.removeAll(keepingCapacity: true)
    for column in unnamed { marks.append(column.mark) }
  }

  /// Goes back to marks taken earlier on this block.
  public func rollback(to marks: [ColumnMark]) {
    precondition(marks.count == columns.count, "marks of another block")
    for (column, mark) in zip(unnamed, marks) { column.rollback(to: mark) }
  }
}
