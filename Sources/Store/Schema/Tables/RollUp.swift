/// A table whose commits are rolled up.
///
/// The feature that owns it declares it once; the tables that are derived from it name the declaration.
package struct RollUpSource: Sendable {
  /// The columns of a table of sums that counts the rows of the source by minute.
  package struct MinuteColumns: Sendable {
    package let table: String
    /// The beginning of the minute, a `DateTime`.
    package let time: String
    package let count: String

    package init(_ table: String, time: String, count: String) {
      self.table = table
      self.time = time
      self.count = count
    }
  }

  /// What readers ask for the derived tables by: the table's name, unless several sources read one table.
  package let name: String
  /// An inserted table with a column `received_at`, the time of the commit.
  package let table: String
  /// The table whose rows say what of the source no longer counts; nil where all rows count for good.
  package let corrections: String?
  /// What `DerivedTables.density(of:)` is read from; nil where no search asks for it.
  package let minutes: MinuteColumns?
  /// The least time between two roll-ups; nil for what the schedule of all says.
  ///
  /// For tables that are read late: the more rows of a group a roll-up has, the fewer rows are stored and merged.
  package let interval: Duration?

  package init(
    _ table: String, name: String? = nil, corrections: String? = nil, minutes: MinuteColumns? = nil,
    interval: Duration? = nil
  ) {
    self.name = name ?? table
    self.table = table
    self.corrections = corrections
    self.minutes = minutes
    self.interval = interval
  }
}

/// How roll-ups compute the rows of a table.
///
/// A view `NAME_of_commits` with the arguments `after` and `until` computes rows from those of the source whose commits
/// lie between these times. A table of sums has a column `rolled_until`, the `until` of its rows, and is not divided into
/// partitions: its rows move in one step.
package enum RollUp: Sendable {
  /// They hold extremes only: a row that comes again changes nothing.
  case extremes(of: RollUpSource)
  /// Each commit reaches the table once. Where the source has corrections, the view `NAME_of_corrections` takes back what
  /// no longer counts.
  case sums(of: RollUpSource)
  /// They are added up from the new rows of another table of sums, which is declared before this one.
  case added(AddedRows)
}
