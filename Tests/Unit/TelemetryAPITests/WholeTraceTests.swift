import Base
import Engine
import HTTPTypes
import JSON
import Testing

@testable import TelemetryQueries

/// Lists over a trace of 40 minutes whose spans lie far apart, beside usual ones.
///
/// The API's now is ten minutes after the base of the rows.
@Suite struct WholeTraceTests {
  private static let minute = 60_000
  private static let store = Result {
    try Harness(
      [
        // An agent that tells the tokens of its two calls, 14 and 40 minutes later; of a session that only the root names.
        SpanRow(
          trace: 1, span: 1, name: "agent", service: "agent", offsetMilliseconds: -40 * minute,
          durationMilliseconds: 15 * minute,
          columns: [("input_tokens", "300"), ("output_tokens", "30"), ("session_id", "'s-long'"), ("user_id", "'u-1'")]
        ).insert,
        SpanRow(
          trace: 1, span: 2, parent: 1, name: "chat", service: "chat", offsetMilliseconds: -26 * minute,
          columns: [("input_tokens", "100"), ("output_tokens", "10"), ("request_model", "'m-1'")]
        ).insert,
        SpanRow(
          trace: 1, span: 3, parent: 1, name: "chat", service: "chat", offsetMilliseconds: -1000, status: 2,
          columns: [("input_tokens", "200"), ("output_tokens", "20"), ("request_model", "'m-2'")]
        ).insert,
        // Two usual ones, the second with a clock that went back.
        SpanRow(trace: 2, span: 4, name: "short", offsetMilliseconds: -2000, durationMilliseconds: 20).insert,
        SpanRow(trace: 3, span: 5, name: "back", offsetMilliseconds: -3000, durationMilliseconds: -500).insert,
      ] + lists)
  }

  private static let lists = [
    SpanRow(
      trace: 4, span: 6, name: "listed", offsetMilliseconds: -4000,
      columns: [
        (
          "attributes", #"map('tags', '{"arrayValue":{"values":[{"stringValue":"x"},{"intValue":"7"}]}}', 'code', '5')"#
        ),
        ("attribute_types", "[6, 3]"),
      ]
    ).insert,
    "INSERT INTO attribute_keys (tenant, source, key, type) VALUES (1, 'span', 'tags', 6)",
  ]

  private func ids(_ query: String) async throws -> [Int] {
    try await Self.store.get().list("/traces?" + query, "trace_id").map { Int($0.suffix(8)) ?? 0 }
  }

  @Test func `the longest traces are the same, however many reach beyond the range`() throws {
    let telemetry = TelemetryReader.over(try Self.store.get().engine).telemetry(of: TenantID(1), during: .background)
    let minute: Int64 = 60_000_000_000
    for (from, to) in [(-45, 11), (-27, 11), (-11, 11), (-30, -12)] as [(Int64, Int64)] {
      let range = TimeRange(
        start: UnixNanoseconds(Harness.base + from * minute), end: UnixNanoseconds(Harness.base + to * minute))
      for limit in 1...4 {
        let search = TraceSearch(filter: SpanFilter(range: range), limit: limit)
        var readings = TraceReadings()
        let few = try telemetry.longestTraces(search, &readings)
        readings = TraceReadings()
        #expect(try telemetry.longestTraces(search, &readings, crossingRowCountMax: 0) == few)
        #expect(few?.isEmpty == false)
      }
    }
  }

  @Test(arguments: [
    "start=-605s", "start=-37m&end=-35m", "start=-1h", "start=-1h&sort=start_time", "start=-1h&sort=-duration",
  ])
  func `a list tells the whole trace, wherever the matching span lies`(range: String) async throws {
    let harness = try Self.store.get()
    let list = try await harness.get("/traces?\(range)&limit=1000")["data"]?.array ?? []
    let found = try #require(list.first { $0["trace_id"]?.string == SpanRow.id(1) })
    #expect(found["root_name"]?.string == "agent")
    #expect(found["span_count"]?.int == 3)
    #expect(found["error_count"]?.int == 1)
    #expect(found["duration_ns"]?.int == 2_399_010_000_000)
    #expect(found["input_tokens"]?.int == 300)
    #expect(found["output_tokens"]?.int == 30)
    let whole = try await harness.get("/traces/\(SpanRow.id(1))")["data"]
    for key in ["root_name", "start_time_unix_nano", "end_time_unix_nano", "duration_ns", "span_count", "input_tokens"]
    {
      #expect(found[key] == whole?[key], "\(key)")
    }
  }

  @Test(
    arguments: [
      ("start=-605s&min_duration_ms=600000", [1]), ("start=-605s&max_duration_ms=600000", [2, 3, 4]),
      ("start=-605s&sort=-duration", [1, 2, 4, 3]), ("start=-605s&sort=duration", [3, 4, 2, 1]),
      ("start=-605s&sort=-duration&limit=1", [1]), ("start=-2h&sort=-duration&limit=2", [1, 2]),
      ("start=-605s&max_duration_ms=0", [3]),
      ("start=-605s&session=s-long", [1]), ("start=-605s&session=s-long&status=error", [1]),
      ("start=-605s&session=s-long&model=m-2", [1]), ("start=-605s&session=s-long&model=m-1", []),
      ("start=-605s&user=u-1&service=chat", [1]), ("start=-605s&user=u-2", []),
      ("start=-605s&model=m-2&status=error", [1]), ("start=-605s&model=m-1&status=error", []),
      ("start=-2h&model=m-1&status=error", []),
      ("start=-605s&attr.tags=%5B%22x%22%2C7%5D", [4]), ("start=-605s&attr.tags=%5B%22x%22%5D", []),
    ] as [(String, [Int])])
  func `filters and orders look at the whole trace`(query: String, expected: [Int]) async throws {
    #expect(try await ids(query) == expected)
  }

  @Test(arguments: [
    (#"{ span.tags = "x" }"#, ["listed"]), (#"{ span.tags =~ "x|y" }"#, ["listed"]), ("{ span.tags = 7 }", ["listed"]),
    ("{ .tags > 6 }", ["listed"]), ("{ span.tags > 7 }", []), (#"{ span.tags != "x" }"#, []),
    (#"{ span.tags != "y" }"#, ["listed"]), (#"{ span.code = 5 }"#, ["listed"]), ("{ span.tags = 7.0 }", ["listed"]),
    ("{ duration = 0s }", ["back"]), ("{ duration < 1ms }", ["back"]),
    (#"{ name = "agent" } > { status = error }"#, ["chat"]),
  ])
  func `spans match by the elements of their lists, and never last less than nothing`(
    query: String, expected: [String]
  ) async throws {
    let found = try await Self.store.get().list("/spans?start=-2h&q=" + PercentEncoding.encode(query), "name")
    #expect(found == expected)
  }

  @Test func `attributes are listed once for each type`() async throws {
    let types = try await Self.store.get().list("/attributes?start=-2h&prefix=tags", "type")
    #expect(types == ["array"])
  }
}
