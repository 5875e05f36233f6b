import Base
import Engine
import HTTPTypes
import JSON
import Testing

@testable import TelemetryAPI
@testable import TelemetryQueries

/// Goal: an edge stands for each call of another service, and of what sends no spans where nothing answers the call.
@Suite struct ServiceGraphTests {
  @Test func `services call each other and providers`() async throws {
    let data = try #require(try await Harness.sample.get("/services/graph?start=-1h")["data"])
    let edges = try #require(data["edges"]?.array)
    let found = edges.map { edge in
      let names = ["source", "target", "target_kind"].map { edge[$0]?.string ?? "" }
      return names.joined(separator: " ") + " \(edge["call_count"]?.int ?? 0) \(edge["error_count"]?.int ?? 0)"
    }
    #expect(found == ["gateway chat service 3 1", "chat vllm provider 2 1", "chat db service 1 0"])
    #expect(edges[0]["p50_ns"]?.double == 80_000_000)
    #expect(edges[0]["p95_ns"]?.double == 2_500_000_000)
    let nodes = try #require(data["nodes"]?.array)
    #expect(
      Set(nodes.map { "\($0["name"]?.string ?? "") \($0["kind"]?.string ?? "") \($0["span_count"]?.int ?? -1)" })
        == ["gateway service 3", "chat service 3", "db service 2", "vllm provider -1"])
    #expect(data["span_count"]?.int == 8)
    #expect(data["sample_divisor"]?.int == 1)
  }

  @Test func `databases and other peers are known by attributes, copies count once`() async throws {
    func client(_ span: Int, _ attributes: String, parent: Int = 1, status: Int = 0) -> SpanRow {
      SpanRow(
        trace: 1, span: span, parent: parent, name: "call", service: "shop", offsetMilliseconds: span, status: status,
        kind: 3, columns: [("attributes", attributes), ("attribute_types", "[1]")])
    }
    var copy = client(2, "map('db.system.name', 'postgresql')")
    copy.columns.append(("counting", "1"))
    let harness = try Harness(
      [
        SpanRow(trace: 1, span: 1, service: "shop", offsetMilliseconds: 0),
        client(2, "map('db.system.name', 'postgresql')", status: 2), copy, client(3, "map('db.system', 'redis')"),
        client(4, "map('peer.service', 'mail')"), client(5, "map('peer.service', 'stock')"),
        SpanRow(trace: 1, span: 6, parent: 5, service: "stock", offsetMilliseconds: 6, status: 2),
        SpanRow(trace: 1, span: 7, parent: 6, service: "stock", offsetMilliseconds: 7),
      ].map(\.insert))
    let edges = try await harness.get("/services/graph?start=-1h")["data"]?["edges"]?.array ?? []
    let found = edges.map {
      "\($0["target"]?.string ?? "") \($0["target_kind"]?.string ?? "") \($0["error_count"]?.int ?? 0)"
    }
    #expect(Set(found) == ["postgresql database 1", "redis database 0", "mail peer 0", "stock service 1"])
    #expect(edges.allSatisfy { $0["call_count"]?.int == 1 && $0["source"]?.string == "shop" })
  }

  @Test func `of too many spans some traces are looked at`() throws {
    let harness = try Harness([
      """
      INSERT INTO spans (tenant, trace_id, span_id, parent_span_id, name, service_name, start_time, duration_ns, kind,
        received_at)
      SELECT 1, unhex(leftPad(hex(intDiv(number, 2) + 1), 32, '0')), number + 1, if(number % 2 = 0, 0, number), 'n',
        if(number % 2 = 0, 'front', 'back'), fromUnixTimestamp64Nano(toInt64(\(Harness.base) + number), 'UTC'), 1000000, 2,
        toDateTime(\(Harness.base / 1_000_000_000))
      FROM numbers(4000)
      """
    ])
    let telemetry = TelemetryReader.over(harness.engine).telemetry(of: TenantID(1), during: .background)
    let range = TimeRange(start: UnixNanoseconds(Harness.base), end: Harness.now)
    let whole = try telemetry.serviceGraph(in: range)
    #expect(whole.edges.map(\.callCount) == [2_000])
    #expect(whole.divisor == 1)
    let part = try telemetry.serviceGraph(in: range, spanCountMax: 1_000)
    #expect(part.spanCount == 4_000)
    #expect(part.divisor == 4)
    // A trace is looked at whole or not at all, so the estimate is near.
    #expect(1_600...2_400 ~= part.edges.first?.callCount ?? 0)
    #expect(part.edges.count == 1)
  }
}
