import Base

/// The tables that are derived from one source, in the order in which roll-ups fill them.
package struct RollUpPlan: Sendable {
  package let source: RollUpSource
  package private(set) var extremes: [String] = []
  /// The tables that each commit reaches exactly once, in the order of their declaration: each after the one whose rows it
  /// adds up.
  package private(set) var sums: [String] = []
  /// Those of them whose rows are added up from another one's.
  private var added: [String: AddedRows] = [:]
  /// How long the rows of each table are kept; tables that keep them for good are not here.
  private var periods: [String: RetentionPeriod] = [:]

  fileprivate init(_ source: RollUpSource) { self.source = source }

  /// One plan for each source of the tables.
  package static func all(of tables: [StoredTable]) -> [RollUpPlan] {
    var plans: [RollUpPlan] = []
    for table in tables {
      switch table.rollUp {
      case nil: break
      case .extremes(let source): plans.withPlan(of: source) { $0.extremes.append(table.name) }
      case .sums(let source): plans.withPlan(of: source) { $0.append(table) }
      case .added(let rows):
        guard let index = plans.firstIndex(where: { $0.sums.contains(rows.source) }) else {
          preconditionFailure("\(table.name) adds up \(rows.source), which is not a table of sums declared before it")
        }
        plans[index].append(table)
        plans[index].added[table.name] = rows
      }
    }
    for plan in plans {
      let source = plan.source.table
      precondition(!plan.sums.isEmpty, "no table of sums says how far \(source) is rolled up")
      precondition(tables.contains { $0.name == source && $0.rollUp == nil }, "\(source) is not an inserted table")
    }
    return plans
  }

  private mutating func append(_ table: StoredTable) {
    sums.append(table.name)
    periods[table.name] = table.retention?.period
  }

  /// How long the rows of a table are kept; nil for ever.
  package func retention(of table: String, by policy: RetentionPolicy) -> Duration? {
    guard let period = periods[table], policy[period] != .forever else { return nil }
    return policy[period]
  }

  /// The table whose rows a table adds up, and how; nil where its views compute them.
  package func addedRows(of table: String) -> AddedRows? { added[table] }

  /// The statement that computes the rows of a table from what the commits of the source between two times brought.
  package func rows(of table: String, after: Int64, until: Int64, withCorrections: Bool = false) -> String {
    if let added = added[table] {
      let rows = rows(of: added.source, after: after, until: until, withCorrections: withCorrections)
      return added.select(from: "(\(rows))")
    }
    let suffixes = withCorrections && source.corrections != nil ? ["commits", "corrections"] : ["commits"]
    return suffixes.map { "SELECT * FROM \(table)_of_\($0)(after = \(after), until = \(until))" }
      .joined(separator: " UNION ALL ")
  }
}

extension [RollUpPlan] {
  fileprivate mutating func withPlan(of source: RollUpSource, _ body: (inout RollUpPlan) -> Void) {
    let index = firstIndex { $0.source.name == source.name } ?? count
    if index == count { append(RollUpPlan(source)) }
    body(&self[index])
  }
}
