import AnalyticsStore
import EngineTestSupport
import Ground
import StorePorts
import Testing

/// Goal: spans whose trace was not written, because the process was killed between the two, get it at the next start.
@Suite struct DerivedRowsTests {
  @Test func `a store that opens completes the traces and operations of the spans that came last`() throws {
    let name = EngineFixture.newName()
    let store = try EngineFixture.store(name: name)
    try store.execute(
      SQLStatement(
        """
        INSERT INTO spans (tenant, trace_id, span_id, parent_span_id, name, kind, start_time, duration_ns, service_name)
        VALUES (1, unhex('5b8aa5a2d2c872e8321cf37308d69df2'), 1, 0, 'answer', 2, now64(9), 5, 'chat'),
          (1, unhex('5b8aa5a2d2c872e8321cf37308d69df2'), 2, 1, 'search', 3, now64(9), 3, 'chat')
        """))
    let complete = try figures(store)
    #expect(complete == ["1 answer chat", "2"])
    // What the kill leaves: the spans, and nothing that follows from them.
    try store.execute(SQLStatement("TRUNCATE TABLE traces"))
    try store.execute(SQLStatement("TRUNCATE TABLE operations"))
    #expect(try figures(store) == [nil, "0"])
    #expect(try figures(EngineFixture.store(name: name)) == complete)
    // Opening it once more changes nothing.
    #expect(try figures(EngineFixture.store(name: name)) == complete)
  }

  /// The one trace, nil if there is none, and the number of operations.
  private func figures(_ store: EmbeddedStore) throws -> [String?] {
    let traces = try store.query(
      SQLStatement(
        """
        SELECT concat(toString(count(DISTINCT trace_id)), ' ', max(root_name), ' ', max(root_service)) AS text
        FROM traces GROUP BY tenant
        """))
    let operations = try store.query(
      SQLStatement("SELECT toString(count(DISTINCT service_name, name, kind)) AS text FROM operations"))
    return [traces.rowCount == 0 ? nil : traces["text"].string(0), operations["text"].string(0)]
  }
}
