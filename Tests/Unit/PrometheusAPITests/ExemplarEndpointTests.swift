import API
import APITestSupport
import Base
import Columns
import EmbeddedEngine
import Engine
import EngineTestSupport
import HTTPTypes
import Identity
import JSON
import MetricsIndex
import MetricsQueries
import MetricsTables
import PromQL
import Schema
import Series
import SeriesPatterns
import Telemetry
import Testing

@testable import PrometheusAPI

/// Goal: `query_exemplars` answers as Prometheus does, to each tenant with its own, and within limits.
///
/// Method: the endpoints over an engine with exemplars of two tenants.
@Suite struct ExemplarEndpointTests {
  private static let other = TenantID(7)
  private static let trace = TraceID(high: 0x0af7_6519_16cd_43dd, low: 0x8448_eb21_1c80_319c)
  /// 2100-11-21T08:00:00Z: so late that no row is too old to be kept.
  private static let time: Int64 = 4_130_467_200_000

  /// The store and its index.
  ///
  /// One for all tests, which only read: making a store takes seconds.
  private static let stored = Result { () throws -> (EmbeddedStore, SeriesIndex) in
    let store = try EngineFixture.store(
      name: EngineFixture.newName(), schema: StoreSchema(tables: MetricsTables.all, steps: MetricsTables.steps))
    let (series, exemplars) = (SeriesBlock(), ExemplarBlock())
    let rows: [(tenant: TenantID, labels: [(String, String)], count: Int)] = [
      (.default, [("__name__", "b_bucket"), ("le", "0.5")], 3), (.default, [("__name__", "b_bucket"), ("le", "1")], 1),
      (.default, [("__name__", "a_total")], 1), (.default, [("__name__", "none")], 0),
      (other, [("__name__", "b_bucket"), ("le", "0.5"), ("secret", "yes")], 1),
    ]
    for (place, row) in rows.enumerated() {
      series.tenant.append(row.tenant.rawValue)
      series.day.append(UInt32(time / 86_400_000))
      series.metric.append(5)
      series.seriesID.append(UInt64(place + 1))
      for (name, value) in row.labels { series.labels.append(key: name, type: .string, value: value) }
      series.labels.endRow()
      for number in 0..<row.count {
        exemplars.tenant.append(row.tenant.rawValue)
        exemplars.metric.append(5)
        exemplars.seriesID.append(UInt64(place + 1))
        // The latest first.
        exemplars.time.append((time - Int64(number) * 1_500) * 1_000_000)
        exemplars.value.append(Double(number) + 0.25)
        exemplars.traceID.append(high: number == 0 ? trace.high : 0, low: number == 0 ? trace.low : 0)
        exemplars.spanID.append(number == 0 ? 0xb7 : 0)
        if number == 1 { exemplars.labels.append(key: "user", type: .string, value: "é") }
        exemplars.labels.endRow()
        exemplars.exemplarID.append(UInt64(place * 100 + number + 1))
      }
    }
    try store.insert(series.columns, into: "series")
    // Twice, as after a kill.
    for _ in 0..<2 { try store.insert(exemplars.columns, into: "exemplars") }
    let index = SeriesIndex()
    try index.load(from: store)
    return (store, index)
  }

  private let server: APIServer

  init() throws { server = try Self.server(SeriesQueryLimits()) }

  private static func reader(_ limits: SeriesQueryLimits) throws -> SeriesReader {
    let (store, index) = try stored.get()
    return SeriesReader(
      index: index, engine: store, pending: NothingPending(), derived: NothingDerived(), retention: nil,
      now: { UnixNanoseconds(0) }, queryLimits: QueryLimits(timeout: .seconds(30), memoryBytesMax: 1 << 30),
      limits: limits)
  }

  private static func server(_ limits: SeriesQueryLimits) throws -> APIServer {
    let endpoints = PrometheusEndpoints(
      reader: try reader(limits), patterns: SeriesPatternCompiler(), version: "1",
      memory: EvaluationMemory(bytesMax: 1 << 30),
      targets: { _ in preconditionFailure("nobody asks for targets") })
    return APIServer(
      endpoints: endpoints.endpoints, workers: DirectWorkers(), repeats: nil, logger: .disabled,
      now: { UnixNanoseconds(time * 1_000_000) })
  }

  private func get(
    _ query: String, tenant: TenantID = .default, path: String = "/api/v1/query_exemplars", form: Bool = false,
    server: APIServer? = nil
  ) async -> (status: Int, text: String) {
    let request = HTTPRequest(
      method: form ? .post : .get, path: path, query: form ? "" : query,
      fields: form ? ["content-type": "application/x-www-form-urlencoded"] : [:], body: form ? Array(query.utf8) : [])
    let response = await (server ?? self.server).handle(
      request, principal: Principal(tenant: tenant, permissions: [.query], keyID: nil))
    guard case .bytes(let bytes) = response.body else { return (response.status, "") }
    return (response.status, String(decoding: bytes, as: UTF8.self))
  }

