import Columns
import EmbeddedClickHouse
import EngineTestSupport
import Testing

@Suite struct `Results of the embedded engine` {
  @Test func `numbers, texts, lists and maps come back as they are`() throws {
    let table = try EngineFixture.connection().query(
      """
      SELECT toInt8(-1) AS i8, toInt64(-9223372036854775808) AS i64, toUInt64(18446744073709551615) AS u64,
        1.5 AS f, toFloat32(0.25) AS f32, true AS b, 'a\\'b' AS s, toFixedString('ab', 4) AS fs,
        toLowCardinality('lc') AS lc, toDateTime64('2026-11-21 08:00:00.000000001', 9, 'UTC') AS ts,
        toDate('1970-01-03') AS day, [1, 2, 3]::Array(UInt8) AS list, []::Array(String) AS none,
        map('k', 'v', 'l', 'w') AS m, toDecimal64(1.25, 2) AS d, NULL AS nothing
      """)
    let values = Dictionary(uniqueKeysWithValues: table.columns.map { ($0.name, "\($0.values)") })
    #expect(table.rowCount == 1)
    #expect(values["i8"] == "ints([-1])")
    #expect(values["i64"] == "ints([-9223372036854775808])")
    #expect(values["u64"] == "unsigneds([18446744073709551615])")
    #expect(values["f"] == "doubles([1.5])")
    #expect(values["f32"] == "doubles([0.25])")
    #expect(values["b"] == "ints([1])")
    #expect(values["s"] == "bytes(offsets: [0, 3], data: [97, 39, 98])")
    #expect(values["fs"] == "bytes(offsets: [0, 4], data: [97, 98, 0, 0])")
    #expect(values["lc"] == "bytes(offsets: [0, 2], data: [108, 99])")
    #expect(values["ts"] == "ints([1795248000000000001])")
    #expect(values["day"] == "ints([2])")
    #expect(values["list"]?.hasPrefix("list(offsets: [0, 3], elements: ") == true)
    #expect(values["list"]?.contains("octets([1, 2, 3])") == true)
    #expect(values["none"]?.contains("offsets: [0, 0]") == true)
    #expect(values["m"]?.contains("offsets: [0, 2]") == true)
    #expect(values["d"] == "doubles([1.25])")
    #expect(table.columns.last?.validity == [false])
  }

  @Test func `rows of many batches are joined`() throws {
    let table = try EngineFixture.connection().query(
      """
      SELECT number AS n, toString(number) AS s, range(number % 3) AS l, if(number % 2 = 0, NULL, number) AS o
      FROM numbers(200000) SETTINGS max_block_size = 10000
      """)
    #expect(table.rowCount == 200_000)
    guard case .unsigneds(let numbers) = table.columns[0].values,
      case .bytes(let offsets, let data) = table.columns[1].values,
      case .list(let listOffsets, .octets(let elements)) = table.columns[2].values
    else {
      Issue.record("other types: \(table.columns.map(\.name))")
      return
    }
    let row = Int(numbers.firstIndex(of: 123_456)!)
    #expect(Set(numbers).count == 200_000)
    #expect(String(decoding: data[offsets[row]..<offsets[row + 1]], as: UTF8.self) == "123456")
    let pair = Int(numbers.firstIndex(of: 123_455)!)
    #expect(Array(elements[listOffsets[pair]..<listOffsets[pair + 1]]) == [0, 1])
    #expect(table.columns[3].validity?[row] == false)
    #expect(table.columns[3].validity?[pair] == true)
  }

  @Test(arguments: [
    ("SELEC 1", 62), ("SELECT * FROM nowhere", 60), ("SELECT {p:String}", 456),
    ("SELECT sleepEachRow(0.1) FROM numbers(20) SETTINGS max_execution_time = 0.3, max_block_size = 1", 159),
    ("SELECT groupArray(number) FROM numbers(50000000) SETTINGS max_memory_usage = 50000000", 241),
    ("SELECT throwIf(number = 199999) FROM numbers(200000) SETTINGS max_block_size = 1000", 395),
  ])
  func `a failure has ClickHouse's number, and the connection works on`(sql: String, code: Int) throws {
    let connection = try EngineFixture.connection()
    let failure = #expect(throws: EngineFailure.self) { try connection.query(sql) }
    #expect(failure?.code == code, "\(failure?.message ?? "")")
    #expect(try connection.query("SELECT 1 AS one").rowCount == 1)
  }
}
