package import Base
package import Engine

/// A SELECT over the rows of one tenant.
///
/// The only sources are ``SQLTable``s and other selects, and the tenant's condition is added when the statement is
/// rendered. So there is no way to write a query that reads the rows of another tenant.
package struct Select: Hashable, Sendable {
  package indirect enum Source: Hashable, Sendable {
    case table(SQLTable)
    /// The rows of a derived table that its view computes from the commits which the table lacks.
    case commits(of: SQLTable)
    /// The rows that take back what spans counted for which newer commits found not to count.
    case corrections(of: SQLTable)
    /// Of a table whose rows replace each other by its sort key, those that no other one replaced or deleted.
    case latest(of: SQLTable)
    case subquery(Select)
    /// The rows of several selects with the same columns.
    case union([Select])

    /// Columns of a derived table's rows, whether the table has them yet or not.
    ///
    /// - Parameter conditions: On columns that group the rows, so that each side reads only what it must.
    package static func complete(
      _ table: SQLTable, columns: [SQLFragment], where conditions: [SQLFragment]
    ) -> Source {
      .union([
        Select(columns, from: table, where: conditions), Select(columns, from: .commits(of: table), where: conditions),
      ])
    }

    /// The same of a table that holds sums.
    package static func completeSums(
      _ table: SQLTable, columns: [SQLFragment], where conditions: [SQLFragment]
    ) -> Source {
      .union(
        [.table(table), .commits(of: table), .corrections(of: table)]
          .map { Select(columns, from: $0, where: conditions) })
    }
  }

  package var columns: [SQLFragment]
  package var source: Source
  package var conditions: [SQLFragment]
  package var groupBy: [SQLFragment]
  package var having: [SQLFragment]
  package var orderBy: [SQLFragment]
  /// Keeps at most this many rows of each combination of expressions.
  package var limitBy: (count: Int, expressions: [SQLFragment])? {
    get { limitByCount.map { ($0, limitByExpressions) } }
    set {
      limitByCount = newValue?.count
      limitByExpressions = newValue?.expressions ?? []
    }
  }
  private var limitByCount: Int?
  private var limitByExpressions: [SQLFragment] = []
  package var limit: Int?
  /// Threads of the statement; nil for the engine's own choice.
  ///
  /// One is quicker for a handful of rows.
  package var threadCount: Int?
  /// Tests every condition while reading (PREWHERE) and leaves out the engine's search for a better plan, which is a sixth
  /// of the time of a small statement.
  ///
  /// For plain rows of one table by conditions that skip indexes answer. A select that reads many rows is better off
  /// with the engine's own plan, which tests the cheapest columns first.
  package var isPlannedAsWritten = false

  package init(
    _ columns: [SQLFragment], from source: Source, where conditions: [SQLFragment] = [],
    groupBy: [SQLFragment] = [], having: [SQLFragment] = [], orderBy: [SQLFragment] = [], limit: Int? = nil
  ) {
    self.columns = columns
    self.source = source
    self.conditions = conditions
    self.groupBy = groupBy
    self.having = having
    self.orderBy = orderBy
    self.limit = limit
  }

  package init(
    _ columns: [SQLFragment], from table: SQLTable, where conditions: [SQLFragment] = [],
    groupBy: [SQLFragment] = [], having: [SQLFragment] = [], orderBy: [SQLFragment] = [], limit: Int? = nil
  ) {
    self.init(
      columns, from: .table(table), where: conditions, groupBy: groupBy, having: having, orderBy: orderBy,
      limit: limit)
  }
}

extension Select {
  /// The statement that reads this for one tenant.
  ///
  /// - Parameters:
  ///   - limits: What the statement may take; of a request that ran others before, the time that is left.
  ///   - derivedUntil: Up to which commit the derived tables are complete; nil when no commit is newer.
  ///   - hasCorrections: Whether a newer commit found spans not to count.
  package func statement(
    for tenant: TenantID, limits: QueryLimits, derivedUntil: Int64? = 0, hasCorrections: Bool = true
  ) -> SQLStatement {
    var renderer = SQLRenderer(tenant: tenant, derivedUntil: derivedUntil, hasCorrections: hasCorrections)
    renderer.append(self, indent: "")
    renderer.text +=
      "\nSETTINGS max_execution_time = \(Self.seconds(limits.timeout)), max_memory_usage = \(limits.memoryBytesMax)"
    if let threadCount { renderer.text += ", max_threads = \(threadCount)" }
    if isPlannedAsWritten { renderer.text += ", query_plan_enable_optimizations = 0" }
    return SQLStatement(renderer.text, renderer.parameters)
  }

