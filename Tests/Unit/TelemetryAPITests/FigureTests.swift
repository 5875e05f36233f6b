import Engine
import JSON
import Testing

@testable import TelemetryAPI

@Suite struct FigureTests {
  private let harness: Harness

  init() throws { harness = try Harness.sample }

  @Test func `the overview counts spans in total and by service`() async throws {
    let data = try #require(try await harness.get("/analytics/overview?start=-1h")["data"])
    #expect(data["total"]?["span_count"]?.int == 8)
    #expect(data["total"]?["error_count"]?.int == 1)
    #expect(data["total"]?["error_rate"]?.double == 0.125)
    #expect(data["total"]?["input_tokens"]?.int == 1_007)
    let groups = try #require(data["groups"]?.array)
    #expect(groups.map { $0["group"]?.string } == ["chat", "gateway", "db"])
    #expect(groups[0]["duration_ms"]?["mean"]?.double == (80 + 40 + 2_500) / 3.0)
    #expect(groups[0]["output_tokens"]?.int == 2_014)
  }

  @Test func `the total of an overview is of all groups, also of those beyond the limit`() async throws {
    let all = try #require(try await harness.get("/analytics/overview?start=-1h")["data"])
    for limit in 1...4 {
      let data = try #require(try await harness.get("/analytics/overview?start=-1h&limit=\(limit)")["data"])
      #expect(data["total"] == all["total"])
      #expect(data["groups"]?.array == Array((all["groups"]?.array ?? []).prefix(limit)))
      #expect(data["group_count"]?.int == 3)
    }
    let models = try await harness.get("/analytics/overview?start=-1h&group_by=model&limit=1")["data"]
    #expect(models?["groups"]?.array?.count == 1)
    #expect(models?["group_count"]?.int == 2)
    #expect(try await harness.get("/analytics/overview?service=nobody")["data"]?["group_count"]?.int == 0)
    // Grouped by the model, most spans are in no group.
    #expect(try await harness.get("/analytics/overview?start=-1h&group_by=model")["data"]?["total"] == all["total"])
  }

  @Test(arguments: [
    ("model", ["llama-3": 2, "qwen": 1]), ("gpu", ["GPU-1": 2, "GPU-2": 1]), ("provider", ["vllm": 3]),
    ("operation", ["chat": 3]),
  ])
  func `the overview groups`(grouping: String, counts: [String: Int64]) async throws {
    let data = try await harness.get("/analytics/overview?start=-1h&group_by=\(grouping)")["data"]
    let groups = (data?["groups"]?.array ?? []).map { ($0["group"]?.string ?? "", $0["span_count"]?.int ?? 0) }
    #expect(Dictionary(uniqueKeysWithValues: groups) == counts)
  }

  @Test(arguments: [
    "service", "model", "request_model", "response_model", "gpu", "provider", "operation",
  ])
  func `a filter by GPU goes with every group and every filter`(grouping: String) async throws {
    for filter in ["", "&service=llm", "&provider=vllm", "&model=llama-3"] {
      // Over whole hours, for which there is a table of GPUs, and over parts of them.
      for start in ["-3h", "-20m"] {
        let target = "/analytics/overview?start=\(start)&end=now%2B2h&gpu=GPU-1&group_by=\(grouping)\(filter)"
        let all = try await harness.get("/spans?start=\(start)&end=now%2B2h&gpu=GPU-1\(filter)")["data"]?.array?.count
        let data = try await harness.get(target)["data"]
        #expect(data?["total"]?["span_count"]?.int == all.map(Int64.init), "\(target)")
      }
    }
  }

  /// Three calls of m9 that m9-2024 answered, one that failed, one that names only who answered, and one of a span around it.
  private static let calls: [String] = [
    SpanRow(trace: 1, span: 1, service: "agent", offsetMilliseconds: 0, columns: call("m9", "m9-2024", counting: 2)),
    SpanRow(trace: 1, span: 2, parent: 1, service: "agent", offsetMilliseconds: 1, columns: call("m9", "m9-2024")),
    SpanRow(
      trace: 1, span: 2, parent: 1, service: "agent", offsetMilliseconds: 1, columns: call("m9", "m9-2024", counting: 1)
    ),
    SpanRow(trace: 2, span: 3, service: "agent", offsetMilliseconds: 2, columns: call("m9", "m9-2024")),
    SpanRow(trace: 2, span: 4, service: "agent", offsetMilliseconds: 3, columns: call("m9", "m9-2024")),
    SpanRow(
      trace: 3, span: 5, service: "agent", offsetMilliseconds: 4, status: 2, columns: [("request_model", "'m9'")]),
    SpanRow(trace: 3, span: 6, service: "agent", offsetMilliseconds: 5, columns: [("response_model", "'other'")]),
    SpanRow(trace: 3, span: 7, service: "agent", offsetMilliseconds: 6, durationMilliseconds: -5_000),
  ].map(\.insert)

