import EmbeddedClickHouse
import EngineTestSupport
import Ground
import StorePorts
import Testing

@testable import AnalyticsStore

@Suite struct MigrationTests {
  @Test func `details are made of the columns that held them before`() throws {
    let connection = try EngineFixture.connection()
    let runner = MigrationRunner(
      run: { (sql) throws(EngineError) in
        do throws(EngineFailure) { return QueryResult(try connection.query(sql)) } catch { throw EngineError(error) }
      }, logger: .disabled)
    try runner.migrate(to: Array(Migration.all.prefix(3)))
    try connection.execute(
      """
      INSERT INTO spans (tenant, trace_id, span_id, start_time, trace_state, dropped_attributes, event_times, event_names,
        event_attributes, event_dropped_attributes, dropped_events, link_trace_ids, link_span_ids, link_trace_states,
        link_flags, link_attributes, link_dropped_attributes, dropped_links)
      VALUES
      (1, 'a', 1, now64(9), '', 0, [], [], [], [], 0, [], [], [], [], [], [], 0),
      (1, 'a', 2, now64(9), 'k="v"', 1, [fromUnixTimestamp64Nano(toInt64(1795248000000000001), 'UTC'),
        fromUnixTimestamp64Nano(toInt64(5), 'UTC')], ['it''s', 'b'],
        ['[{"key":"i","value":{"intValue":"1"}}]', ''], [0, 7], 2, [unhex('000102030405060708090a0b0c0d0e0f')], [11],
        ['s=t'], [257], [''], [3], 4)
      """)
    // A stop between the two statements of a step runs the first one again.
    for statement in Migration.details.statements { try connection.execute(statement) }
    try runner.migrate(to: Migration.all)
    let rows = QueryResult(try connection.query("SELECT span_id, details FROM spans ORDER BY span_id"))
    #expect(rows["details"].string(0) == "")
    #expect(
      rows["details"].string(1) == #"""
        {"traceState":"k=\"v\"","droppedAttributesCount":1,\#
        "events":[{"timeUnixNano":"1795248000000000001","name":"it's",\#
        "attributes":[{"key":"i","value":{"intValue":"1"}}],"droppedAttributesCount":0},\#
        {"timeUnixNano":"5","name":"b","droppedAttributesCount":7}],"droppedEventsCount":2,\#
        "links":[{"traceId":"000102030405060708090a0b0c0d0e0f","spanId":"000000000000000b","traceState":"s=t",\#
        "droppedAttributesCount":3,"flags":257}],"droppedLinksCount":4}
        """#)
    let left = QueryResult(
      try connection.query(
        """
        SELECT count() AS n FROM system.columns
        WHERE database = currentDatabase() AND table = 'spans' AND (name LIKE 'event%' OR name LIKE 'link%')
        """))
    #expect(left["n"].unsigned(0) == 0)
    #expect(QueryResult(try connection.query("SELECT * FROM spans_with_attributes")).rowCount == 2)
  }
}
