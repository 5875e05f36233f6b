import AnalyticsStore
import EngineTestSupport
import StorePorts
import Testing

/// Goal: the engine runs by our configuration. Method: what the engine that all tests share says of itself.
@Suite struct `Configuration of the engine` {
  @Test func `the engine has the caches that its configuration names, and nothing else is changed`() throws {
    let changed = try EngineFixture.store().query(
      SQLStatement(
        "SELECT name, value FROM system.server_settings WHERE changed AND name NOT IN ('path', 'logger.level') ORDER BY name"
      ))
    let settings = (0..<changed.rowCount).map { row in
      "\(changed["name"].string(row) ?? "") = \(changed["value"].string(row) ?? "")"
    }
    #expect(
      settings == [
        "index_mark_cache_size = 134217728", "index_uncompressed_cache_size = 33554432",
        "mark_cache_size = 268435456", "primary_index_cache_size = 134217728", "query_condition_cache_size = 16777216",
      ])
  }
}