  private static func call(_ asked: String, _ answered: String, counting: Int = 0) -> [(String, String)] {
    [
      ("request_model", "'\(asked)'"), ("response_model", "'\(answered)'"), ("input_tokens", "10"),
      ("output_tokens", "1"), ("counting", "\(counting)"), ("gpu_ids", "['g']"),
    ]
  }

  @Test(arguments: [
    ("group_by=model", ["m9: 4 4 1 30", "other: 1 1 0 0"]),
    ("group_by=request_model", ["m9: 4 4 1 30"]),
    ("group_by=response_model", ["m9-2024: 3 3 0 30", "other: 1 1 0 0"]),
    ("group_by=model&model=m9", ["m9: 4 4 1 30"]), ("group_by=model&model=m9-2024", []),
    ("group_by=request_model&response_model=m9-2024", ["m9: 3 3 0 30"]),
    ("group_by=service&request_model=m9", ["agent: 4 4 1 30"]),
    // Spans are counted where no model is asked for.
    ("group_by=service", ["agent: 7 5 1 30"]), ("group_by=gpu", ["g: 4 3 0 30"]),
  ])
  func `models are those asked for, and calls count once`(parameters: String, expected: [String]) async throws {
    let harness = try Harness(Self.calls)
    let data = try await harness.get("/analytics/overview?start=-1h&\(parameters)")["data"]
    let groups = (data?["groups"]?.array ?? []).map { group in
      func number(_ member: String) -> Int64 { group[member]?.int ?? -1 }
      return "\(group["group"]?.string ?? ""): \(number("span_count")) \(number("call_count")) "
        + "\(number("error_count")) \(number("input_tokens"))"
    }
    #expect(groups == expected)
    let total = data?["total"]
    if !parameters.contains("model=") {
      #expect(total?["span_count"]?.int == 7)
      #expect(total?["call_count"]?.int == 5)
    }
    // Throughput counts like the overview, at every step.
    for step in ["1m", "60m"] where parameters.contains("group_by=service") {
      let answer = try await harness.get("/analytics/throughput?start=-1h&step=\(step)&\(parameters)")["data"]
      let point = answer?["series"]?[0]?["points"]?[0]
      #expect(point?["input_tokens"]?.int == 30)
      #expect(point?["call_count"]?.int == (parameters.contains("model") ? 4 : 5))
    }
  }

  @Test func `a duration below zero counts as zero`() async throws {
    let total = try await Harness(Self.calls).get("/analytics/overview?start=-1h")["data"]?["total"]
    #expect(total?["duration_ms"]?["mean"]?.double == 60 / 7.0)
    let rows = (1...5).map { id in
      SpanRow(trace: 9, span: id, offsetMilliseconds: 0).insert.replacing("10000000,", with: "9000000000000000000,")
    }
    let mean = try await Harness(rows).get("/analytics/overview?start=-1h")["data"]?["total"]?["duration_ms"]?["mean"]
    #expect(mean?.double == 9e12, "the sum of five is beyond 64 bits")
  }

  @Test(arguments: [
    ("-1h", 60), ("-6h", 600), ("-24h", 1_800), ("-2d", 3_600), ("-7d", 10_800), ("-30d", 43_200), ("-90d", 172_800),
  ])
  func `steps are round by default`(start: String, seconds: Int64) async throws {
    for path in ["latency", "throughput"] {
      let answer = try await harness.get("/analytics/\(path)?start=\(start)&group_by=model")
      #expect(answer["data"]?["step_seconds"]?.int == seconds)
    }
  }

  @Test func `an overview of nothing has no quantiles`() async throws {
    let data = try await harness.get("/analytics/overview?service=nobody")["data"]
    #expect(data?["total"]?["span_count"]?.int == 0)
    #expect(data?["total"]?["duration_ms"]?["p95"]?.isNull == true)
    #expect(data?["groups"]?.array?.isEmpty == true)
  }

  @Test func `quantiles are near the true ones`() async throws {
    let many = """
      INSERT INTO spans (tenant, trace_id, span_id, name, service_name, start_time, duration_ns)
      SELECT 1, unhex('\(SpanRow.id(1))'), number + 1, 'n', 's',
        fromUnixTimestamp64Nano(toInt64(\(Harness.base)), 'UTC'), (number + 1) * 1000000 FROM numbers(1000)
      """
    let total = try await Harness([many]).get("/analytics/overview")["data"]?["total"]
    for (name, expected) in [("p50", 500.0), ("p95", 950), ("p99", 990)] {
      let value = try #require(total?["duration_ms"]?[name]?.double)
      #expect(abs(value - expected) < expected * 0.02, "\(name) \(value)")
    }
  }

