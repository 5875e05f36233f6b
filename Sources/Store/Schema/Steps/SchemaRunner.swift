package import Base
package import Columns
package import Engine

/// Brings the schema up to date, one step after another.
///
/// The engine has no transactions for DDL. So every statement can run again (`IF NOT EXISTS`), a step is noted when all of
/// its statements ran, and a step that was stopped half-way simply runs again.
package struct SchemaRunner {
  /// Runs one statement.
  package typealias Run = @Sendable (_ sql: String) throws(EngineError) -> QueryResult

  /// The table of the steps that ran.
  package static let table = "schema_migrations"

  package static let columns = [
    DerivedColumn("number", "The number of a step among those of its feature."),
    DerivedColumn("name", "The name of its file."),
    DerivedColumn("applied_at", "When all its statements had run."),
  ]

  private let run: Run
  private let logger: Logger

  package init(run: @escaping Run, logger: Logger) {
    self.run = run
    self.logger = logger
  }

  /// Runs the steps that are missing.
  ///
  /// Throws if the folder was written by a version whose steps these do not continue.
  package func bringUp(to steps: [SchemaStep]) throws(EngineError) {
    _ = try run(
      """
      CREATE TABLE IF NOT EXISTS schema_migrations
      (number UInt32, name String, applied_at DateTime('UTC') DEFAULT now())
      ENGINE = MergeTree ORDER BY number
      """)
    let result = try run("SELECT DISTINCT number, name FROM schema_migrations ORDER BY number")
    let stored = (0..<result.rowCount).map { result["name"].string($0) ?? "" }
    let applied = Set(stored)
    try check(stored, steps)
    for step in steps where !applied.contains(step.name) {
      if let former = step.formerName, applied.contains(former) {
        logger.debug("schema step found by its former name", LogField("name", step.name), LogField("former", former))
      } else {
        for statement in step.statements { _ = try run(statement) }
        logger.debug("schema step applied", LogField("name", step.name))
      }
      _ = try run("INSERT INTO schema_migrations (number, name) VALUES (\(step.number), '\(step.name)')")
    }
  }
  /// Throws where the steps do not continue those that a folder has.
  private func check(_ stored: [String], _ steps: [SchemaStep]) throws(EngineError) {
    let known = Set(steps.map(\.name))
    if let newer = stored.last(where: { SchemaStep.isName($0) && !known.contains($0) }) {
      throw EngineError(
        .rejected,
        """
        The data was written by a newer version of axonize: its schema has the step \(newer), which this version does \
        not know. Start the newer version again, or another data directory.
        """)
    }
    // Names from before the first release have another form.
    if let latest = stored.last(where: { !SchemaStep.isName($0) }), !steps.contains(where: { $0.formerName == latest })
    {
      throw EngineError(
        .rejected,
        """
        The data was written before the first release, by a version of axonize whose schema ends with the step \
        '\(latest)'. This version cannot bring it up to date. Start with another data directory, or move this one away.
        """)
    }
  }
}