  /// Seconds with milliseconds where there are any; never zero, which the engine takes for no limit.
  private static func seconds(_ time: Duration) -> String {
    let (seconds, attoseconds) = time.components
    let milliseconds = max(1, seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    guard milliseconds % 1000 != 0 else { return "\(milliseconds / 1000)" }
    return "\(milliseconds / 1000).\(String(1000 + milliseconds % 1000).dropFirst())"
  }
}

extension Select {
  /// Whether this reads only what is newer than the derived tables.
  fileprivate var isOfNewer: (commits: Bool, corrections: Bool) {
    switch source {
    case .commits: (true, false)
    case .corrections: (false, true)
    default: (false, false)
    }
  }
}

/// Renders selects to one text, numbering the parameters; equal values share one.
private struct SQLRenderer {
  var text = ""
  var parameters: [String: SQLValue]
  private var names: [SQLValue: String] = [:]
  private let derivedUntil: Int64?
  private let hasCorrections: Bool

  init(tenant: TenantID, derivedUntil: Int64?, hasCorrections: Bool) {
    self.derivedUntil = derivedUntil
    self.hasCorrections = hasCorrections
    parameters = ["tenant": .unsigned(UInt64(tenant.rawValue))]
  }

  mutating func append(_ select: Select, indent: String) {
    text += "SELECT "
    list(select.columns, indent)
    switch select.source {
    case .table(let table):
      let clause = select.isPlannedAsWritten ? "PREWHERE" : "WHERE"
      text += "\n\(indent)FROM \(table.name)\n\(indent)\(clause) tenant = {tenant:UInt32}"
    case .latest(let table):
      text += "\n\(indent)FROM \(table.name) FINAL\n\(indent)WHERE tenant = {tenant:UInt32}"
    case .commits(let table):
      appendView(of: table, "commits", indent)
    case .corrections(let table):
      appendView(of: table, "corrections", indent)
    case .subquery(let inner):
      text += "\n\(indent)FROM (\n\(indent)  "
      append(inner, indent: indent + "  ")
      text += "\n\(indent))"
      if !select.conditions.isEmpty { text += "\n\(indent)WHERE true" }
    case .union(let all):
      let parts = all.filter { part in
        let isOfNewer = part.isOfNewer
        return (derivedUntil != nil || !isOfNewer.commits) && (hasCorrections || !isOfNewer.corrections)
      }
      text += "\n\(indent)FROM ("
      for (index, part) in parts.enumerated() {
        text += "\n\(indent)  " + (index == 0 ? "" : "UNION ALL\n\(indent)  ")
        append(part, indent: indent + "  ")
      }
      text += "\n\(indent))"
      if !select.conditions.isEmpty { text += "\n\(indent)WHERE true" }
    }
    append(select.conditions, indent: indent)
    clause("GROUP BY", select.groupBy, indent)
    if !select.having.isEmpty {
      text += "\n\(indent)HAVING "
      append(SQLFragment.all(select.having), indent)
    }
    clause("ORDER BY", select.orderBy, indent)
    if let limitBy = select.limitBy {
      text += "\n\(indent)LIMIT \(limitBy.count) BY "
      list(limitBy.expressions, indent)
    }
    if let limit = select.limit { text += "\n\(indent)LIMIT \(limit)" }
  }

  private mutating func appendView(of table: SQLTable, _ kind: String, _ indent: String) {
    // A view's arguments are not query parameters; the times of commits are our own numbers.
    let after = derivedUntil ?? Int64.max
    text += "\n\(indent)FROM \(table.name)_of_\(kind)(after = \(after), until = \(Int64.max))"
    text += "\n\(indent)WHERE tenant = {tenant:UInt32}"
  }

  private mutating func append(_ conditions: [SQLFragment], indent: String) {
    for condition in conditions {
      text += "\n\(indent)  AND ("
      append(condition, indent)
      text += ")"
    }
  }

  private mutating func clause(_ name: String, _ fragments: [SQLFragment], _ indent: String) {
    guard !fragments.isEmpty else { return }
    text += "\n\(indent)\(name) "
    list(fragments, indent)
  }

  private mutating func list(_ fragments: [SQLFragment], _ indent: String) {
    for (index, fragment) in fragments.enumerated() {
      if index > 0 { text += ", " }
      append(fragment, indent)
    }
  }

  private mutating func append(_ fragment: SQLFragment, _ indent: String) {
    for piece in fragment.pieces {
      switch piece {
      case .text(let literal):
        assert(!literal.contains("SELECT"), "a fragment reads a table by a Select, which adds the tenant: \(literal)")
        text += literal
      case .value(let value): text += parameter(value)
      case .subquery(let select):
        text += "(\n\(indent)    "
        append(select, indent: indent + "    ")
        text += ")"
      }
    }
  }

  private mutating func parameter(_ value: SQLValue) -> String {
    let name: String
    if let known = names[value] {
      name = known
    } else {
      name = "p\(names.count)"
      names[value] = name
      parameters[name] = value
    }
    let type =
      switch value {
      case .string, .bytes: "String"
      case .int: "Int64"
      case .unsigned: "UInt64"
      case .double: "Float64"
      case .strings: "Array(String)"
      case .unsigneds: "Array(UInt64)"
      case .elements: "Elements"
      }
    return "{\(name):\(type)}"
  }
}
