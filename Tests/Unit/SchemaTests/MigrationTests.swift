import EmbeddedClickHouse
import EngineTestSupport
import Base
import Engine
import Testing

@testable import Schema
@testable import EmbeddedEngine

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

  @Test func `figures that are derived already are kept when calls are counted`() throws {
    let connection = try EngineFixture.connection()
    let runner = MigrationRunner(
      run: { (sql) throws(EngineError) in
        do throws(EngineFailure) { return QueryResult(try connection.query(sql)) } catch { throw EngineError(error) }
      }, logger: .disabled)
    try runner.migrate(to: Migration.all.filter { $0.number < 7 })
    // Of a day whose spans are stored, the last of them not derived yet, and of one whose spans are gone.
    try connection.execute(
      """
      INSERT INTO spans (tenant, trace_id, span_id, start_time, duration_ns, request_model, input_tokens, gpu_ids, user_id,
        received_at)
      SELECT 1, 'a', number + 1, toDateTime64('2026-11-20 10:20:00', 9, 'UTC') + number * 900, 5000000, 'm', 7, ['g'],
        'u', toDateTime64('2026-11-20 12:00:00', 9, 'UTC') + number
      FROM numbers(4)
      """)
    try connection.execute(
      """
      INSERT INTO span_minutes (tenant, minute, request_model, spans, duration_ns_sum, input_tokens, rolled_until) VALUES
      (1, '2026-11-20 10:20:00', 'm', 3, 15000000, 21, '2026-11-20 12:00:02'),
      (1, '2026-08-30 10:20:00', 'm', 2, 10000000, 14, '2026-08-30 12:00:00'),
      (1, '2026-08-30 10:20:00', '', 5, 10000000, 0, '2026-08-30 12:00:00')
      """)
    try connection.execute(
      """
      INSERT INTO span_durations (tenant, hour, request_model, duration_bucket, spans, rolled_until) VALUES
      (1, '2026-11-20 10:00:00', 'm', 392, 3, '2026-11-20 12:00:02'),
      (1, '2026-08-30 10:00:00', 'm', 392, 2, '2026-08-30 12:00:00')
      """)
    let counting = try #require(Migration.all.first { $0.number == 7 })
    // A stop anywhere in the step runs it again from its beginning.
    for end in [counting.statements.count / 2, counting.statements.count - 1] {
      for statement in counting.statements[..<end] { try connection.execute(statement) }
    }
    try runner.migrate(to: Migration.all)
    func rows(_ sql: String) throws -> [String] {
      let result = QueryResult(try connection.query(sql))
      return (0..<result.rowCount).map { result["text"].string($0) ?? "" }
    }
    #expect(
      try rows(
        """
        SELECT concat(toString(toDate(minute)), ' ', request_model, ': ', toString(sum(spans)), ' ', toString(sum(calls)),
          ' ', toString(sum(input_tokens)), ' ', toString(sum(call_duration_ns_sum))) AS text
        FROM span_minutes GROUP BY toDate(minute), request_model ORDER BY text
        """) == ["2026-08-30 : 5 0 0 0", "2026-08-30 m: 2 2 14 10000000", "2026-11-20 m: 3 3 21 15000000"])
    #expect(
      try rows(
        """
        SELECT concat(toString(half_hour), ': ', toString(sum(spans)), ' ', toString(sum(calls))) AS text
        FROM span_half_hours GROUP BY half_hour ORDER BY half_hour
        """) == ["2026-08-30 10:00:00: 2 2", "2026-11-20 10:00:00: 1 1", "2026-11-20 10:30:00: 2 2"])
    #expect(
      try rows(
        "SELECT concat(gpu, ' ', toString(sum(spans)), ' ', toString(sum(input_tokens))) AS text FROM gpu_hours GROUP BY gpu"
      )
        == ["g 3 21"])
    #expect(
      try rows(
        "SELECT concat(gpu, ' ', toString(sum(spans)), ' ', toString(sum(input_tokens))) AS text FROM gpu_hour_sums GROUP BY gpu"
      )
        == ["g 3 21"])
    #expect(
      try rows(
        """
        SELECT concat(toString(minutes), ' ', toString(time), ' ', label, ': ', toString(sum(spans)), ' ',
          toString(sum(calls))) AS text
        FROM label_durations WHERE dimension = 'model' GROUP BY minutes, time, label ORDER BY minutes, time
        """) == [
          "30 2026-08-30 10:00:00 m: 2 2", "30 2026-11-20 10:00:00 m: 1 1", "30 2026-11-20 10:30:00 m: 2 2",
          "240 2026-08-30 08:00:00 m: 2 2", "240 2026-11-20 08:00:00 m: 3 3",
        ])
    #expect(
      try rows("SELECT concat(user_id, toString(uniqExact(trace_id))) AS text FROM trace_owners GROUP BY user_id") == [
        "u1"
      ])
    #expect(QueryResult(try connection.query("SELECT counting FROM spans WHERE counting != 0")).rowCount == 0)
    #expect(
      try rows(
        "SELECT name AS text FROM system.tables WHERE database = currentDatabase() AND name LIKE 'span_durations%'"
      )
      .isEmpty)
  }
}
