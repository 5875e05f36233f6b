import Base
import Columns
import EmbeddedEngine
import Engine
import EngineTestSupport
import Synchronization
import Telemetry
import Testing

@testable import Schema

/// Goal: a data directory is brought up to date or left as it is with advice.
///
/// Method: the runner over a list of the steps that a directory has; then the same with the engine.
@Suite struct SchemaRunnerTests {
  /// What the steps before the first release were called; the last of them made what `telemetry-0001-tables` makes.
  private static let formerNames = [
    "signals", "rollups", "no column statistics", "details of spans", "no columns for details",
    "LZ4 where ZSTD gains nothing", "each call once", "durations by label",
  ]

  private static let steps = [
    SchemaStep(number: 1, name: "a-0001-x", formerName: "last", file: Array("CREATE x;\nCREATE y;\n".utf8)),
    SchemaStep(number: 1, name: "b-0001-z", file: Array("-- z\nCREATE\n  z;\n".utf8)),
  ]

  /// What the runner does to a directory that has these steps.
  private static func run(having names: [String]) throws(EngineError) -> [String] {
    let statements = Mutex<[String]>([])
    let runner = SchemaRunner(
      run: { sql in
        guard sql.hasPrefix("SELECT") else {
          if !sql.contains("CREATE TABLE IF NOT EXISTS schema_migrations") { statements.withLock { $0.append(sql) } }
          return QueryResult(columns: [], rowCount: 0)
        }
        let texts = names.map { Array($0.utf8) }
        let offsets = texts.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
        return QueryResult(
          columns: [ResultColumn(name: "name", values: .bytes(offsets: offsets, data: Array(texts.joined())))],
          rowCount: names.count)
      }, logger: .disabled)
    try runner.bringUp(to: steps)
    return statements.withLock { $0 }
  }

  private static func note(_ step: SchemaStep) -> String {
    "INSERT INTO schema_migrations (number, name) VALUES (\(step.number), '\(step.name)')"
  }

  @Test(arguments: [
    ([], ["CREATE x", "CREATE y", note(steps[0]), "CREATE\n  z", note(steps[1])]),
    (["a-0001-x"], ["CREATE\n  z", note(steps[1])]),
    (["a-0001-x", "b-0001-z"], []),
    (["first", "last"], [note(steps[0]), "CREATE\n  z", note(steps[1])]),
    (["first", "last", "a-0001-x", "b-0001-z"], []),
  ])
  func `what is missing is done, and no more`(names: [String], statements: [String]) throws {
    #expect(try Self.run(having: names) == statements)
  }

  @Test(arguments: [
    (["a-0001-x", "c-0001-later"], "newer version", "c-0001-later"),
    (["first"], "before the first release", "first"),
    (["first", "last", "after"], "before the first release", "after"),
  ])
  func `what these steps do not continue is refused with advice`(names: [String], reason: String, step: String) {
    let error = #expect(throws: EngineError.self) { try Self.run(having: names) }
    #expect(error?.message.contains(reason) == true)
    #expect(error?.message.contains(step) == true)
    #expect(error?.message.contains("another data directory") == true)
  }

  @Test func `a directory of the last step before the first release goes on`() throws {
    let name = EngineFixture.newName()
    let before = try EngineFixture.store(name: name)
    let spans = SpanBlock()
    SpanRows.append(to: spans, count: 5)
    try before.insert(spans.columns, into: "spans")
    try Self.note(Self.formerNames, in: before)
    let after = try EngineFixture.store(name: name)
    #expect(try after.query(SQLStatement("SELECT count() AS n FROM spans"))["n"].unsigned(0) == 5)
    let noted = try after.query(SQLStatement("SELECT count() AS n FROM schema_migrations"))
    #expect(noted["n"].unsigned(0) == UInt64(Self.formerNames.count + 1))
  }

  @Test func `a directory of an earlier step is refused and left as it is`() throws {
    let name = EngineFixture.newName()
    let store = try EngineFixture.store(name: name)
    try Self.note(Self.formerNames.dropLast(), in: store)
    let error = #expect(throws: ErrorReport.self) { try EngineFixture.store(name: name) }
    #expect(error?.code == "store_schema")
    #expect(error?.message.contains("'each call once'") == true)
    let noted = try store.query(SQLStatement("SELECT count() AS n FROM schema_migrations"))
    #expect(noted["n"].unsigned(0) == UInt64(Self.formerNames.count - 1))
  }

  @Test func `a step that was stopped half-way runs again`() throws {
    let name = EngineFixture.newName()
    let store = try EngineFixture.store(name: name)
    for view in ["gpu_hours_of_commits", "gpu_hours_of_corrections"] {
      try store.execute(SQLStatement("DROP VIEW \(view)"))
    }
    for table in ["label_durations", "gpu_hour_sums"] { try store.execute(SQLStatement("DROP TABLE \(table)")) }
    try Self.note([], in: store)
    let again = try EngineFixture.store(name: name)
    let spans = SpanBlock()
    SpanRows.append(to: spans, 0..<3, gpu: "g")
    try again.insert(spans.columns, into: "spans")
    try again.rollUp()
    #expect(try again.query(SQLStatement("SELECT sum(spans) AS n FROM gpu_hour_sums"))["n"].unsigned(0) == 3)
  }

  private static func note(_ names: some Collection<String>, in store: EmbeddedStore) throws(EngineError) {
    try store.execute(SQLStatement("TRUNCATE TABLE schema_migrations"))
    for (index, name) in names.enumerated() {
      try store.execute(
        SQLStatement("INSERT INTO schema_migrations (number, name) VALUES (\(index + 1), '\(name)')"))
    }
  }
}

@Suite struct SchemaStepTests {
  @Test func `a text without its last semicolon is no list of statements`() async {
    #expect(
      SchemaStep.statements(of: "-- a; b;\nCREATE x\n  AS SELECT ';' ;\n\nDROP y;\n") == [
        "CREATE x\n  AS SELECT ';' ", "DROP y",
      ])
    await #expect(processExitsWith: .failure) { _ = SchemaStep.statements(of: "CREATE x;\nDROP y\n") }
  }
}
