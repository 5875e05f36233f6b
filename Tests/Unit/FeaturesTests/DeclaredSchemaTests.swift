import Base
import Columns
import EmbeddedEngine
import Engine
import EngineTestSupport
import Features
import Schema
import Telemetry
import Testing

/// Goal: nobody has to be believed about the schema.
///
/// Method: a new store's own tables are compared with what is declared.
@Suite struct DeclaredSchemaTests {
  private static func store() throws -> EmbeddedStore {
    try EngineFixture.store(name: EngineFixture.newName(), schema: Features.schema)
  }

  /// The columns of the tables of a new store, by table and in order.
  private static func stored() throws -> [String: [StoredColumn]] {
    let result = try Self.store().query(
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

  private static let tables = Features.schema.tables

  @Test func `every table is declared with the columns that it has`() throws {
    var stored = try Self.stored()
    let steps = stored.removeValue(forKey: SchemaRunner.table)
    #expect(steps?.map(\.name) == SchemaRunner.columns.map(\.name))
    // A step makes it; the Metrics slice empties and drops it.
    #expect(stored.removeValue(forKey: "metric_points") != nil)
    #expect(stored.keys.sorted() == Self.tables.map(\.name).sorted())
    for table in Self.tables {
      #expect(stored[table.name]?.map(\.name) == table.columns.map(\.name), "\(table.name)")
      guard case .inserted(let columns) = table.rows else { continue }
      #expect(stored[table.name]?.map(\.description) == columns.map { "\($0.name) \($0.type)" }, "\(table.name)")
    }
  }

  @Test func `every table is of one tenant first, divided by its day, and loses its rows in time`() throws {
    let result = try Self.store().query(
      SQLStatement(
        """
        SELECT name, partition_key, sorting_key, engine_full FROM system.tables
        WHERE database = currentDatabase() AND engine LIKE '%MergeTree'
        """))
    let names = (0..<result.rowCount).map { result["name"].string($0) ?? "" }
    for table in Self.tables {
      let row = try #require(names.firstIndex(of: table.name), "\(table.name)")
      let text = { (column: String) in result[column].string(row) ?? "" }
      // Series have days already, some of which lie together.
      let partition = table.dayColumn.map { "toDate(\($0))" } ?? (table.name == "series" ? "intDiv(day, 30)" : "")
      #expect(text("partition_key") == partition, "\(table.name)")
      let hasEnd = table.retention.map { RetentionPolicy()[$0.period] != .forever } ?? false
      #expect(text("engine_full").contains(" TTL ") == hasEnd, "\(table.name)")
      // Rows that only roll-ups read are sorted by their commit.
      let isSorted = text("sorting_key").hasPrefix("tenant") || table.name == "late_outer_spans"
      #expect(isSorted, "\(table.name)")
    }
  }

  @Test func `roll-ups have their views and their sources`() throws {
    let result = try Self.store().query(
      SQLStatement("SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View'"))
    let views = Set((0..<result.rowCount).map { result["name"].string($0) ?? "" })
    var wanted: Set<String> = []
    for table in Self.tables {
      switch table.rollUp {
      case .extremes: wanted.insert("\(table.name)_of_commits")
      case .sums(let source):
        wanted.insert("\(table.name)_of_commits")
        if source.corrections != nil { wanted.insert("\(table.name)_of_corrections") }
      case .added, nil: break
      }
    }
    #expect(views == wanted.union(["spans_with_attributes"]))
  }

  @Test func `the minutes have the sums that are declared`() throws {
    let minutes = try #require(try Self.stored()["span_minutes"])
    let sums = minutes.filter { $0.type.hasPrefix("SimpleAggregateFunction(sum") && $0.name.hasSuffix("_tokens") }
    #expect(sums.map(\.name) == SpanColumn.summed.map(\.name))
  }

  @Test func `docs/schema_md has the columns of every table`() throws {
    let stored = try Self.stored()
    var tables: [String: String] = ["promoted attributes": SchemaDocument.promoted()]
    for (name, columns) in Self.tables.map({ ($0.name, $0.columns) }) + [(SchemaRunner.table, SchemaRunner.columns)] {
      let types = stored[name]?.map { StoredColumn.bareType($0.type) } ?? []
      tables[name] = SchemaDocument.table(zip(columns, types).map { ($0.name, $1, $0.meaning) })
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
