import Base
import Engine
import HTTPTypes
import JSON
import TestSupport
import Testing

@testable import TelemetryAPI
@testable import TelemetryQueries

/// Goal: values of fields and attributes are counted over the spans of a filter, as facets and as groups of analytics.
@Suite struct FacetTests {
  private static let sample = Result { try Harness.sample }

  private func facets(_ query: String) async throws -> [String: String] {
    let data = try #require(try await Self.sample.get().get("/traces/facets?start=-1h&" + query)["data"])
    let fields = try #require(data["fields"]?.array)
    return Dictionary(
      uniqueKeysWithValues: fields.map { field in
        let values = (field["values"]?.array ?? []).map {
          "\($0["value"]?.string ?? "") \($0["span_count"]?.int ?? 0) \($0["trace_count"]?.int ?? 0)"
        }
        return (field["field"]?.string ?? "", values.joined(separator: ", "))
      })
  }

  @Test func `each field has its most frequent values`() async throws {
    let all = try await facets("")
    #expect(all["service"] == "chat 3 3, gateway 3 3, db 2 2")
    #expect(all["status"] == "unset 7 4, error 1 1")
    #expect(all["model"] == "llama-3 2 2, qwen 1 1")
    #expect(all["provider"] == "vllm 3 3")
    #expect(all["gpu"] == "GPU-1 2 2, GPU-2 1 1")
    #expect(all["session"] == "s-llama-3 2 2, s-1 1 1, s-qwen 1 1")
    #expect(
      all.keys.sorted() == ["gpu", "kind", "model", "operation", "provider", "service", "session", "status", "user"])
    let data = try await Self.sample.get().get("/traces/facets?start=-1h&limit=1")["data"]
    let service = data?["fields"]?.array?.first { $0["field"]?.string == "service" }
    #expect(service?["value_count"]?.int == 3)
    #expect(service?["values"]?.array?.count == 1)
    #expect(data?["span_count"]?.int == 8)
    #expect(data?["sample_divisor"]?.int == 1)
  }

  @Test(arguments: [
    ("service=chat&attributes=attr.http.status_code,resource.host.name", "service", "chat 3 3"),
    ("attributes=attr.http.status_code,resource.host.name", "attr.http.status_code", "200 2 2"),
    ("attributes=attr.http.status_code,resource.host.name", "resource.host.name", "h1 1 1"),
    ("attributes=attr.gen_ai.usage.input_tokens&model=qwen", "attr.gen_ai.usage.input_tokens", "900 1 1"),
    ("attributes=resource.nothing", "resource.nothing", ""), ("min_duration_ms=1000", "model", "qwen 1 1"),
    ("q=" + PercentEncoding.encode("{ status = error }"), "gpu", "GPU-2 1 1"), ("service=nobody", "status", ""),
  ])
  func `filters and further attributes`(query: String, field: String, expected: String) async throws {
    #expect(try await facets(query)[field] == expected)
  }

  @Test func `of too many spans some traces are looked at`() throws {
    let harness = try Harness([
      """
      INSERT INTO spans (tenant, trace_id, span_id, name, service_name, start_time, duration_ns, kind, received_at)
      SELECT 1, unhex(leftPad(hex(intDiv(number, 2) + 1), 32, '0')), number + 1, 'n', 'front',
        fromUnixTimestamp64Nano(toInt64(\(Harness.base) + number), 'UTC'), 1000000, 2,
        toDateTime(\(Harness.base / 1_000_000_000))
      FROM numbers(4000)
      """
    ])
    let telemetry = TelemetryReader.over(harness.engine).telemetry(of: TenantID(1), during: .background)
    let filter = SpanFilter(range: TimeRange(start: UnixNanoseconds(Harness.base), end: Harness.now))
    let facets = try telemetry.facets(filter, attributes: [], limit: 5, spanCountMax: 1_000)
    #expect(facets.spanCount == 4_000)
    #expect(facets.divisor == 4)
    let service = try #require(facets.fields.first { $0.field == "service" }?.values.first)
    #expect(3_200...4_800 ~= service.spanCount)
    #expect(service.spanCount == 2 * service.traceCount)
  }

  @Test(arguments: [
    "attributes=color", "attributes=attr.", "attributes=attr.a,,attr.b",
    "attributes=attr.a,attr.b,attr.c,attr.d,attr.e,attr.f,attr.g,attr.h,attr.i", "limit=101",
    "q=" + PercentEncoding.encode("{ } > { }"),
  ])
  func `a mistake is refused`(query: String) async throws {
    #expect(try await Self.sample.get().response("/traces/facets?" + query).status == 400)
  }

  @Test(arguments: [
    ("user", "u-1 1 0, u-100 1 300, u-7 1 21, u-900 1 2700"),
    ("session", "s-1 1 0, s-llama-3 2 321, s-qwen 1 2700"),
    ("attr.http.status_code", "200 2 0"), ("attr.gen_ai.request.model", "llama-3 2 321, qwen 1 2700"),
    ("resource.host.name", "h1 1 0"), ("resource.nothing", ""),
  ])
  func `analytics are grouped by what spans say`(group: String, expected: String) async throws {
    let harness = try Self.sample.get()
    let target = "/analytics/overview?start=-1h&group_by=\(group)"
    let data = try #require(try await harness.get(target)["data"])
    #expect(data["group_by"]?.string == group)
    let groups = (data["groups"]?.array ?? []).map { row in
      let tokens = (row["input_tokens"]?.int ?? 0) + (row["output_tokens"]?.int ?? 0)
      return "\(row["group"]?.string ?? "") \(row["span_count"]?.int ?? 0) \(tokens)"
    }
    #expect(groups.sorted().joined(separator: ", ") == expected)
    #expect(data["total"]?["span_count"]?.int == 8)
    #expect(data["group_count"]?.int == Int64(groups.count))
    for series in ["latency", "throughput"] {
      for step in ["1m", "30m"] {
        let answer = try await harness.get("/analytics/\(series)?start=-1h&step=\(step)&group_by=\(group)")["data"]
        #expect(answer?["series"]?.array?.count == groups.count, "\(series) \(step)")
      }
    }
    let few = try await harness.get(target + "&limit=1&service=chat")["data"]
    #expect((few?["groups"]?.array?.count ?? 0) <= 1)
    #expect(few?["total"]?["span_count"]?.int == 3)
  }

  @Test func `what is no group is refused`() async throws {
    for group in ["color", "attr.", "resource."] {
      let response = try await Self.sample.get().response("/analytics/overview?group_by=\(group)")
      #expect(response.status == 400, "\(group)")
    }
  }
}
