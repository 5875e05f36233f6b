import API
import APITestSupport
import Base
import Engine
import HTTPTypes
import Identity
import JSON
import MetricsIndex
import MetricsQueries
import Series
import SeriesPatterns
import Testing

@testable import MetricsAPI

/// Goal: series are read with exact statistics, in pages that hold each once, and each tenant's apart.
///
/// Method: the endpoints over an engine with samples of known values; every response is held against the OpenAPI
/// document.
@Suite struct MetricsEndpointTests {
  private static let other = TenantID(7)
  private static let now = StoredSeries.now
  private let api: CheckedAPI

  /// Samples each minute of the hour before now.
  private static func hour(_ value: (Int64) -> Double, earlierBy: Int64 = 0) -> [(Int64, Double)] {
    (0..<60).map { (now - 3_600_000 - earlierBy + $0 * 60_000, value($0)) }
  }

  private static let rows: [StoredSeries.Row] = [
    .init(
      name: "load", labels: [("host", "a"), ("job", "node")],
      samples: hour { Double($0) } + hour({ _ in 10 }, earlierBy: 86_400_000)
        + hour({ _ in 0 }, earlierBy: 7 * 86_400_000)),
    .init(name: "load", labels: [("instance", "b.local:9100"), ("job", "node")], samples: hour { 2 * Double($0) + 1 }),
    .init(name: "load", labels: [("instance", "bxlocal:9100")], samples: hour { _ in .nan }),
    .init(
      name: "load", labels: [("host", "gone"), ("instance", "a:9100")],
      samples: [(now - 120_000, 1), (now - 60_000, StaleMarker.value)]),
    .init(name: "=requests_total", labels: [("path", "/a,\"b")], samples: [(now - 60_000, -5)]),
    .init(name: "latency_bucket", labels: [("le", "+Inf")], samples: [(now - 60_000, 3)]),
    .init(tenant: other, name: "load", labels: [("host", "secret")], samples: hour { _ in 1_000 }),
  ]

  /// One for all tests, which only read: making a store takes seconds.
  private static let stored = Result {
    try StoredSeries(rows, kinds: [(.default, "load", 2), (.default, "latency", 3), (other, "latency", 2)])
  }

  init() throws {
    let stored = try Self.stored.get()
    api = CheckedAPI(
      MetricsEndpoints(
        reader: stored.reader, patterns: SeriesPatternCompiler(), workers: DirectWorkers(), isActive: { _ in true }
      ).endpoints, now: { UnixNanoseconds(Self.now * 1_000_000) })
  }

  private func send(
    _ target: String, fields: HTTPFields = [:], tenant: TenantID = .default, permissions: Set<Permission> = [.query]
  ) async throws -> HTTPResponse {
    let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
    let request = HTTPRequest(
      method: .get, path: "/api/v1/metrics/\(parts[0])", query: parts.count > 1 ? parts[1] : "", fields: fields,
      body: [])
    return try await api.handle(request, principal: Principal(tenant: tenant, permissions: permissions, keyID: nil))
  }

  private func get(_ target: String, tenant: TenantID = .default) async throws -> JSONValue {
    let response = try await send(target, tenant: tenant)
    guard case .bytes(let bytes) = response.body else { return .null }
    let json = try JSONValue(parsing: bytes)
    if response.status != 200 {
      return .object([.init("status", .number(.int(Int64(response.status)))), .init("problem", json)])
    }
    return json
  }

  private func text(_ target: String, fields: HTTPFields = [:]) async throws -> (type: String?, text: String) {
    let response = try await send(target, fields: fields)
    var bytes: [UInt8] = []
    switch response.body {
    case .bytes(let all): bytes = all
    case .stream(let next): while let chunk = try await next() { bytes += chunk }
    }
    return (response.fields["content-type"], String(decoding: bytes, as: UTF8.self))
  }

  private func double(_ value: JSONValue?) -> Double? { value?.double }

  @Test func `the latest values are those of series that go on`() async throws {
    let page = try await get("current?name=load")
    let data = try #require(page["data"]?.array)
    #expect(data.count == 3)
    let first = try #require(data.first { $0["labels"]?["host"]?.string == "a" })
    #expect(double(first["value"]) == 59)
    #expect(first["time"]?.string == "2100-11-21T07:59:00Z")
    #expect(first["type"]?.string == "gauge")
    #expect(first["labels"]?["__name__"] == nil)
    #expect(try await get("current?name=load&end=-30m&label.host=gone")["data"]?.array?.isEmpty == true)
    #expect(try await get("current?label.host=gone&end=-90s")["data"]?.array?.count == 1)
  }

