package import Base
import System
package import Engine
package import Columns
package import EmbeddedClickHouse
import Synchronization

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
  /// How long one query may run, and the memory it may take, where its statement does not say.
  package var queryLimits = QueryLimits(timeout: .seconds(20), memoryBytesMax: 512 << 20)
  /// Memory of all queries together, beyond which the next is refused. Default 2 GiB.
  package var queriesMemoryBytesMax = 2 << 30
  package var retention = RetentionPolicy()
  /// When the derived tables follow the spans; nil for ``EmbeddedStore/rollUp()`` by hand.
  package var rollups: RollupSchedule? = RollupSchedule()

  package init(folder: String) { self.folder = folder }
}

/// The analytics engine in this process: queries, inserts, schema and retention.
///
/// There can be one in a process, and one process on a folder.
package final class EmbeddedStore: AnalyticsEngine, BlockInserter {
  private let queries: ConnectionPool
  private let writers: ConnectionPool
  /// Apart from the queries, so that a check does not wait for them.
  private let checks: ConnectionPool
  private let layouts: TableLayouts
  private let clock: CommitClock
  private let rollups: Rollups
  private let rollupThread: RollupThread?
  private let interrupter: StatementInterrupter
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
        message: "The analytics engine does not open \(options.folder)/engine. The engine says: \(error.message)"
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
      try MigrationRunner(
        run: { (sql) throws(EngineError) in try Self.run(sql, on: migrations) }, logger: logger
      ).migrate(to: Migration.all)
      let run: MigrationRunner.Run = { [queries] (sql) throws(EngineError) in try Self.run(sql, on: queries) }
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
    if let schedule = options.rollups {
      let thread = try RollupThread(rollups, schedule: schedule, logger: logger)
      rollupThread = thread
      rollups.wasAsked.withLock { $0 = { thread.asked() } }
    } else {
      rollupThread = nil
    }
  }

  /// Derives traces, operations and minutes of the latest commits now.
  package func rollUp() throws(EngineError) { try rollups.roll() }

  package func execute(_ statement: SQLStatement) throws(EngineError) { _ = try query(statement) }

  package func query(_ statement: SQLStatement, during activity: QueryActivity) throws(EngineError) -> QueryResult {
    let sql = try statement.rendered()
    do throws(EngineFailure) {
      let table = try queries.withConnection { (connection) throws(EngineFailure) in
        try interrupter.whileRunning(StatementInterrupter.mark(of: connection)) { (interrupt) throws(EngineFailure) in
          try activity.run(interrupt: interrupt) { () throws(EngineFailure) in try connection.query(sql) }
        }
      }
      return QueryResult(table)
    } catch {
      throw EngineError(error)
    }
  }

  /// Whether the engine answers at all; throws when it does not.
  package func check() throws(EngineError) { _ = try Self.run("SELECT 1", on: checks) }

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
    if table == "spans" { rollupThread?.added(rowCount: block.rowCount) }
    if table == SpanCounter.lateTable { rollups.noteCorrection(at: time) }
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

  /// The time of the latest commit, in nanoseconds since 1970; that of every later one is greater.
  package var latestCommit: Int64 { clock.latest }

  /// The requests of which rows were stored after a time, by the UTC days of these rows, since 1970.
  package func storedBatches(of table: String, after time: Int64) throws(EngineError) -> [StoredBatch: Set<Int64>] {
    let day = table == "spans" ? "start_time" : "time"
    let result = try query(
      SQLStatement(
        """
        SELECT tenant, batch_id, intDiv(toUnixTimestamp64Second(\(day)), 86400) AS day FROM \(table)
        WHERE received_at > fromUnixTimestamp64Nano({after:Int64}, 'UTC') AND batch_id != 0
        GROUP BY tenant, batch_id, day
        """, ["after": .int(time)]))
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
    rollupThread?.stop()
    interrupter.stop()
    checks.closeIdle()
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

/// A request as its stored rows name it.
package struct StoredBatch: Hashable, Sendable {
  package let tenant: UInt32
  package let batchID: UInt64

  package init(tenant: UInt32, batchID: UInt64) {
    self.tenant = tenant
    self.batchID = batchID
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

  /// A merge has a read buffer for each of its up to 48 parts: 128 KiB instead of the engine's 1 MiB.
  static let background: KeyValuePairs<String, String> = ["max_read_buffer_size": "131072"]

  /// The limits of queries, as the list of a SET statement.
  static func limits(of options: EmbeddedStoreOptions) -> String {
    let (seconds, attoseconds) = options.queryLimits.timeout.components
    let timeout = "\(seconds).\(String(1000 + attoseconds / 1_000_000_000_000_000).dropFirst())"
    return "max_execution_time = \(timeout), max_memory_usage = \(options.queryLimits.memoryBytesMax), "
      + "max_memory_usage_for_user = \(options.queriesMemoryBytesMax)"
  }

  /// One thread a commit, views one after another, and a block stays one part in each partition.
  static let insert: KeyValuePairs<String, String> = [
    "max_threads": "1", "max_insert_threads": "1", "parallel_view_processing": "0",
    "max_partitions_per_insert_block": "1000", "use_statistics": "0",
  ]
}

extension EngineError {
  /// What a failure means to the caller. The numbers are ClickHouse's: `src/Common/ErrorCodes.cpp`.
  init(_ failure: EngineFailure) {
    let kind: Kind =
      switch failure.code {
      // TIMEOUT_EXCEEDED, TOO_SLOW, TOO_MANY_ROWS, TOO_MANY_BYTES, TOO_MANY_ROWS_OR_BYTES, MEMORY_LIMIT_EXCEEDED
      case 159, 160, 158, 307, 396, 241: .limitExceeded
      // QUERY_WAS_CANCELLED, QUERY_WAS_CANCELLED_BY_CLIENT
      case 394, 734: .interrupted
      case _ where EngineError.faultsOfStatements.contains(failure.code): .rejected
      // Files, disks, threads, a read-only table, too many parts, and all that we do not know: the rows may be good, so a
      // sender is asked to keep them and try again.
      default: .unavailable
      }
    self.init(kind: kind, code: failure.code, message: failure.message)
  }

  /// What the statement or its rows are to blame for, so that the same call fails again.
  private static let faultsOfStatements: Set<Int> = [
    // CANNOT_PARSE_TEXT, INCORRECT_NUMBER_OF_COLUMNS, THERE_IS_NO_COLUMN, SIZES_OF_COLUMNS_DOESNT_MATCH,
    // NOT_FOUND_COLUMN_IN_BLOCK, DUPLICATE_COLUMN, NO_SUCH_COLUMN_IN_TABLE
    6, 7, 8, 9, 10, 15, 16,
    // CANNOT_PARSE_* of quoted strings, dates and numbers, SIZE_OF_FIXED_STRING_DOESNT_MATCH
    25, 26, 27, 38, 41, 72, 19,
    // BAD_ARGUMENTS, NUMBER_OF_ARGUMENTS_DOESNT_MATCH, ILLEGAL_TYPE_OF_ARGUMENT, ILLEGAL_COLUMN,
    // UNKNOWN_FUNCTION, UNKNOWN_IDENTIFIER, NOT_IMPLEMENTED, LOGICAL_ERROR, UNKNOWN_TYPE, TYPE_MISMATCH
    36, 35, 42, 43, 44, 46, 47, 48, 49, 50, 53,
    // TABLE_ALREADY_EXISTS, UNKNOWN_TABLE, SYNTAX_ERROR, UNKNOWN_AGGREGATE_FUNCTION, ARGUMENT_OUT_OF_BOUND,
    // CANNOT_CONVERT_TYPE, UNKNOWN_DATABASE, UNKNOWN_SETTING, INCORRECT_DATA, TOO_LARGE_ARRAY_SIZE, TOO_LARGE_STRING_SIZE
    57, 60, 62, 63, 69, 70, 81, 115, 117, 128, 131,
    // DECIMAL_OVERFLOW, TOO_DEEP_AST, TOO_BIG_AST, ILLEGAL_AGGREGATION, MULTIPLE_EXPRESSIONS_FOR_ALIAS, SET_SIZE_LIMIT,
    // NOT_AN_AGGREGATE, TOO_DEEP_RECURSION, VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
    407, 167, 168, 184, 179, 191, 215, 306, 321,
    // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN, AMBIGUOUS_COLUMN_NAME, NO_COMMON_TYPE, CANNOT_COMPILE_REGEXP,
    // UNKNOWN_QUERY_PARAMETER, BAD_QUERY_PARAMETER
    349, 352, 386, 427, 456, 457,
  ]
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
