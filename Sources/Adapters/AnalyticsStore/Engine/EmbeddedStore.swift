package import Ground
import Platform
package import StorePorts
package import Columns
package import EmbeddedClickHouse

/// How the embedded store is opened.
package struct EmbeddedStoreOptions: Sendable {
  /// The folder of the analytics data; created if it is not there.
  package var folder: String
  /// The engine's library; nil looks for it in the usual places.
  package var library: String?
  /// Queries that run side by side; more wait. Default 4.
  package var queryConnectionCountMax = 4
  /// Threads of one query; 0 is one for each core.
  package var queryThreadCount = 0
  /// How long one query may run. Default 30 s.
  package var queryTimeout = Duration.seconds(30)
  /// Memory of one query. Default 1 GiB.
  package var queryMemoryBytesMax = 1 << 30
  /// Memory of all queries together, beyond which the next is refused. Default 2 GiB.
  package var queriesMemoryBytesMax = 2 << 30
  package var retention = RetentionPolicy()
  /// How often the derived tables follow the spans; nil for ``EmbeddedStore/rollUp()`` by hand. Default 5 s: rarer
  /// roll-ups cost less of a commit, and more of a query, which computes the newest rows itself.
  package var rollupInterval: Duration? = .seconds(5)

  package init(folder: String) { self.folder = folder }
}

/// The analytics engine in this process: queries, inserts, schema and retention.
///
/// There can be one in a process, and one process on a folder.
package final class EmbeddedStore: AnalyticsEngine, BlockInserter {
  private let queries: ConnectionPool
  private let writers: ConnectionPool
  private let layouts: TableLayouts
  private let clock: CommitClock
  private let rollups: Rollups
  private let rollupThread: RollupThread?
  /// What readers need to know of the derived tables.
  package var derivedTables: any DerivedTables { rollups }
  /// What is stored, as of the last roll-up.
  package var figures: StoreFigures { rollups.figures }
  /// The folder is ours until the engine has stopped; nil for a database of a shared engine.
  private let lock: FolderLock?

  /// Opens the folder, brings its schema up to date, and applies the retention.
  package convenience init(_ options: EmbeddedStoreOptions, logger: Logger) throws {
    let library: EngineLibrary
    do { library = try EngineLibrary.load(configured: options.library) } catch {
      throw ErrorReport(code: "engine_library", message: error.message)
    }
    try StoreFolder.prepare(options.folder)
    let lock = try FolderLock(folder: options.folder)
    let database: EmbeddedDatabase
    do {
      database = try EmbeddedDatabase(
        library: library, folder: options.folder + "/engine", settings: SessionSettings.background)
    } catch {
      throw ErrorReport(
        code: "store_unavailable",
        message: "The analytics engine does not open \(options.folder)/engine. Its own words tell why: \(error.message)"
      )
    }
    try self.init(database, name: "axonize", options: options, lock: lock, logger: logger)
    EmbeddedDatabase.releaseStartPages(of: library)
  }

  /// Opens a database of an engine that runs already; for tests, which share one engine.
  package convenience init(
    sharing database: EmbeddedDatabase, name: String, options: EmbeddedStoreOptions, logger: Logger
  ) throws {
    try self.init(database, name: name, options: options, lock: nil, logger: logger)
  }

  private init(
    _ database: EmbeddedDatabase, name: String, options: EmbeddedStoreOptions, lock: FolderLock?, logger: Logger
  ) throws {
    self.lock = lock
    let threads = options.queryThreadCount
    let limits = SessionSettings.limits(of: options)
    queries = ConnectionPool(connectionCountMax: options.queryConnectionCountMax) { () throws(EngineFailure) in
      let connection = try database.connect(settings: SessionSettings.query)
      try connection.execute("SET \(limits)")
      if threads > 0 { try connection.execute("SET max_threads = \(threads)") }
      try connection.execute("CREATE DATABASE IF NOT EXISTS \(name)")
      try connection.execute("USE \(name)")
      return connection
    }
    // One for each signal's writer, and one for roll-ups.
    writers = ConnectionPool(connectionCountMax: 4) { () throws(EngineFailure) in
      let connection = try database.connect(settings: SessionSettings.insert)
      try connection.execute("USE \(name)")
      return connection
    }
    do throws(EngineError) {
      let run: MigrationRunner.Run = { [queries] (sql) throws(EngineError) in try Self.run(sql, on: queries) }
      try MigrationRunner(run: run, logger: logger).migrate(to: Migration.all)
      try RetentionRunner(run: run, logger: logger).apply(options.retention)
      layouts = try TableLayouts(run: run)
      let times = try Rollups.lastTimes(run: run)
      // When nothing is left to derive, the tables are complete up to now.
      let isDerived = times.lastCommit <= times.rolledUntil
      let start = isDerived ? max(times.rolledUntil, WallClock.now.rawValue) : times.lastCommit
      clock = CommitClock(after: start)
      let write: MigrationRunner.Run = { [writers] (sql) throws(EngineError) in try Self.run(sql, on: writers) }
      rollups = try Rollups(
        clock: clock, rolledUntil: times.rolledUntil, completeUntil: isDerived ? start : times.rolledUntil, run: write)
    } catch {
      throw ErrorReport(code: "store_schema", message: error.message)
    }
    if let interval = options.rollupInterval {
      rollupThread = try RollupThread(rollups, every: interval, logger: logger)
    } else {
      rollupThread = nil
    }
  }

  /// Derives traces, operations and minutes of the latest commits now.
  package func rollUp() throws(EngineError) { try rollups.roll() }

  package func execute(_ statement: SQLStatement) throws(EngineError) { _ = try query(statement) }

  package func query(_ statement: SQLStatement) throws(EngineError) -> QueryResult {
    try Self.run(try statement.rendered(), on: queries)
  }

  package func insert(_ block: ColumnBlock, into table: String) throws(EngineError) {
    let time = clock.begin()
    defer { clock.end(time) }
    let columns = try layouts.columns(of: block, for: table, receivedAt: time)
    do throws(EngineFailure) {
      try writers.withConnection { (connection) throws(EngineFailure) in
        try connection.insert(columns, rows: 0..<block.rowCount, into: table)
      }
    } catch {
      throw EngineError(error)
    }
  }

  /// The requests whose rows were stored lately, by tenant, so that a retry of one can be recognised after a restart.
  ///
  /// - Parameters:
  ///   - table: `spans`, `logs` or `metric_points`.
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

  /// Closes the engine once no call is under way; later calls open it again, so stop callers first.
  package func close() {
    rollupThread?.stop()
    queries.closeIdle()
    writers.closeIdle()
  }

  private static func run(_ sql: String, on pool: ConnectionPool) throws(EngineError) -> QueryResult {
    do throws(EngineFailure) {
      let table = try pool.withConnection { (connection) throws(EngineFailure) in try connection.query(sql) }
      return QueryResult(table)
    } catch {
      throw EngineError(error)
    }
  }
}

