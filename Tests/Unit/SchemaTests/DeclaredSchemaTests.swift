import Columns
import Schema
import EmbeddedEngine
import Engine
import EngineTestSupport
import Telemetry
import Testing

/// Goal: nobody has to be believed about the schema. Method: a new store's own tables are compared with what is
/// declared.
@Suite struct DeclaredSchemaTests {
  /// The columns of the tables of a new store, by table and in order.
  private static func stored() throws -> [String: [StoredColumn]] {
    let result = try EngineFixture.store().query(
      SQLStatement(
        """
        SELECT c.table AS table, c.name AS name, c.type AS type, c.compression_codec AS codec FROM system.columns AS c
        JOIN system.tables AS t ON t.database = c.database AND t.name = c.table
        WHERE c.database = currentDatabase() AND t.engine LIKE '%MergeTree' AND c.table NOT LIKE '%\\_staging'
        ORDER BY c.table, c.position
        """))
    var tables: [String: [StoredColumn]] = [:]
    for row in 0..<result.rowCount {
      let text = { (column: String) in result[column].string(row) ?? "" }
      tables[text("table"), default: []].append(
        StoredColumn(name: text("name"), type: text("type"), codec: text("codec")))
    }
    return tables
  }

  @Test func `every table is declared with the columns that it has`() throws {
    let stored = try Self.stored()
    let declared = StoredTables.all.map(\.name) + DerivedTableReference.all.map(\.table)
    #expect(stored.keys.sorted() == declared.sorted())
    for table in StoredTables.all {
      #expect(
        stored[table.name]?.map(\.description) == table.columns.map { "\($0.name) \($0.type)" }, "\(table.name)")
    }
    for table in DerivedTableReference.all {
      #expect(stored[table.table]?.map(\.name) == table.columns.map(\.name), "\(table.table)")
    }
  }

  @Test func `the time of a table is what divides its rows by the day`() throws {
    let result = try EngineFixture.store().query(
      SQLStatement("SELECT name, partition_key FROM system.tables WHERE database = currentDatabase()"))
    var keys: [String: String] = [:]
    for row in 0..<result.rowCount { keys[result["name"].string(row) ?? ""] = result["partition_key"].string(row) }
    for table in StoredTables.all {
      #expect(keys[table.name] == table.dayColumn.map { "toDate(\($0))" } ?? "", "\(table.name)")
    }
  }

  @Test func `the minutes have the sums that are declared`() throws {
    let minutes = try #require(try Self.stored()["span_minutes"])
    let sums = minutes.filter { $0.type.hasPrefix("SimpleAggregateFunction(sum") && $0.name.hasSuffix("_tokens") }
    #expect(sums.map(\.name) == SpanColumn.summed.map(\.name))
  }

  @Test func `docs/schema_md has the columns of every table`() throws {
    let stored = try Self.stored()
    var tables: [String: String] = ["promoted attributes": SchemaDocument.promoted()]
    for table in StoredTables.all {
      tables[table.name] = SchemaDocument.table(
        table.columns.map { ($0.name, StoredColumn.bareType($0.type), $0.meaning) })
    }
    for table in DerivedTableReference.all {
      let types = stored[table.table]?.map(\.type) ?? []
      tables[table.table] = SchemaDocument.table(zip(table.columns, types).map { ($0.name, $1, $0.meaning) })
    }
    try SchemaDocument.expect(tables)
  }
}

private struct StoredColumn: CustomStringConvertible {
  let name: String
  let type: String
  let codec: String

  var description: String { codec.isEmpty ? "\(name) \(type)" : "\(name) \(type) \(codec)" }

  /// A declared type without its codec.
  static func bareType(_ type: String) -> String {
    type.firstRange(of: " CODEC(").map { String(type[..<$0.lowerBound]) } ?? type
  }
}
