import Engine
import SQLBuilder
import Synchronization

/// Which kinds of rows a request has had stored before it reads them; each once.
final class SettledSignals: Sendable {
  private let settled = Mutex<Set<PendingSignal>>([])
  private let lacksRows = Atomic<Bool>(false)

  /// Whether rows that were acknowledged could not be stored first, so that what is read lacks them.
  var isIncomplete: Bool { lacksRows.load(ordering: .relaxed) }
  func didFail() { lacksRows.store(true, ordering: .relaxed) }

  /// Those of some signals that were not asked for before.
  func take(_ signals: Set<PendingSignal>) -> Set<PendingSignal> {
    settled.withLock { settled in
      let new = signals.subtracting(settled)
      settled.formUnion(new)
      return new
    }
  }
}

extension Select {
  /// The kinds of rows that the select reads, or that tables are derived from which it reads.
  var signals: Set<PendingSignal> { source.signals }

  /// Whether it computes rows of a derived table from the commits that the table lacks.
  var computesNewerRows: Bool { source.computesNewerRows }
}

extension Select.Source {
  fileprivate var signals: Set<PendingSignal> {
    switch self {
    case .table(let table), .commits(of: let table), .corrections(of: let table): table.signals
    case .subquery(let select): select.signals
    case .union(let selects): selects.reduce(into: []) { $0.formUnion($1.signals) }
    }
  }
}

extension Select.Source {
  fileprivate var computesNewerRows: Bool {
    switch self {
    case .table: false
    case .commits, .corrections: true
    case .subquery(let select): select.computesNewerRows
    case .union(let selects): selects.contains(where: \.computesNewerRows)
    }
  }
}

extension SQLTable {
  fileprivate var signals: Set<PendingSignal> {
    switch self {
    case .logs: [.logs]
    case .metricPoints: [.metricPoints]
    // All of them bring these along.
    case .resources, .scopes, .attributeKeys: Set(PendingSignal.allCases)
    // The others are spans, and what is derived from them.
    default: [.spans]
    }
  }
}
