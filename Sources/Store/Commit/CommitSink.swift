package import Base
package import Columns
package import Engine
import System
package import Telemetry

/// Puts a sealed batch into its tables: what the rows point to first, then the rows, then what helps to find them.
package final class CommitSink<Rows: ArrivingRows>: Sendable {
  let table: String
  let inserter: any BlockInserter
  let references: ReferenceTables
  let storedRequests: StoredRequests?
  let counter: SpanCounter?
  let didStoreReferences: (@Sendable (Rows.References) -> Void)?
  let didStoreRows: (@Sendable (ColumnBlock, Range<Int>) -> Void)?
  let logger: Logger
  let sleep: @Sendable (Duration) -> Void

  /// - Parameters:
  ///   - references: shared by the signals, so that a resource is stored once for all of them.
  ///   - storedRequests: asked after a failed insert; nil where a failed insert never stores rows.
  ///   - counter: says what of each row counts; for spans.
  ///   - didStoreReferences: called when what a part points to is stored, before its rows are.
  ///   - didStoreRows: called with rows that the engine has, before a question that waited for them goes on.
  ///   - sleep: how the writer pauses between attempts.
  package init(
    table: String, inserter: any BlockInserter, references: ReferenceTables, storedRequests: StoredRequests? = nil,
    counter: SpanCounter? = nil, didStoreReferences: (@Sendable (Rows.References) -> Void)? = nil,
    didStoreRows: (@Sendable (ColumnBlock, Range<Int>) -> Void)? = nil, logger: Logger,
    sleep: @escaping @Sendable (Duration) -> Void
  ) {
    self.table = table
    self.inserter = inserter
    self.references = references
    self.storedRequests = storedRequests
    self.counter = counter
    self.didStoreReferences = didStoreReferences
    self.didStoreRows = didStoreRows
    self.logger = logger
    self.sleep = sleep
  }

  /// Stores a part of a batch; on return it survives the end of the process.
  func store(_ part: CommitPart<Rows>) throws(EngineError) {
    try references.store(part.batch.references, logger: logger)
    didStoreReferences?(part.batch.references)
    try insert(part.rows)
    storeKeys(of: part.batch)
  }

  /// Inserts rows, which say what of them counts where there is a counter.
  private func insert(_ rows: ColumnBlock) throws(EngineError) {
    // Requests may have brought nothing but what is stored beside the rows.
    guard rows.rowCount > 0 else { return }
    guard let counter else { return try inserter.insert(rows, into: table) }
    let counted = counter.rows(of: rows)
    do throws(EngineError) {
      try inserter.insert(counted, into: table)
    } catch {
      counter.didFail(rows)
      throw error
    }
    counter.didStore()
  }

  /// Stores some rows of a part, and those that they point to.
  ///
  /// The rows are copied, so this is for parts that the engine refuses as a whole.
  func store(_ rows: Range<Int>, of whole: CommitPart<Rows>) throws(EngineError) {
    let part = whole.rows.copy(of: [rows])
    try references.store(
      whole.batch.references, rows: { block in type(of: block).idColumn.map { Self.runs(of: part, $0, in: block) } },
      logger: logger)
    try insert(part)
  }

  /// Whether a failed insert has nevertheless stored the rows of some requests.
  func hasStored(_ requests: ArraySlice<WaitingRequest>, day: Int64) -> Bool {
    let withRows = requests.filter { !$0.rows.isEmpty }
    let keys = withRows.compactMap(\.storedKey)
    guard let storedRequests, !keys.isEmpty, keys.count == withRows.count else { return false }
    do throws(EngineError) {
      let areStored = try storedRequests.areStored(keys, in: table, day: day)
      if areStored { counter?.didStoreAfterAll() }
      return areStored
    } catch {
      logger.warning("it is not known which rows a failed insert stored", .init("error", error))
      return false
    }
  }

  /// Notes the attribute keys of stored rows.
  func storeKeys(of batch: SignalBatch<Rows>) {
    do throws(EngineError) {
      try references.storeKeys(of: batch)
    } catch {
      // The rows are stored and must not be stored again; only completion misses keys until they come once more.
      logger.warning("attribute keys were not recorded", .init("error", error))
    }
  }

  /// The rows that a column's ids point to, as ascending runs.
  private static func runs(
    of block: ColumnBlock, _ column: String, in references: any ReferenceBlock
  ) -> [Range<Int>] {
    guard let tenants = block["tenant"] as? FixedColumn<UInt32>, let ids = block[column] as? FixedColumn<UInt64>
    else { preconditionFailure("a telemetry block without tenant and \(column)") }
    var rows: Set<Int> = []
    for index in 0..<ids.rowCount {
      if let row = references.row(tenant: tenants[index], id: ids[index]) { rows.insert(row) }
    }
    return rows.sorted().reduce(into: []) { runs, row in
      if let last = runs.last, last.upperBound == row {
        runs[runs.count - 1] = last.lowerBound..<row + 1
      } else {
        runs.append(row..<row + 1)
      }
    }
  }
}