  @Test(arguments: [
    ("name=load", 4), ("host=a", 1), ("host=b.local", 1), ("host=b.local:9100", 1), ("host=b", 0), ("type=gauge", 4),
    ("type=histogram", 1), ("type=counter", 0), ("type=unknown", 1), ("label.job=node", 2),
    ("label.job=node&label.host=a", 1), ("label.job=", 4), ("match=load%7Bjob%3D~%22n.*%22%7D&host=a", 1),
    ("name=nope", 0), ("", 6),
  ])
  func `filters select series`(filter: String, count: Int) async throws {
    let page = try await get("history?step=1h&start=-2h&\(filter)")
    // The series of NaN has no steps, and is found all the same.
    let nan = filter.contains("name=load") || filter == "type=gauge" || filter == "" || filter == "label.job=" ? 1 : 0
    #expect(page["data"]?.array?.count == count - nan, "\(page)")
  }

  @Test func `steps have the exact statistics of their samples`() async throws {
    let page = try await get("history?host=a&start=-1h&step=30m")
    let points = try #require(page["data"]?[0]?["points"]?.array)
    #expect(points.map { $0["time"]?.string } == ["2100-11-21T07:00:00Z", "2100-11-21T07:30:00Z"])
    // numpy.quantile(range(30), …)
    let expected = [("mean", 14.5), ("min", 0), ("max", 29), ("p50", 14.5), ("p95", 27.55), ("p99", 28.71)]
    for (name, value) in expected {
      let (first, second) = (try #require(double(points[0][name])), try #require(double(points[1][name])))
      #expect(abs(first - value) < 1e-9, "\(name)")
      #expect(abs(second - value - 30) < 1e-9, "\(name)")
    }
    #expect(points[0]["count"]?.int == 30)
    let few = try await get("history?host=a&step=1h&aggregations=p95,mean")
    #expect(few["data"]?[0]?["points"]?[0]?.members?.map(\.key) == ["time", "count", "mean", "p95"])
  }

  @Test func `statistics are compared with those of yesterday and of last week`() async throws {
    let page = try await get("stats?host=a&compare=yesterday,last_week&aggregations=mean,max")
    let series = try #require(page["data"]?[0])
    #expect(double(series["statistics"]?["mean"]) == 29.5)
    let (yesterday, lastWeek) = (series["comparisons"]?[0], series["comparisons"]?[1])
    #expect(yesterday?["start"]?.string == "2100-11-20T07:00:00Z")
    #expect(double(yesterday?["statistics"]?["mean"]) == 10)
    #expect(double(yesterday?["differences"]?["mean"]?["absolute"]) == 19.5)
    #expect(double(yesterday?["differences"]?["mean"]?["relative"]) == 1.95)
    #expect(double(lastWeek?["differences"]?["max"]?["absolute"]) == 59)
    #expect(lastWeek?["differences"]?["max"]?["relative"]?.isNull == true)
    let other = try await get("stats?host=b.local&compare=yesterday")
    #expect(other["data"]?[0]?["comparisons"]?[0]?["statistics"]?.isNull == true)
    #expect(other["data"]?[0]?["comparisons"]?[0]?["differences"]?.members?.isEmpty == true)
  }

  @Test(arguments: ["current?", "history?step=1h&", "stats?", "anomalies?", "forecast?"])
  func `pages hold every series once`(target: String) async throws {
    var names: [String] = []
    var cursor = ""
    repeat {
      let page = try await get("\(target)start=-1h&limit=2\(cursor)".replacing("current?start=-1h&", with: "current?"))
      names += try #require(page["data"]?.array, "\(page)").map { "\($0["name"] ?? .null) \($0["labels"] ?? .null)" }
      cursor = page["next_cursor"]?.string.map { "&cursor=\($0)" } ?? ""
    } while !cursor.isEmpty
    let all = try await get("\(target)limit=100")["data"]?.array ?? []
    #expect(names == all.map { "\($0["name"] ?? .null) \($0["labels"] ?? .null)" })
    #expect(Set(names).count == names.count)
    #expect(names.count >= 4)
  }

  @Test func `CSV has a header, quotes and no formulas`() async throws {
    let (type, text) = try await text(
      "history?match=%7B__name__!~%22load%22,__name__=~%22.%2B%22%7D&step=1h&format=csv&aggregations=min,p95")
    #expect(type == "text/csv; charset=utf-8; header=present")
    let expected = [
      "time,name,type,labels,count,min,p95",
      #"2100-11-21T07:00:00Z,'=requests_total,unknown,"{path=""/a,\""b""}",1,-5,-5"#,
      #"2100-11-21T07:00:00Z,latency_bucket,histogram,"{le=""+Inf""}",1,3,3"#, "",
    ]
    #expect(text == expected.joined(separator: "\r\n"))
  }

  @Test func `exports hold what the pages hold, and are asked for by Accept too`() async throws {
    let pages = try await get("history?step=10m&limit=100")
    let (type, lines) = try await text("history?step=10m", fields: ["accept": "application/x-ndjson;q=0.9, */*"])
    #expect(type == "application/x-ndjson")
    let items = try lines.split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
    #expect(.array(items) == pages["data"])
    let (csv, rows) = try await text("history?step=10m", fields: ["accept": "text/csv"])
    #expect(csv == "text/csv; charset=utf-8; header=present")
    let stepCount = items.reduce(0) { $0 + ($1["points"]?.array?.count ?? 0) }
    #expect(rows.split(separator: "\r\n").count == stepCount + 1)
    // One series is a portion here, and no step is left out.
    let (_, fine) = try await text("history?step=1s&start=-3h&format=csv")
    #expect(fine.split(separator: "\r\n").count == 124)
    for (target, accept) in [("history", "application/json, text/csv"), ("history?format=json", "text/csv")] {
      let response = try await send(target, fields: ["accept": accept])
      #expect(response.fields["content-type"] == "application/json")
    }
  }

  @Test(arguments: [
    ("", ["=requests_total unknown 1", "latency_bucket histogram 1", "load gauge 4"]),
    ("?prefix=la", ["latency_bucket histogram 1"]), ("?limit=1", ["=requests_total unknown 1"]),
    ("?start=2100-11-14T00:00:00Z&end=2100-11-14T01:00:00Z", ["load gauge 1"]), ("?prefix=none", []),
  ])
  func `metrics are listed with their types and series`(query: String, expected: [String]) async throws {
    let metrics = try #require(try await get("names\(query)")["data"]?.array)
    let lines = metrics.map {
      "\($0["name"]?.string ?? "") \($0["type"]?.string ?? "") \($0["series_count"]?.int ?? 0)"
    }
    #expect(lines == expected)
    #expect(try await get("names", tenant: Self.other)["data"]?.array?.count == 1)
  }

  @Test func `a tenant sees its own series only`() async throws {
    for target in ["current", "history", "stats", "anomalies", "forecast"] {
      let mine = try await get("\(target)?name=load", tenant: Self.other)["data"]?.array ?? []
      #expect(mine.map { $0["labels"]?["host"]?.string } == ["secret"], "\(target)")
      #expect(try await get("\(target)?host=secret")["data"]?.array?.isEmpty == true, "\(target)")
    }
    let refused = try await get("correlation?left=load%7Bhost%3D%22secret%22%7D&right=load%7Bhost%3D%22a%22%7D")
    #expect(refused["status"]?.int == 404)
    #expect(try await get("history?type=gauge", tenant: Self.other)["data"]?.array?.count == 0)
  }

  /// What each endpoint needs; one without a line here fails the test.
  private static let needed: [String: (permission: Permission, target: String)] = [
    "listMetrics": (.query, "names"), "currentMetrics": (.query, "current"), "metricHistory": (.query, "history"),
    "metricStatistics": (.query, "stats"),
    "metricAnomalies": (.query, "anomalies"), "metricForecast": (.query, "forecast"),
    "metricCorrelation": (.query, "correlation?left=a&right=b"),
  ]

  @Test func `each endpoint needs its permission`() async throws {
    for endpoint in MetricsEndpoints.all {
      let (permission, target) = try #require(Self.needed[endpoint.definition.name], "\(endpoint.definition.name)")
      let others = Set(Permission.allCases).subtracting([permission])
      #expect(try await send(target, permissions: others).status == 403)
      #expect(try await send(target, permissions: [permission]).status != 403)
    }
  }

  @Test(arguments: [
    ("history?step=1s&start=-1d", "step", "the range has more than 11000 steps"),
    ("history?aggregations=mean,mode", "aggregations", "expected one or more of mean, min, max, p50, p95, p99"),
    ("history?format=xml", "format", "expected one of json, csv, jsonl"),
    ("stats?compare=today", "compare", "expected one or more"),
    ("history?match=load%7B", "match", "is not a selector"), ("current?type=rate", "type", "expected one of"),
    ("anomalies?threshold=-1", "threshold", "expected a number from 0"),
    ("anomalies?seasons=2", "seasons", "from 3 to 28"),
    ("anomalies?start=-30d", "step", "the range has more than 2000 steps"),
    ("forecast?step=1s", "step", "the range has more than 500 steps"),
    ("forecast?method=holt_winters&step=7m", "season", "must be a whole number of steps"),
    ("forecast?method=holt_winters&step=1m&season=1h", "season", "the range has fewer than two seasons"),
    ("forecast?horizon=1000h&step=1m", "horizon", "the forecast has more than 1000 steps"),
    ("correlation?left=load&right=load", "left", "finds 4 series, and must find one"),
    ("correlation?left=latency_bucket&right=latency_bucket&max_lag=9h&step=1m", "max_lag", "is more than 500 steps"),
    ("correlation?left=latency_bucket", "right", "is required"),
    ("history?format=csv&cursor=x", "cursor", "does not belong"),
  ])
  func `mistakes are named`(target: String, parameter: String, detail: String) async throws {
    let refused = try await get(target)
    #expect(refused["status"]?.int == 400, "\(refused)")
    let errors = refused["problem"]?["errors"]?.array ?? []
    let found = errors.contains { error in
      error["parameter"]?.string == parameter && error["detail"]?.string?.contains(detail) == true
    }
    #expect(found, "\(refused)")
  }

  @Test func `a mistake in a selector has its place`() async throws {
    let refused = try await get("current?match=load%7Bjob%3D%3D%7D")
    #expect(refused["problem"]?["errors"]?[0]?["line"]?.int == 1)
    #expect(refused["problem"]?["errors"]?[0]?["column"]?.int == 10)
  }

  @Test func `an export whose key is revoked breaks off`() async throws {
    let stored = try Self.stored.get()
    let revoked = CheckedAPI(
      MetricsEndpoints(
        reader: stored.reader, patterns: SeriesPatternCompiler(), workers: DirectWorkers(), isActive: { _ in false }
      ).endpoints, now: { UnixNanoseconds(Self.now * 1_000_000) })
    let request = HTTPRequest(
      method: .get, path: "/api/v1/metrics/history", query: "format=csv&step=1s&start=-3h", fields: [:], body: [])
    let response = try await revoked.handle(
      request, principal: Principal(tenant: .default, permissions: [.query], keyID: "k"))
    guard case .stream(let next) = response.body else { return #expect(Bool(false), "an export is streamed") }
    #expect(try await next() != nil)
    await #expect(throws: ErrorReport.self) { while try await next() != nil {} }
  }

  @Test func `series that come or go while an export is read do not disturb it`() async throws {
    let (day, yesterday) = (UInt32(Self.now / 86_400_000), Self.now - 86_400_000)
    let stored = try StoredSeries([
      .init(name: "b", samples: [(Self.now - 60_000, 1)]), .init(name: "c", samples: [(yesterday, 2)]),
      .init(name: "d", samples: [(yesterday, 3), (Self.now - 60_000, 4)]),
    ])
    let api = CheckedAPI(
      MetricsEndpoints(
        reader: stored.reader, patterns: SeriesPatternCompiler(), workers: DirectWorkers(), isActive: { _ in true }
      ).endpoints, now: { UnixNanoseconds(Self.now * 1_000_000) })
    // One series is a portion.
    let request = HTTPRequest(
      method: .get, path: "/api/v1/metrics/history", query: "format=csv&step=10s&start=-30h&aggregations=max",
      fields: [:], body: [])
    let response = try await api.handle(
      request, principal: Principal(tenant: .default, permissions: [.query], keyID: "k"))
    guard case .stream(let next) = response.body else { return #expect(Bool(false), "an export is streamed") }
    var text = String(decoding: try await next() ?? [], as: UTF8.self)
    #expect(text.split(separator: "\r\n").count == 2)
    stored.reader.index.insert(
      99, of: .default, metric: 1, day: day, labels: { LabelSet(sorted: [Label("__name__", "a")]) })
    stored.reader.index.trim(before: day, countMax: 100)
    while let bytes = try await next() { text += String(decoding: bytes, as: UTF8.self) }
    let rows = text.split(separator: "\r\n").dropFirst().map { $0.split(separator: ",") }
    #expect(rows.map { "\($0[1]) \($0[5])" } == ["b 1", "d 3", "d 4"])
  }
}