/// Settings of the engine's connections.
enum SessionSettings {
  /// Lists of ids make long statements. Skip indexes are read before the data, not with it: for a trace by its id that
  /// takes a third of the time. Statistics of columns are not read at all (``Migration/withoutStatistics``). A few columns
  /// of a compact part lie 10 to 100 KiB apart: each is read with 32 KiB, not with all that follows it.
  static let query: KeyValuePairs<String, String> = [
    "max_query_size": "16777216", "use_skip_indexes_on_data_read": "0", "use_statistics": "0",
    "local_filesystem_read_method": "pread", "max_read_buffer_size_local_fs": "32768",
  ]

  /// A merge has a read buffer for each of its up to 48 parts: 128 KiB instead of the engine's 1 MiB. Skip indexes are read
  /// whole for each question; those of 20 M spans fit into 32 MiB.
  static let background: KeyValuePairs<String, String> = [
    "max_read_buffer_size": "131072", "index_uncompressed_cache_size": "33554432",
  ]

  /// The limits of queries, as the list of a SET statement.
  static func limits(of options: EmbeddedStoreOptions) -> String {
    let (seconds, attoseconds) = options.queryTimeout.components
    let timeout = "\(seconds).\(String(1000 + attoseconds / 1_000_000_000_000_000).dropFirst())"
    return "max_execution_time = \(timeout), max_memory_usage = \(options.queryMemoryBytesMax), "
      + "max_memory_usage_for_user = \(options.queriesMemoryBytesMax)"
  }

  /// One thread a commit, views one after another, and a block stays one part in each partition.
  static let insert: KeyValuePairs<String, String> = [
    "max_threads": "1", "max_insert_threads": "1", "parallel_view_processing": "0",
    "max_partitions_per_insert_block": "1000", "use_statistics": "0",
  ]
}

extension EngineError {
  /// ClickHouse's numbers: `src/Common/ErrorCodes.cpp`.
  init(_ failure: EngineFailure) {
    let kind: Kind =
      switch failure.code {
      // TIMEOUT_EXCEEDED, TOO_SLOW, TOO_MANY_ROWS, TOO_MANY_BYTES, TOO_MANY_ROWS_OR_BYTES, MEMORY_LIMIT_EXCEEDED
      case 159, 160, 158, 307, 396, 241: .limitExceeded
      // NOT_ENOUGH_SPACE, CANNOT_OPEN_FILE, CANNOT_WRITE_TO_FILE_DESCRIPTOR, CANNOT_FSYNC, CANNOT_CREATE_DIRECTORY,
      // CANNOT_READ_FROM_FILE_DESCRIPTOR, CANNOT_STATVFS, ABORTED, TOO_MANY_PARTS, TOO_MANY_SIMULTANEOUS_QUERIES,
      // TABLE_IS_READ_ONLY, READONLY, STD_EXCEPTION (a file system error), CANNOT_SCHEDULE_TASK, CANNOT_ALLOCATE_MEMORY
      case 243, 76, 75, 505, 521, 74, 481, 236, 252, 202, 242, 164, 1001, 439, 173: .unavailable
      default: .rejected
      }
    self.init(kind: kind, code: failure.code, message: failure.message)
  }
}

extension QueryResult {
  init(_ table: EngineTable) {
    self.init(
      columns: table.columns.map {
        ResultColumn(name: $0.name, values: ResultValues($0.values), validity: $0.validity)
      },
      rowCount: table.rowCount)
  }
}

extension ResultValues {
  /// The same values; the arrays are shared.
  init(_ values: EngineValues) {
    self =
      switch values {
      case .ints(let values): .ints(values)
      case .unsigneds(let values): .unsigneds(values)
      case .doubles(let values): .doubles(values)
      case .bytes(let offsets, let data): .bytes(offsets: offsets, data: data)
      case .list(let offsets, let elements): .list(offsets: offsets, elements: ResultValues(elements))
      case .map(let offsets, let keys, let values):
        .map(offsets: offsets, keys: ResultValues(keys), values: ResultValues(values))
      }
  }
}
