package import Base
package import Columns
package import Derivation
package import EmbeddedClickHouse
package import Engine
package import Schema
import Synchronization
import System
import Telemetry

/// How the embedded store is opened.
package struct EmbeddedStoreOptions: Sendable {
  /// The folder of the analytics data; created if it is not there.
  package var folder: String
  /// The engine's library; nil looks for it in the usual places.
  package var library: String?
  /// Queries that run side by side; more wait.
  ///
  /// Default 4.
  package var queryConnectionCountMax = 4
  /// Threads of one query; 0 is one for each core.
  package var queryThreadCount = 0
  /// How long one query may run, and the memory it may take, where its statement does not say.
  package var queryLimits = QueryLimits(timeout: .seconds(20), memoryBytesMax: 512 << 20)
  /// Memory of all queries together, beyond which the next is refused.
  ///
  /// Default 2 GiB.
  package var queriesMemoryBytesMax = 2 << 30
  package var retention = RetentionPolicy()

  package init(folder: String) { self.folder = folder }
}

/// The analytics engine in this process: queries, inserts, schema and retention.
///
/// There can be one in a process, and one process on a folder.
package final class EmbeddedStore: IngestStore {
  private let queries: ConnectionPool
  private let writers: ConnectionPool
  /// Of roll-ups, whose statements are ended when the process ends.
  private let derivers: ConnectionPool
  /// Apart from the queries, so that a check does not wait for them.
  private let checks: ConnectionPool
  private let layouts: TableLayouts
  private let tables: [StoredTable]
  /// What is derived from the rows.
  ///
  /// ``RollupThread`` keeps it up to date.
  package let rollups: Rollups
  private let interrupter: StatementInterrupter
  /// What is stored, as of the last roll-up.
  package var statistics: StoreStatistics { rollups.statistics }
  /// The folder is ours until the engine has stopped; nil for a database of a shared engine.
  private let lock: FolderLock?

  /// Opens the folder, brings its schema up to date, and applies the retention.
  package convenience init(_ options: EmbeddedStoreOptions, schema: StoreSchema, logger: Logger) throws {
    let library: EngineLibrary
    do { library = try EngineLibrary.load(configured: options.library) } catch {
      throw ErrorReport(code: "engine_library", message: error.message)
    }
    try StoreFolder.prepare(options.folder)
    let lock = try FolderLock(folder: options.folder)
    let data = try StoreFolder.prepareInner("engine", of: options.folder)
    let configuration = try EngineConfiguration.prepare(
      in: options.folder, memoryBytes: options.queriesMemoryBytesMax)
    let database: EmbeddedDatabase
    do {
      database = try EmbeddedDatabase(
        library: library, folder: data, configurationFolder: configuration, settings: SessionSettings.background)
    } catch {
      throw ErrorReport(
        code: "store_unavailable",
        message: "The analytics engine cannot open \(options.folder)/engine: \(error.message)"
      )
    }
    try self.init(database, name: "axonize", options: options, schema: schema, lock: lock, logger: logger)
    EmbeddedDatabase.releaseStartPages(of: library)
  }

  /// Opens a database of an engine that runs already; for tests, which share one engine.
  package convenience init(
    sharing database: EmbeddedDatabase, name: String, options: EmbeddedStoreOptions, schema: StoreSchema, logger: Logger
  ) throws {
    try self.init(database, name: name, options: options, schema: schema, lock: nil, logger: logger)
  }

  private init(
    _ database: EmbeddedDatabase, name: String, options: EmbeddedStoreOptions, schema: StoreSchema, lock: FolderLock?,
    logger: Logger
  ) throws {
    self.lock = lock
    tables = schema.tables
    let threads = options.queryThreadCount
    let limits = SessionSettings.limits(of: options)
    queries = ConnectionPool(connectionCountMax: options.queryConnectionCountMax) { () throws(EngineFailure) in
      let connection = try database.connect(settings: SessionSettings.query)
      try connection.execute("SET \(limits), log_comment = '\(StatementInterrupter.mark(of: connection))'")
      if threads > 0 { try connection.execute("SET max_threads = \(threads)") }
      try connection.execute("CREATE DATABASE IF NOT EXISTS \(name)")
      try connection.execute("USE \(name)")
      return connection
    }
    interrupter = try StatementInterrupter(logger: logger) { (marks) throws(EngineFailure) in
      let list = marks.map { "'\($0)'" }.joined(separator: ", ")
      try database.connect().execute("KILL QUERY WHERE Settings['log_comment'] IN (\(list)) ASYNC")
    }
    // One for each signal's writer, and one for roll-ups.
    writers = ConnectionPool(connectionCountMax: 4) { () throws(EngineFailure) in
      let connection = try database.connect(settings: SessionSettings.insert)
      try connection.execute("USE \(name)")
      return connection
    }
    derivers = ConnectionPool(connectionCountMax: 1) { () throws(EngineFailure) in
      let connection = try database.connect(settings: SessionSettings.insert)
      try connection.execute("SET log_comment = '\(StatementInterrupter.mark(of: connection))'")
      try connection.execute("USE \(name)")
      return connection
    }
    checks = ConnectionPool(connectionCountMax: 1) { () throws(EngineFailure) in
      let connection = try database.connect(settings: SessionSettings.query)
      try connection.execute("USE \(name)")
      return connection
    }
    // A step that converts what is stored may take longer than a query.
    let migrations = ConnectionPool(connectionCountMax: 1) { () throws(EngineFailure) in
      let connection = try database.connect(settings: SessionSettings.query)
      try connection.execute("SET \(limits)")
      try connection.execute("SET max_execution_time = 0")
      try connection.execute("CREATE DATABASE IF NOT EXISTS \(name)")
      try connection.execute("USE \(name)")
      return connection
    }
    defer { migrations.closeIdle() }
    do throws(EngineError) {
      try SchemaRunner(
        run: { (sql) throws(EngineError) in try Self.run(sql, on: migrations) }, logger: logger
      ).bringUp(to: schema.steps)
      let run: SchemaRunner.Run = { [queries] (sql) throws(EngineError) in try Self.run(sql, on: queries) }
      try RetentionRunner(run: run, logger: logger).apply(options.retention, to: schema.tables)
      layouts = try TableLayouts(of: schema.tables, run: run)
      let activity = QueryActivity.background
      rollups = try Rollups(
        of: schema.tables, retention: options.retention,
        statements: RollupStatements(
          activity: activity,
          fill: { [derivers, interrupter] (sql) throws(EngineError) in
            try Self.run(sql, on: derivers, interrupter, during: activity)
          }, run: { [writers] (sql) throws(EngineError) in try Self.run(sql, on: writers) }))
    } catch {
      throw ErrorReport(code: "store_schema", message: error.message)
    }
  }

  /// What readers need to know of the tables that are derived from a source.
  package func derivedTables(of source: String) -> any DerivedTables { rollups.derivedTables(of: source) }

  /// Derives the rows of the latest commits now.
  package func rollUp() throws(EngineError) { try rollups.roll() }

  package func execute(_ statement: SQLStatement) throws(EngineError) { _ = try query(statement) }

  package func query(_ statement: SQLStatement, during activity: QueryActivity) throws(EngineError) -> QueryResult {
    try Self.run(try statement.rendered(), on: queries, interrupter, during: activity)
  }

  /// Whether the engine responds at all; throws when it does not.
  package func check() throws(EngineError) { _ = try Self.run("SELECT 1", on: checks) }

  package func insert(_ block: ColumnBlock, into table: String) throws(EngineError) {
    let time = rollups.beginCommit(into: table)
    defer { rollups.end(time) }
    let columns = try layouts.columns(of: block, for: table, receivedAt: time)
    do throws(EngineFailure) {
      try writers.withConnection { (connection) throws(EngineFailure) in
        try connection.insert(columns, rows: 0..<block.rowCount, into: table)
      }
    } catch {
      throw EngineError(error)
    }
    rollups.inserted(rowCount: block.rowCount, into: table, at: time)
  }

  /// The requests whose rows were stored lately, by tenant, so that a retry of one can be recognised after a restart.
  ///
  /// - Parameters:
  ///   - table: A table with a column `batch_id`.
  ///   - countMax: the most ids; the latest ones.
  package func recentBatches(
    of table: String, within age: Duration, countMax: Int
  ) throws(EngineError) -> [TenantID: [UInt64]] {
    let result = try query(
      SQLStatement(
        """
        SELECT tenant, batch_id FROM \(table)
        WHERE received_at >= now() - {age:UInt32} AND batch_id != 0
        GROUP BY tenant, batch_id ORDER BY max(received_at) DESC LIMIT {count:UInt64}
        """,
        ["age": .int(age.components.seconds), "count": .int(Int64(countMax))]))
    var batches: [TenantID: [UInt64]] = [:]
    for row in 0..<result.rowCount {
      let tenant = TenantID(UInt32(truncatingIfNeeded: result["tenant"].unsigned(row) ?? 0))
      batches[tenant, default: []].append(result["batch_id"].unsigned(row) ?? 0)
    }
    return batches
  }

  /// The time of the latest commit, in nanoseconds since 1970; that of every later one is greater.
  package var latestCommit: Int64 { rollups.latestCommit }

  /// The requests of which rows were stored after a time, by the UTC days of these rows, since 1970.
  package func storedBatches(of table: String, after commit: Int64) throws(EngineError) -> [StoredBatch: Set<Int64>] {
    let declaration = tables.first { $0.name == table }
    // Rows are committed by the day of their time, whether the table is divided by it or not.
    var time: String?
    if case .inserted(let columns)? = declaration?.rows {
      time = columns.first { $0.filler == nil && $0.type.hasPrefix("DateTime64(9") }?.name
    }
    guard let day = declaration?.dayColumn ?? time else {
      throw EngineError(.rejected, "the rows of the table \(table) have no time, so its requests are not known")
    }
    let result = try query(
      SQLStatement(
        """
        SELECT tenant, batch_id, intDiv(toUnixTimestamp64Second(\(day)), 86400) AS day FROM \(table)
        WHERE received_at > fromUnixTimestamp64Nano({after:Int64}, 'UTC') AND batch_id != 0
        GROUP BY tenant, batch_id, day
        """, ["after": .int(commit)]))
    var batches: [StoredBatch: Set<Int64>] = [:]
    for row in 0..<result.rowCount {
      let batch = StoredBatch(
        tenant: UInt32(truncatingIfNeeded: result["tenant"].unsigned(row) ?? 0),
        batchID: result["batch_id"].unsigned(row) ?? 0)
      batches[batch, default: []].insert(result["day"].int(row) ?? 0)
    }
    return batches
  }

  /// Closes the engine once no call is under way; later calls open it again, so stop callers first.
  package func close() {
    interrupter.stop()
    checks.closeIdle()
    queries.closeIdle()
    writers.closeIdle()
    derivers.closeIdle()
  }

  private static func run(_ sql: String, on pool: ConnectionPool) throws(EngineError) -> QueryResult {
    do throws(EngineFailure) {
      return try pool.withConnection { (connection) throws(EngineFailure) in try connection.query(sql) }
    } catch {
      throw EngineError(error)
    }
  }

  /// Runs a statement that ends soon after the activity is cancelled, on connections that have marks.
  private static func run(
    _ sql: String, on pool: ConnectionPool, _ interrupter: StatementInterrupter, during activity: QueryActivity
  ) throws(EngineError) -> QueryResult {
    do throws(EngineFailure) {
      return try pool.withConnection { (connection) throws(EngineFailure) in
        try interrupter.whileRunning(StatementInterrupter.mark(of: connection)) { (interrupt) throws(EngineFailure) in
          try activity.run(interrupt: interrupt) { () throws(EngineFailure) in try connection.query(sql) }
        }
      }
    } catch {
      throw EngineError(error)
    }
  }
}
