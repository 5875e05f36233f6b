package import Telemetry

/// A table of the store, as the feature that owns it declares it.
///
/// Its statements are in a step of the feature.
///
/// Every table has a column `tenant`, by which each read is filtered.
package struct StoredTable: Sendable {
  /// Where its rows come from.
  package enum Rows: Sendable {
    /// They are inserted; a column that the rows lack is filled as its declaration says.
    case inserted([ColumnDeclaration])
    /// Roll-ups compute them.
    case derived(RollUp, [DerivedColumn])
  }

  /// How long rows are kept.
  package struct Retention: Sendable {
    /// The time of a row, a `DateTime` in SQL.
    package let time: String
    package let period: RetentionPeriod

    package init(_ period: RetentionPeriod, by time: String) {
      self.time = time
      self.period = period
    }
  }

  package let name: String
  package let rows: Rows
  /// The column of the time by whose UTC day the store divides the rows; nil for a table that is not divided.
  package let dayColumn: String?
  /// Nil where rows are few and stay.
  package let retention: Retention?

  /// A table whose rows are inserted.
  package init(_ declaration: TableDeclaration, retention: Retention?) {
    precondition(declaration.columns.contains { $0.name == "tenant" }, "the table \(declaration.name) has no tenant")
    name = declaration.name
    rows = .inserted(declaration.columns)
    dayColumn = declaration.dayColumn
    self.retention = retention
  }

  /// A table whose rows are computed from those of others.
  package init(_ name: String, _ rollUp: RollUp, retention: Retention?, _ columns: [DerivedColumn]) {
    precondition(columns.contains { $0.name == "tenant" }, "the table \(name) has no tenant")
    self.name = name
    rows = .derived(rollUp, columns)
    dayColumn = nil
    self.retention = retention
  }

  /// Each column with what a value says, in the order of the table.
  package var columns: [DerivedColumn] {
    switch rows {
    case .inserted(let columns): columns.map { DerivedColumn($0.name, $0.meaning) }
    case .derived(_, let columns): columns
    }
  }

  package var rollUp: RollUp? {
    guard case .derived(let rollUp, _) = rows else { return nil }
    return rollUp
  }
}

/// A column that a roll-up computes; its type is in the statement that makes the table.
package struct DerivedColumn: Sendable, Hashable {
  package let name: String
  /// What a value says, in Markdown.
  package let meaning: String

  package init(_ name: String, _ meaning: String) {
    self.name = name
    self.meaning = meaning
  }
}
