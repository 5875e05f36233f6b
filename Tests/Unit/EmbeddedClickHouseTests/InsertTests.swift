import CSystemShims
import Columns
import EmbeddedClickHouse
import EngineTestSupport
import Testing

@Suite struct `Inserts into the embedded engine` {
  @Test func `every kind of column arrives`() throws {
    let connection = try EngineFixture.connection()
    try connection.execute(
      """
      CREATE TABLE t (number UInt64, time DateTime64(9, 'UTC'), optional Nullable(Int64), text String,
        name LowCardinality(String), id FixedString(16), tags Array(LowCardinality(String)),
        attributes Map(LowCardinality(String), String), types Array(UInt8)) ENGINE = MergeTree ORDER BY number
      """)
    let number = FixedColumn<UInt64>()
    let time = FixedColumn<Int64>(kind: .timestampNanoseconds)
    let optional = NullableColumn<Int64>()
    let text = StringColumn()
    let name = DictionaryColumn()
    let id = FixedBytesColumn()
    let tags = ListColumn(DictionaryColumn())
    let attributes = MapColumn()
    for row in 0..<1000 {
      number.append(UInt64(row))
      time.append(1_795_248_000_000_000_000 + Int64(row))
      optional.append(row % 3 == 0 ? nil : Int64(-row))
      text.append("text \(row)")
      name.append("name \(row % 5)")
      id.append(high: UInt64(row), low: 1)
      for tag in 0..<row % 3 { tags.elements.append("tag \(tag)") }
      tags.endRow()
      for key in 0..<row % 4 { attributes.append(key: "k\(key)", type: .int, value: "\(row)") }
      attributes.endRow()
    }
    let columns: [(name: String, column: any Column)] = [
      ("number", number), ("time", time), ("optional", optional), ("text", text), ("name", name), ("id", id),
      ("tags", tags), ("attributes", attributes), ("types", attributes.typesColumn),
    ]
    try connection.insert(columns, rows: 10..<1000, into: "t")
    try connection.insert(columns, rows: 0..<10, into: "t")
    let wrong = try connection.query(
      """
      SELECT * FROM t WHERE NOT (name = 'name ' || toString(number % 5)
        AND id = unhex(leftPad(hex(number), 16, '0') || '0000000000000001')
        AND time = fromUnixTimestamp64Nano(toInt64(1795248000000000000 + number), 'UTC')
        AND optional IS NOT DISTINCT FROM if(number % 3 = 0, NULL, -toInt64(number)) AND text = 'text ' || toString(number)
        AND tags = arrayMap(t -> 'tag ' || toString(t), range(number % 3))
        AND mapKeys(attributes) = arrayMap(k -> 'k' || toString(k), range(number % 4))
        AND mapValues(attributes) = arrayMap(k -> toString(number), range(number % 4))
        AND types = arrayMap(k -> 3, range(number % 4)))
      """)
    #expect(wrong.rowCount == 0)
    #expect(try connection.query("SELECT * FROM t").rowCount == 1000)
    let parts = try connection.query(
      "SELECT count() AS n FROM system.parts WHERE table = 't' AND database = currentDatabase()")
    #expect("\(parts.columns[0].values)" == "unsigneds([2])", "one part an insert")
  }

  @Test func `a refused insert stores nothing and leaves the block usable`() throws {
    let connection = try EngineFixture.connection()
    try connection.execute("CREATE TABLE t (n UInt64, CONSTRAINT small CHECK n < 10) ENGINE = MergeTree ORDER BY n")
    let number = FixedColumn<UInt64>()
    for value in 5..<15 { number.append(UInt64(value)) }
    let failure = #expect(throws: EngineFailure.self) {
      try connection.insert([("n", number)], rows: 0..<10, into: "t")
    }
    #expect(failure?.code == 469, "\(failure?.message ?? "")")
    try connection.insert([("n", number)], rows: 0..<5, into: "t")
    #expect(try connection.query("SELECT * FROM t").rowCount == 5)
  }

  @Test func `the engine keeps nothing of an insert`() throws {
    let connection = try EngineFixture.connection()
    let names = (0..<40).map { "c\($0)" }
    try connection.execute("CREATE TABLE t (\(names.map { "\($0) UInt64" }.joined(separator: ", "))) ENGINE = Null")
    let number = FixedColumn<UInt64>()
    for value in 0..<3 { number.append(UInt64(value)) }
    let columns: [(name: String, column: any Column)] = names.map { ($0, number) }
    // A batch that is bound without a stream leaves more than one object of this size a column behind.
    func liveCount() throws -> Int64 {
      let live = try connection.query(
        "SELECT toInt64(allocations - deallocations) AS live FROM system.jemalloc_bins WHERE size = 320")
      guard case .ints(let counts) = live.columns[0].values else { return 0 }
      return try #require(counts.first)
    }
    for _ in 0..<20 { try connection.insert(columns, rows: 0..<3, into: "t") }
    let before = try liveCount()
    let heapBefore = Int64(CSystemShims_heap_bytes())
    for _ in 0..<300 { try connection.insert(columns, rows: 0..<3, into: "t") }
    #expect(try liveCount() - before < 4000)
    let heapAfter = Int64(CSystemShims_heap_bytes())
    // What is bound comes from our own heap; a schema that is not released is 7,000 bytes.
    #expect((heapAfter - heapBefore) / 300 < 1000)
  }

  @Test func `connections of a pool are shared by more threads than there are`() async throws {
    let database = try EngineFixture.database
    let pool = ConnectionPool(connectionCountMax: 2) { () throws(EngineFailure) in try database.connect() }
    let sum = await withTaskGroup(of: Int.self) { group in
      for number in 0..<20 {
        group.addTask {
          (try? pool.withConnection { (c) throws(EngineFailure) in
            try c.query("SELECT number FROM numbers(\(number))").rowCount
          }) ?? -1
        }
      }
      return await group.reduce(0, +)
    }
    #expect(sum == 190)
  }
}
