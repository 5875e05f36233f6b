/// How roll-ups compute the rows of a table.
package enum RollUp: Sendable {
  /// The view `NAME_of_commits` computes them. They hold extremes only: a row that comes again changes nothing.
  case extremes
  /// The view `NAME_of_commits` computes them, and `NAME_of_corrections` what no longer counts. Each commit reaches the
  /// table once.
  case sums
  /// They are added up from those of another table of sums.
  case added(AddedRows)
}

/// Rows that are added up from those of a table that has the same in more detail.
package struct AddedRows: Sendable {
  /// The table of sums that has the detail.
  package let source: String
  private let columns: String
  private let from: @Sendable (_ rows: String) -> String
  private let groupBy: String

  /// - Parameters:
  ///   - columns: the list of the SELECT.
  ///   - from: what it selects from, for a table's name or a subquery that has the source's rows.
  package init(
    from source: String, columns: String, of from: @escaping @Sendable (_ rows: String) -> String = { $0 },
    groupBy: String
  ) {
    self.source = source
    self.columns = columns
    self.from = from
    self.groupBy = groupBy
  }

  /// The statement that adds up rows of the source: a table's name, or a subquery.
  package func select(from rows: String) -> String { "SELECT \(columns) FROM \(from(rows)) GROUP BY \(groupBy)" }
}
