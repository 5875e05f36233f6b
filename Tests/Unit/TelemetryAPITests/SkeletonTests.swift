import Base
import Engine
import HTTPTypes
import JSON
import Testing

@testable import TelemetryAPI
@testable import TelemetryQueries

/// Goal: the skeleton of a trace is the whole trace with less of each span.
@Suite struct SkeletonTests {
  private static let sample = Result { try Harness.sample }

  private static func texts(_ column: JSONValue?) -> [String] {
    let values = column?["values"]?.array?.compactMap(\.string) ?? []
    return column?["rows"]?.array?.compactMap { $0.int.map { values[Int($0)] } } ?? []
  }

  @Test(arguments: [1, 2, 3, 4])
  func `a skeleton has the spans of the whole trace`(trace: Int) async throws {
    let harness = try Self.sample.get()
    let whole = try #require(try await harness.get("/traces/\(SpanRow.id(trace))")["data"])
    #expect(try await harness.get("/traces/\(SpanRow.id(trace))?fields=all")["data"] == whole)
    let skeleton = try #require(try await harness.get("/traces/\(SpanRow.id(trace))?fields=skeleton")["data"])
    for member in [
      "trace_id", "root_name", "root_service", "start_time_unix_nano", "duration_ns", "span_count", "error_count",
      "input_tokens", "output_tokens", "truncated",
    ] { #expect(skeleton[member] == whole[member], "\(member)") }
    let spans = try #require(whole["spans"]?.array)
    let columns = try #require(skeleton["spans"])
    #expect(columns["span_id"]?.array == spans.compactMap { $0["span_id"] })
    for member in ["name", "service_name", "kind"] {
      #expect(Self.texts(columns[member]) == spans.compactMap { $0[member]?.string }, "\(member)")
    }
    #expect(Self.texts(columns["status"]) == spans.compactMap { $0["status"]?["code"]?.string })
    #expect(columns["duration_ns"]?.array == spans.compactMap { $0["duration_ns"] })
    let start = Int64(whole["start_time_unix_nano"]?.string ?? "") ?? 0
    let starts = spans.compactMap { $0["start_time_unix_nano"]?.string.flatMap { Int64($0) } }
    #expect(columns["start_ns"]?.array?.compactMap(\.int) == starts.map { $0 - start })
    let ids = (columns["span_id"]?.array ?? []) + (columns["missing_parents"]?.array ?? [])
    let parents = columns["parent"]?.array?.map { $0.int.map { ids[Int($0)] } ?? .null }
    #expect(parents == spans.compactMap { $0["parent_span_id"] })
  }

  @Test func `calls and GPUs are at the places of their spans`() async throws {
    let harness = try Self.sample.get()
    let data = try #require(try await harness.get("/traces/\(SpanRow.id(1))?fields=skeleton")["data"])
    let calls = try #require(data["calls"])
    #expect(calls["span"]?.array == [.number(.int(1))])
    #expect(Self.texts(calls["model"]) == ["llama-3"])
    #expect(Self.texts(calls["operation"]) == ["chat"])
    #expect(Self.texts(calls["provider"]) == ["vllm"])
    #expect(calls["input_tokens"]?.array?.map(\.int) == [100])
    #expect(calls["output_tokens"]?.array?.map(\.int) == [200])
    #expect(calls["cached_tokens"]?.array == [.null])
    #expect(calls["time_to_first_token_ns"]?.array?.map(\.int) == [5_000_000])
    #expect(data["gpus"]?["span"]?.array?.map(\.int) == [1])
    #expect(Self.texts(data["gpus"]?["gpu"]) == ["GPU-1"])
    #expect(try await harness.get("/traces/\(SpanRow.id(4))?fields=skeleton")["data"]?["gpus"]?["span"]?.array == [])
  }

  @Test func `copies count once, and what is too much is said`() throws {
    let harness = try Harness([
      SpanRow(trace: 7, span: 2, parent: 1, offsetMilliseconds: 5).insert,
      SpanRow(trace: 7, span: 1, offsetMilliseconds: 0, durationMilliseconds: 20).insert,
      SpanRow(trace: 7, span: 2, parent: 1, offsetMilliseconds: 5, durationMilliseconds: 30).insert,
      SpanRow(trace: 7, span: 4, parent: 3, offsetMilliseconds: 9, durationMilliseconds: -4).insert,
      SpanRow(trace: 7, span: 5, parent: 3, offsetMilliseconds: 10, status: 2).insert,
    ])
    let telemetry = TelemetryReader.over(harness.engine).telemetry(of: TenantID(1), during: .background)
    let id = TraceID(high: 0, low: 7)
    let all = try #require(try telemetry.skeleton(of: id))
    #expect(all.spans.ids.map(\.rawValue) == [1, 2, 4, 5])
    #expect(all.spans.parents == [nil, 0, 4, 4])
    #expect(all.spans.missingParents == [SpanID(3)])
    #expect(all.spans.durationNanoseconds == [20_000_000, 30_000_000, 0, 10_000_000])
    #expect(all.durationNanoseconds == 35_000_000)
    #expect(all.errorCount == 1)
    #expect(!all.isTruncated)
    for limit in 1...3 {
      let part = try #require(try telemetry.skeleton(of: id, spanCountMax: limit))
      #expect(part.spans.ids == Array(all.spans.ids.prefix(limit)))
      #expect(part.isTruncated)
    }
  }

  @Test func `a single span is the one of the whole trace`() async throws {
    let harness = try Self.sample.get()
    let whole = try await harness.get("/traces/\(SpanRow.id(1))")["data"]
    let span = try await harness.get("/traces/\(SpanRow.id(1))/spans/000000000000000C")["data"]
    #expect(span == whole?["spans"]?[1])
    let response = try await harness.response("/traces/\(SpanRow.id(1))/spans/000000000000004d")
    #expect(response.status == 404)
    #expect(try JSONValue(parsing: try harness.bytes(response))["code"]?.string == "span_not_found")
    for target in ["/traces/\(SpanRow.id(1))/spans/12", "/traces/\(SpanRow.id(1))?fields=some"] {
      #expect(try await harness.response(target).status == 400, "\(target)")
    }
    #expect(try await harness.response("/traces/\(SpanRow.id(77))?fields=skeleton").status == 404)
    // The span of another tenant, in a trace of the same id.
    #expect(try await harness.response("/traces/\(SpanRow.id(1))/spans/0000000000000033").status == 404)
    #expect(try await harness.response("/traces/\(SpanRow.id(1))/spans/0000000000000033", tenant: 2).status == 200)
  }
}