  private static let traced =
    #"{"labels":{"span_id":"00000000000000b7","trace_id":"\#(trace)"},"value":"0.25","timestamp":4130467200}"#
  private static let first =
    #"{"seriesLabels":{"__name__":"b_bucket","le":"0.5"},"exemplars":["#
    + #"{"labels":{},"value":"2.25","timestamp":4130467197},"#
    + #"{"labels":{"user":"é"},"value":"1.25","timestamp":4130467198.500},\#(traced)]}"#
  private static let second = #"{"seriesLabels":{"__name__":"b_bucket","le":"1"},"exemplars":[\#(traced)]}"#
  private static let total = #"{"seriesLabels":{"__name__":"a_total"},"exemplars":[\#(traced)]}"#

  private static let queries: [(query: String, expected: [String])] = [
    ("query=b_bucket", [first, second]), ("query=a_total", [total]), ("query=none", []), ("query=nothing", []),
    // Every selector of an expression, each series once.
    (
      "query=histogram_quantile(0.9,sum+by(le)(rate(b_bucket[5m])))/on()a_total+or+b_bucket{le=\"1\"}",
      [total, first, second]
    ),
    ("query=max_over_time(rate(b_bucket{le=\"1\"}[5m])[1h:1m])", [second]),
    // Both ends are included.
    ("query=a_total&start=4130467200&end=4130467200", [total]), ("query=a_total&end=4130467199.999", []),
    ("query=a_total&start=4130467200.001", []), ("query=a_total&start=2100-11-21T08:00:00Z", [total]),
  ]

  @Test(arguments: queries.indices, [false, true])
  func `exemplars have Prometheus' form`(index: Int, form: Bool) async {
    let (query, expected) = Self.queries[index]
    let escaped = query.replacing("[", with: "%5B").replacing("]", with: "%5D").replacing("\"", with: "%22")
      .replacing("{", with: "%7B").replacing("}", with: "%7D")
    for path in ["/api/v1/query_exemplars", "/prometheus/api/v1/query_exemplars"] {
      let response = await get(escaped, path: path, form: form)
      #expect(response.status == 200)
      #expect(response.text == #"{"status":"success","data":[\#(expected.joined(separator: ","))]}"#)
    }
  }

  @Test func `a query that selects nothing has no content, as in Prometheus`() async {
    let response = await get("query=1")
    #expect(response.status == 204)
    #expect(response.text.isEmpty)
  }

  @Test func `a tenant finds its own exemplars only`() async {
    let own = await get("query=%7B__name__=~%22.%2B%22%7D", tenant: Self.other).text
    #expect(own.contains(#""secret":"yes""#))
    #expect(own.components(of: "seriesLabels") == 1)
    #expect(await !get("query=%7B__name__=~%22.%2B%22%7D").text.contains("secret"))
    #expect(await get("query=b_bucket", tenant: TenantID(9)).text == #"{"status":"success","data":[]}"#)
  }

  @Test(arguments: [
    ("", "unknown position"), ("query=sum(", "parse error"), ("query=a_total&start=x", #"invalid parameter \"start\""#),
    ("query=a_total&start=2&end=1", "end timestamp must not be before start timestamp"),
  ])
  func `what cannot be read is bad data`(query: String, message: String) async {
    let response = await get(query)
    #expect(response.status == 400)
    #expect(response.text.contains(#""errorType":"bad_data""#))
    #expect(query.isEmpty || response.text.contains(message), "\(response.text)")
  }

  @Test func `series and exemplars of a query are limited`() async throws {
    var limits = SeriesQueryLimits()
    limits.seriesCountMax = 2
    let narrow = try Self.server(limits)
    #expect(await get("query=b_bucket", server: narrow).status == 200)
    // Each finds few enough, together they are too many.
    let response = await get("query=b_bucket%2Ba_total", server: narrow)
    #expect(response.status == 422)
    #expect(response.text.contains("the selectors find 3 series, and a query may read 2"))

    let source = try Self.reader(SeriesQueryLimits()).series(of: .default, during: QueryActivity { .seconds(30) })
    let matchers = [[LabelMatcher("__name__", equals: "b_bucket")]]
    func count(_ countMax: Int) throws(SeriesError) -> Int {
      try source.exemplars(matching: matchers, from: 0, through: .max, isCancelled: { false }, countMax: countMax)
        .reduce(0) { $0 + $1.exemplars.count }
    }
    #expect(try count(4) == 4)
    #expect(throws: SeriesError.self) { try count(3) }
  }
}

extension String {
  /// How often a text is in this one.
  fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}
