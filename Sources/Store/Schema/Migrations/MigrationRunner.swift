package import Base
package import Engine

/// Brings the schema up to date, one numbered step after another.
///
/// The engine has no transactions for DDL. So every statement can run again (`IF NOT EXISTS`), a step is noted when all of
/// its statements ran, and a step that was stopped half-way simply runs again.
package struct MigrationRunner {
  /// Runs one statement.
  package typealias Run = @Sendable (_ sql: String) throws(EngineError) -> QueryResult

  private let run: Run
  private let logger: Logger

  package init(run: @escaping Run, logger: Logger) {
    self.run = run
    self.logger = logger
  }

  /// Runs the steps that are missing. Throws if the folder was written by a newer version.
  package func migrate(to migrations: [Migration]) throws(EngineError) {
    _ = try run(
      """
      CREATE TABLE IF NOT EXISTS schema_migrations
      (number UInt32, name String, applied_at DateTime('UTC') DEFAULT now())
      ENGINE = MergeTree ORDER BY number
      """)
    let result = try run("SELECT DISTINCT number, name FROM schema_migrations ORDER BY number")
    let applied = Set((0..<result.rowCount).compactMap { result["number"].unsigned($0).map { UInt32($0) } })
    let known = Set(migrations.map(\.number))
    if let newer = applied.subtracting(known).max() {
      throw EngineError(
        kind: .rejected, code: 0,
        message: """
          The data was written by a newer version of axonize: its schema has step \(newer), this version knows steps up \
          to \(known.max() ?? 0). Start the newer version again, or another data directory.
          """)
    }
    for row in 0..<result.rowCount {
      let (number, name) = (result["number"].unsigned(row), result["name"].string(row))
      guard let known = migrations.first(where: { UInt64($0.number) == number }), known.name != name else { continue }
      throw EngineError(
        kind: .rejected, code: 0,
        message: """
          The data was written before the first release: step \(known.number) of its schema is \(name ?? ""), not \
          \(known.name). Start with another data directory, or move this one away.
          """)
    }
    for migration in migrations where !applied.contains(migration.number) {
      for statement in migration.statements { _ = try run(statement) }
      _ = try run(
        "INSERT INTO schema_migrations (number, name) VALUES (\(migration.number), '\(migration.name)')")
      logger.debug("schema step applied", LogField("number", migration.number), LogField("name", migration.name))
    }
  }
}
