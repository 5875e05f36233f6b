package import Ground
package import StorePorts
package import Telemetry

/// Puts a sealed batch into its tables: resources and scopes first, then the rows, then what helps to find them.
package final class CommitSink<Rows: TelemetryBlock>: Sendable {
  let table: String
  let inserter: any BlockInserter
  let references: ReferenceTables
  let logger: Logger
  let sleep: @Sendable (Duration) -> Void

  /// - Parameters:
  ///   - references: shared by the signals, so that a resource is stored once for all of them.
  ///   - sleep: how the writer pauses between attempts.
  package init(
    table: String, inserter: any BlockInserter, references: ReferenceTables, logger: Logger,
    sleep: @escaping @Sendable (Duration) -> Void
  ) {
    self.table = table
    self.inserter = inserter
    self.references = references
    self.logger = logger
    self.sleep = sleep
  }

  /// Stores a batch; on return it survives the end of the process.
  func store(_ batch: SignalBatch<Rows>) throws(EngineError) {
    try references.store(batch.resources, batch.scopes)
    try inserter.insert(batch.rows.columns, into: table)
    do throws(EngineError) {
      try references.storeKeys(of: batch)
    } catch {
      // The rows are stored and must not be stored again; only completion misses keys until they come once more.
      logger.warning("attribute keys not noted", .init("error", error))
    }
  }
}
