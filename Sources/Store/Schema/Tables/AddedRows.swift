/// Rows that are added up from those of a table that has the same in more detail.
package struct AddedRows: Sendable {
  /// A column that merges what the rows of a group hold.
  package enum State: Sendable, Hashable {
    case sum(String)
    case min(String)
    case max(String)
    /// A tuple of a time and two columns that belong to it, of which the earliest counts.
    ///
    /// Rows of a group whose times are equal MUST be equal; by time alone it takes a third of comparing tuples.
    case earliest(String)
    /// The same of the latest.
    case latest(String)
    /// A tuple of keys and their counts, as two arrays.
    case sumMap(String)

    /// The expression of the merged column, of rows `r`.
    fileprivate var expression: String {
      switch self {
      case .sum(let column): "sum(r.\(column)) AS \(column)"
      case .min(let column): "min(r.\(column)) AS \(column)"
      case .max(let column): "max(r.\(column)) AS \(column)"
      case .earliest(let column): Self.byTime("min", "argMin", column)
      case .latest(let column): Self.byTime("max", "argMax", column)
      case .sumMap(let column): "sumMap(r.\(column)) AS \(column)"
      }
    }

    private static func byTime(_ time: String, _ other: String, _ column: String) -> String {
      let others = [2, 3].map { "\(other)(r.\(column).\($0), r.\(column).1)" }.joined(separator: ", ")
      return "(\(time)(r.\(column).1), \(others)) AS \(column)"
    }
  }

  /// Which end of a step its time is.
  package enum StepTime: Sendable, Hashable {
    /// The step begins at its time.
    case start
    /// The step ends at its time, and a row of just this time belongs to it.
    case end
  }

  /// The table that has the detail: one of sums, or one whose rows are added up themselves.
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

  /// The next level: rows of a longer time, with the columns of the level below.
  ///
  /// - Parameters:
  ///   - source: the level below.
  ///   - keys: the columns by which rows are grouped, in the order of the table.
  ///   - time: the one of them that says which time a row is of, a `DateTime` in UTC.
  ///   - seconds: how long that time is; a multiple of the level below.
  ///   - stepTime: which end of the step the time is, in both levels.
  ///   - states: the columns that follow the keys, before the last one, `rolled_until`.
  package static func level(
    above source: String, keys: [String], time: String, seconds: Int, at stepTime: StepTime = .start,
    states: [State]
  ) -> AddedRows {
    precondition(keys.contains(time), "the level above \(source) is not grouped by its time \(time)")
    precondition(seconds > 0, "the level above \(source) has no time")
    let shift = stepTime == .end ? " + \(seconds - 1)" : ""
    let step = "toDateTime(intDiv(toUnixTimestamp(r.\(time))\(shift), \(seconds)) * \(seconds), 'UTC')"
    let expressions = keys.map { $0 == time ? step : "r.\($0)" }
    let merged = (states + [.max("rolled_until")]).map(\.expression)
    return AddedRows(
      from: source, columns: (zip(expressions, keys).map { "\($0) AS \($1)" } + merged).joined(separator: ", "),
      of: { "\($0) AS r" }, groupBy: expressions.joined(separator: ", "))
  }

  /// The statement that adds up rows of the source: a table's name, or a subquery.
  package func select(from rows: String) -> String { "SELECT \(columns) FROM \(from(rows)) GROUP BY \(groupBy)" }
}
