import Columns
import EmbeddedEngine
import Engine
import EngineTestSupport
import Testing

/// What every AnalyticsEngine does, run against the embedded one.
@Suite struct `An analytics engine` {
  @Test(arguments: [
    (SQLValue.string("it's {x:String} \\ \n\u{0}"), "String"), (.int(-5), "Int64"), (.unsigned(.max), "UInt64"),
    (.double(-0.1), "Float64"), (.double(.infinity), "Float64"), (.strings(["a", "b'c", "\\"]), "Array(String)"),
    (.strings([]), "Array(String)"), (.unsigneds([1, .max]), "Array(UInt64)"), (.unsigned(7), "UInt32"),
    (.int(.min), "Int64"), (.bytes([0, 39, 92, 255, 10, 0]), "String"), (.bytes([7, 0]), "FixedString(2)"),
  ])
  func `gives a parameter back as it was given`(value: SQLValue, type: String) throws {
    let store = try EngineFixture.store()
    let column = try store.query(SQLStatement("SELECT {p:\(type)} AS v, toTypeName(v) AS t", ["p": value]))["v"]
    switch value {
    case .bytes(let bytes): #expect(column.bytes(0).map { Array($0) } == bytes)
    case .string(let text): #expect(column.string(0) == text)
    case .int(let number): #expect(column.int(0) == number)
    case .unsigned(let number): #expect(column.unsigned(0) == number)
    case .double(let number): #expect(column.double(0) == number)
    case .strings(let texts):
      let (elements, range) = column.list(0)
      #expect(range.map { elements.string($0) } == texts)
    case .unsigneds(let numbers):
      let (elements, range) = column.list(0)
      #expect(range.map { elements.unsigned($0) } == numbers)
    case .elements: Issue.record("the elements of a list are no value of their own")
    }
  }

  @Test func `takes bytes of ids as the list behind IN`() throws {
    let store = try EngineFixture.store()
    let ids: [[UInt8]] = [[0, 39], [92, 255], [10, 125]]
    for (bytes, isThere) in [([92, 255], true), ([10, 125], true), ([0, 40], false)] as [([UInt8], Bool)] {
      let result = try store.query(
        SQLStatement(
          "SELECT toFixedString({b:String}, 2) IN ({ids:Elements}) AS v", ["b": .bytes(bytes), "ids": .elements(ids)]))
      #expect(result["v"].unsigned(0) == (isThere ? 1 : 0))
    }
  }

  @Test(arguments: [
    ("SELEC 1", EngineError.Meaning.rejected), ("SELECT * FROM nowhere", .rejected),
    ("SELECT {missing:String}", .rejected),
    ("SELECT sleepEachRow(0.1) FROM numbers(20) SETTINGS max_execution_time = 0.2, max_block_size = 1", .timeout),
    ("SELECT groupArray(number) FROM numbers(50000000) SETTINGS max_memory_usage = 30000000", .outOfMemory),
  ])
  func `says what a failure means`(sql: String, meaning: EngineError.Meaning) throws {
    let store = try EngineFixture.store()
    let error = #expect(throws: EngineError.self) { try store.query(SQLStatement(sql)) }
    #expect(error?.meaning == meaning, "\(error?.message ?? "")")
  }
}