  /// The middle of a bucket is up to 1.1 % beyond what is in it, and the first begins at 1,024 ns.
  @Test(arguments: [[1], [1_000_000], [20_001_000], [0], [3_000_000, 0, 0]] as [[Int64]])
  func `no quantile is beyond the longest span`(durations: [Int64]) async throws {
    let rows = durations.enumerated().map { index, duration in
      SpanRow(trace: 1, span: index + 1, offsetMilliseconds: 0).insert.replacing("10000000,", with: "\(duration),")
    }
    let harness = try Harness(rows)
    let overview = try await harness.get("/analytics/overview?start=-1h")["data"]
    let point = try await harness.get("/analytics/latency?start=-1h&step=60m")["data"]?["series"]?[0]?["points"]?[0]
    for statistics in [overview?["total"], overview?["groups"]?[0], point] {
      let longest = Double(try #require(durations.max())) / 1e6
      let values = ["p50", "p95", "p99"].map { statistics?["duration_ms"]?[$0]?.double ?? .infinity }
      #expect(values.allSatisfy { $0 <= longest }, "\(values)")
      if durations.count == 1 { #expect(values == [longest, longest, longest]) }
    }
  }

  @Test func `latency and throughput have buckets in order`() async throws {
    let latency = try await harness.get(
      "/analytics/latency?start=2026-11-21T08:00:00Z&end=now&step=1m&group_by=service")
    let series = try #require(latency["data"]?["series"]?.array)
    #expect(series.map { $0["group"]?.string } == ["chat", "db", "gateway"])
    #expect(
      series[0]["points"]?.array?.map { $0["time"]?.string } == [
        "2026-11-21T08:00:00Z", "2026-11-21T08:01:00Z", "2026-11-21T08:02:00Z",
      ])
    let throughput = try await harness.get("/analytics/throughput?start=2026-11-21T08:00:00Z&step=90s")
    #expect(throughput["data"]?["step_seconds"]?.int == 120)
    let points = try #require(throughput["data"]?["series"]?[0]?["points"]?.array)
    #expect(points.map { $0["span_count"]?.int } == [5, 3])
    #expect(points[0]["spans_per_second"]?.double == 5 / 120.0)
  }

  @Test func `services and operations`() async throws {
    #expect(try await harness.list("/services", "name") == ["chat", "db", "gateway"])
    let chat = try await harness.get("/services")["data"]?[0]
    #expect(chat?["span_count"]?.int == 3)
    #expect(chat?["error_count"]?.int == 1)
    #expect(try await harness.list("/services/chat/operations", "name") == ["chat llama", "chat qwen"])
    #expect(try await harness.list("/services/a%2Fb/operations", "name") == [])
  }

  @Test func `attribute keys and values`() async throws {
    let keys = try await harness.list("/attributes?start=-1h", "key")
    #expect(keys.contains("gen_ai.request.model"))
    #expect(keys.contains("http.status_code"))
    #expect(try await harness.list("/attributes?start=-1h&prefix=http.r", "key") == ["http.route"])
    #expect(try await harness.list("/attributes?scope=resource", "key") == ["host.cpus", "host.name", "service.name"])
    #expect(
      try await harness.list("/attributes/gen_ai.request.model/values?start=-1h", "value") == ["llama-3", "qwen"])
    let codes = try await harness.get("/attributes/http.status_code/values?start=-1h")["data"]?.array
    #expect(Set(codes?.compactMap { $0["type"]?.string } ?? []) == ["int", "string"])
    #expect(try await harness.list("/attributes/host.name/values?scope=resource", "value") == ["h1"])
  }

  @Test func `log records by their filters`() async throws {
    #expect(try await harness.list("/logs?start=-1h", "body").count == 9)
    #expect(try await harness.list("/logs?start=-1h&text=line%208", "body") == ["Line 8"])
    #expect(
      try await harness.list("/logs?start=-1h&severity=error", "body")
        == ["Line 8", "Line 5", "Line 2"].sorted().reversed())
    #expect(try await harness.list("/logs?start=-1h&attr.n=4", "body") == ["Line 4"])
    #expect(try await harness.list("/logs?start=-1h&trace_id=\(SpanRow.id(1))", "body").count == 9)
    #expect(try await harness.list("/logs?start=-1h&trace_id=\(SpanRow.id(2))", "body").isEmpty)
    let record = try #require(try await harness.get("/logs?start=-1h&text=line%208")["data"]?[0])
    #expect(record["attributes"]?["n"]?.int == 8)
    #expect(record["span_id"]?.string == "000000000000000c")
    #expect(record["resource"]?["host.name"]?.string == "h1")
  }
}
