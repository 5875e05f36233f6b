import Base
import Engine
import HTTPTypes
import JSON
import TestSupport
import Testing

@testable import TelemetryAPI
@testable import TelemetryQueries

/// Goal: a heat map counts each span of the filters once, whether roll-ups or spans are read.
@Suite struct HeatMapTests {
  private static let sample = Result { try Harness.sample }

  private func map(_ query: String) async throws -> JSONValue {
    try #require(try await Self.sample.get().get("/analytics/heatmap?" + query)["data"])
  }

  /// The counts of all columns by row.
  private func counts(_ query: String) async throws -> [Int64: Int64] {
    var counts: [Int64: Int64] = [:]
    for column in try await map(query)["columns"]?.array ?? [] {
      let rows = column["rows"]?.array?.compactMap(\.int) ?? []
      for (row, count) in zip(rows, column["counts"]?.array?.compactMap(\.int) ?? []) {
        counts[row, default: 0] += count
      }
    }
    return counts
  }

  @Test func `spans are counted by minute and by doubling`() async throws {
    let map = try await map("start=-10m&step=1m&rows_per_doubling=1")
    let columns = try #require(map["columns"]?.array)
    #expect(columns.map { $0["time"]?.string?.suffix(6) } == ["00:00Z", "01:00Z", "02:00Z", "03:00Z"])
    #expect(columns.map { $0["rows"]?.array?.compactMap(\.int) } == [[14, 16], [15], [21], [9]])
    #expect(columns.map { $0["counts"]?.array?.compactMap(\.int) } == [[1, 2], [2], [2], [1]])
    #expect(map["step_seconds"]?.int == 60)
    #expect(map["row_base_ns"]?.int == 1_024)
    #expect(map["span_count"]?.int == 8)
  }

  @Test(arguments: ["", "service=chat", "model=llama-3", "provider=vllm", "service=chat&model=qwen", "service=nobody"])
  func `roll-ups count what spans do`(filter: String) async throws {
    for rows in [1, 2, 4, 8] {
      let query = "start=-70m&rows_per_doubling=\(rows)&\(filter)"
      let fine = try await counts(query + "&step=1m")
      #expect(try await counts(query + "&step=30m") == fine)
      // Whole half hours and what lies before them.
      #expect(try await counts("start=-95m&rows_per_doubling=\(rows)&\(filter)&step=30m") == fine)
      #expect(fine.isEmpty == (filter == "service=nobody"))
    }
  }

  @Test(arguments: [
    ("status=error", 1), ("operation=SELECT", 1), ("min_duration_ms=90", 3), ("max_duration_ms=1", 1),
    ("gpu=GPU-1", 2), ("attr.http.status_code=200", 2), ("resource.host.name=h1", 1), ("user=u-7", 1),
    ("q={ duration > 2s }", 2), ("measure=ttft", 3), ("measure=ttft&service=gateway", 0),
  ])
  func `every filter of spans holds`(filter: String, count: Int64) async throws {
    let query = filter.hasPrefix("q=") ? "q=" + PercentEncoding.encode(String(filter.dropFirst(2))) : filter
    for step in ["1m", "30m"] {
      #expect(try await map("start=-70m&step=\(step)&\(query)")["span_count"]?.int == count, "\(step)")
    }
  }

  @Test func `the time to the first token has a row of its own`() async throws {
    // 5 ms are 4,883 times 1,024 ns.
    #expect(try await counts("start=-1h&measure=ttft&rows_per_doubling=1") == [12: 3])
  }

  @Test(arguments: [
    ("start=-1h&step=1s", "the range has more than 500 steps; take at least 8s"),
    ("q=" + PercentEncoding.encode("{ } | count() > 2"), "looks at several spans of a trace"),
    ("rows_per_doubling=3", "expected one of 1, 2, 4, 8"), ("measure=size", "expected one of duration, ttft"),
  ])
  func `a heat map that cannot be drawn says why`(query: String, message: String) async throws {
    let harness = try Self.sample.get()
    let response = try await harness.response("/analytics/heatmap?" + query)
    #expect(response.status == 400)
    #expect(String(decoding: try harness.bytes(response), as: UTF8.self).contains(message))
  }

  @Test func `more cells than may be are none`() throws {
    let harness = try Self.sample.get()
    let telemetry = TelemetryReader.over(harness.engine).telemetry(of: TenantID(1), during: .background)
    let range = TimeRange(start: UnixNanoseconds(Harness.base), end: Harness.now)
    func columns(_ most: Int) throws -> [HeatMapColumn]? {
      try telemetry.heatMap(
        HeatMapQuery(
          filter: SpanFilter(range: range), stepNanoseconds: 60_000_000_000, rowsPerDoubling: 1, cellCountMax: most))
    }
    #expect(try columns(4) == nil)
    #expect(try columns(5)?.count == 4)
  }

  @Test(arguments: [
    (1, "000000000000000c", 75.0, 2), (2, "0000000000000016", 25.0, 2), (1, "000000000000000b", 75.0, 2),
    (1, "000000000000000d", 50.0, 1), (3, "0000000000000020", 50.0, 1),
  ])
  func `a span has its place among those like it`(
    trace: Int, span: String, percentile: Double, count: Int64
  ) async throws {
    let target = "/traces/\(SpanRow.id(trace))/spans/\(span)/percentile"
    let data = try #require(try await Self.sample.get().get(target)["data"])
    #expect(data["percentile"]?.double == percentile)
    #expect(data["span_count"]?.int == count)
    let isCall = data["service_name"]?.string == "chat"
    #expect(data["name"]?.isNull == isCall)
    #expect((data["operation"]?.string == "chat") == isCall)
    let (median, own) = (data["median_ns"]?.double ?? 0, data["duration_ns"]?.double ?? 0)
    #expect(percentile == 50 || (median < own * 0.9) == (percentile > 50))
    #expect(data["end"]?.string == "2026-11-21T08:10:00Z")
  }

  @Test func `an old span is compared with those of its day`() async throws {
    let harness = try Harness(
      [(-180_000_000, 10), (-180_060_000, 20), (-190_000_000, 30), (0, 5)].enumerated().map { number, span in
        SpanRow(trace: number + 1, span: 1, offsetMilliseconds: span.0, durationMilliseconds: span.1).insert
      })
    let target = "/traces/\(SpanRow.id(1))/spans/0000000000000001/percentile"
    let data = try #require(try await harness.get(target)["data"])
    #expect(data["span_count"]?.int == 3)
    #expect(data["end"]?.string == "2026-11-19T06:30:00Z")
    #expect(data["start"]?.string == "2026-11-18T06:30:00Z")
    let missing = try await harness.response("/traces/\(SpanRow.id(1))/spans/0000000000000002/percentile")
    #expect(missing.status == 404)
  }
}
