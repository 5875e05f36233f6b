import JSON
import TelemetryQueries
import Testing

@testable import TelemetryAPI

@Suite struct PaginationTests {
  /// 60 traces of two spans; many start at the same time and last equally long, so that ids must break ties.
  private static func span(_ trace: Int, _ span: Int) -> String {
    SpanRow(
      trace: trace, span: trace * 10 + span, parent: span == 0 ? 0 : trace * 10,
      offsetMilliseconds: trace / 5 * 1_000 + span * 3, durationMilliseconds: 10 + trace % 3
    ).insert
  }

  private static let spans: [String] = (1...60).flatMap { trace in [span(trace, 0), span(trace, 1)] }

  private static let rows: [String] =
    spans + [
      """
      INSERT INTO logs (tenant, time, body, body_type)
      SELECT 1, fromUnixTimestamp64Nano(toInt64(\(Harness.base) + intDiv(number, 7) * 1000000000), 'UTC'), toString(number), 1
      FROM numbers(60)
      """
    ]

  private let harness: Harness

  init() throws { harness = try Self.shared.get() }

  private static let shared = Result { try Harness(rows) }

  private func all(_ target: String, _ member: (JSONValue) -> String?) async throws -> [String] {
    var found: [String] = []
    var next: String?
    repeat {
      let page = try await harness.get(target + (next.map { "&cursor=\($0)" } ?? ""))
      let items = try #require(page["data"]?.array)
      found += items.compactMap(member)
      next = page["next_cursor"]?.string
      // A page without items would never end.
      #expect(!items.isEmpty)
    } while next != nil && found.count < 1_000
    return found
  }

  @Test(arguments: TraceOrder.allCases, [1, 7, 60])
  func `pages of traces hold each trace once`(order: TraceOrder, limit: Int) async throws {
    let found = try await all("/traces?start=-1h&sort=\(order.rawValue)&limit=\(limit)") { $0["trace_id"]?.string }
    #expect(found.count == 60)
    #expect(Set(found).count == 60)
    let whole = try await harness.list("/traces?start=-1h&sort=\(order.rawValue)&limit=1000", "trace_id")
    #expect(found == whole)
  }

  @Test(arguments: TraceOrder.allCases)
  func `pages of spans hold each span once, in order`(order: TraceOrder) async throws {
    let found = try await all("/spans?start=-1h&sort=\(order.rawValue)&limit=11") { $0["span_id"]?.string }
    #expect(found.count == 120)
    #expect(Set(found).count == 120)
    let keys = try await all("/spans?start=-1h&sort=\(order.rawValue)&limit=11") { span in
      order == .longestFirst || order == .shortestFirst
        ? span["duration_ns"]?.int.map(String.init) : span["start_time_unix_nano"]?.string
    }.compactMap { Int64($0) }
    let isDescending = order.rawValue.hasPrefix("-")
    #expect(keys == keys.sorted(by: isDescending ? { $0 > $1 } : { $0 < $1 }))
  }

  @Test func `pages of log records hold each record once`() async throws {
    let found = try await all("/logs?start=-1h&limit=9") { $0["body"]?.string }
    #expect(found.count == 60)
    #expect(Set(found).count == 60)
  }

  @Test func `pages of a trace's spans hold each span once`() async throws {
    let found = try await all("/traces/\(SpanRow.id(5))/spans?limit=1") { $0["span_id"]?.string }
    #expect(Set(found).count == 2)
    #expect(found.count == 2)
  }

  @Test func `a filter across pages stays`() async throws {
    let found = try await all("/traces?start=-1h&min_duration_ms=14&limit=4") { $0["trace_id"]?.string }
    // Traces whose number leaves 1 or 2 last at least 14 ms: 3 ms until the second span, and its 11 or 12.
    #expect(found.count == 40)
    #expect(Set(found).count == 40)
  }

  @Test func `a cursor of another search is refused`() async throws {
    let cursor = try #require(try await harness.get("/traces?start=-1h&limit=5")["next_cursor"]?.string)
    let answer = try await harness.json("/traces?start=-1h&limit=5&sort=duration&cursor=\(cursor)")
    #expect(answer["status"]?.int == 400)
    #expect(answer["errors"]?[0]?["parameter"]?.string == "cursor")
  }
}
