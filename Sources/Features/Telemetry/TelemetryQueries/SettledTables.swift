import Base
import Engine
import SQLBuilder
import Synchronization

/// The tables whose waiting rows a request has had stored before it reads them; each once for a time range.
final class SettledTables: Sendable {
  /// For which times each table was; nil stands for any.
  private let settled = Mutex<[SQLTable: [TimeRange?]]>([:])
  private let lacksRows = Atomic<Bool>(false)

  /// Whether rows that were acknowledged could not be stored first, so that what is read lacks them.
  var isIncomplete: Bool { lacksRows.load(ordering: .relaxed) }
  func didFail() { lacksRows.store(true, ordering: .relaxed) }

  /// Those of some tables that were not asked for before, for these times.
  func take(_ tables: Set<SQLTable>, in range: TimeRange?) -> Set<SQLTable> {
    settled.withLock { settled in
      let new = tables.filter { table in
        !settled[table, default: []].contains { $0.map { known in range.map { known.contains($0) } ?? false } ?? true }
      }
      for table in new { settled[table, default: []].append(range) }
      return new
    }
  }
}

extension TimeRange {
  fileprivate func contains(_ other: TimeRange) -> Bool { start <= other.start && other.end <= end }
}

extension Select {
  /// The tables of exported rows that the select reads, or from which the tables are derived that it reads.
  var exportedTables: Set<SQLTable> { source.exportedTables }

  /// Whether it computes rows of a derived table from the commits that the table lacks.
  var computesNewerRows: Bool { source.computesNewerRows }
}

extension Select.Source {
  fileprivate var exportedTables: Set<SQLTable> {
    switch self {
    case .table(let table), .latest(of: let table), .commits(of: let table), .corrections(of: let table):
      table.exportedTables
    case .subquery(let select): select.exportedTables
    case .union(let selects): selects.reduce(into: []) { $0.formUnion($1.exportedTables) }
    }
  }
}

extension Select.Source {
  fileprivate var computesNewerRows: Bool {
    switch self {
    case .table, .latest: false
    case .commits, .corrections: true
    case .subquery(let select): select.computesNewerRows
    case .union(let selects): selects.contains(where: \.computesNewerRows)
    }
  }
}

extension SQLTable {
  fileprivate var exportedTables: Set<SQLTable> {
    switch self {
    case .logs: [.logs]
    // All of them bring these along.
    case .resources, .scopes, .attributeKeys: [.spans, .logs]
    // The others are spans, and what is derived from them.
    default: [.spans]
    }
  }
}
