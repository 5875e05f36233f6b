import Base
import Columns
import EmbeddedEngine
import Engine
import EngineTestSupport
import Testing

/// Goal: the limits of queries reach the engine.
///
/// Method: queries that cannot end within them.
@Suite struct QueryLimitTests {
  @Test func `a query that runs too long is ended and says so`() throws {
    var options = EmbeddedStoreOptions(folder: "")
    options.queryLimits.timeout = .milliseconds(200)
    let store = try EngineFixture.store(options)
    let error = #expect(throws: EngineError.self) {
      _ = try store.query(SQLStatement("SELECT sum(sipHash64(number)) FROM numbers(100000000000)"))
    }
    #expect(error?.meaning == .timeout)
    #expect(try store.query(SQLStatement("SELECT 1 AS one"))["one"].int(0) == 1)
  }

  @Test func `a query that takes too much memory is refused and says so`() throws {
    var options = EmbeddedStoreOptions(folder: "")
    options.queryLimits.memoryBytesMax = 32 << 20
    let store = try EngineFixture.store(options)
    let error = #expect(throws: EngineError.self) {
      _ = try store.query(SQLStatement("SELECT groupArray(number) FROM numbers(100000000)"))
    }
    #expect(error?.meaning == .outOfMemory)
    #expect(try store.query(SQLStatement("SELECT 1 AS one"))["one"].int(0) == 1)
  }
}
