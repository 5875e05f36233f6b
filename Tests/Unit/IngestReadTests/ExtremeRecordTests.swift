import APITestSupport
import Base
import Columns
import EmbeddedEngine
import Engine
import EngineTestSupport
import HTTPTypes
import Identity
import JaegerAPI
import OTLPDecoding
import System
import Telemetry
import TelemetryAPI
import TelemetryQueries
import TempoAPI
import Testing
import TraceInterchange

/// Goal: whatever ingest accepts is stored, and every endpoint can read it.
///
/// Method: requests of random records, whose numbers are at the ends of their types, through the decoder into the
/// embedded engine; then every endpoint is asked about all of it. The seed is told where something fails.
@Suite(.timeLimit(.minutes(5))) struct ExtremeRecordTests {
  private static let principal = Principal(tenant: .default, permissions: [.query], keyID: nil)
  private static let now = WallClock.now
  private static let range = "start=1970-01-01T00:00:00Z&end=2199-12-31T00:00:00Z"

  private struct Stored {
    let store: EmbeddedStore
    /// Whether retention may have removed a span already.
    let mayLose: Bool
    /// Of the spans that were accepted.
    var traceIDs: Set<String> = []
  }

  /// The times that a server takes, and any: of those the store removes many at once, but nothing may trap.
  @Test(arguments: [true, false])
  func `what is accepted can be stored and read by every endpoint`(isServer: Bool) async throws {
    let seed = UInt64.random(in: 0 ... .max)
    let times =
      isServer
      ? TimeWindow(now: Self.now, retention: .seconds(86_400), retentionSetting: "retention", ahead: .seconds(86_400))
      : .all
    var stored = Stored(store: try EngineFixture.store(), mayLose: !isServer)
    var records = RandomRecords(seed: seed, now: UInt64(Self.now.rawValue))
    // One request is one insert, so that each has its own first row, days and shapes.
    for round in 0..<12 {
      try Self.insert(SpanBatch(), records.request(round == 0 ? 1 : 12) { $0.span() }, times, of: &stored, seed)
      try Self.insert(LogBatch(), records.request(round == 0 ? 1 : 8) { $0.log() }, times, of: &stored, seed)
      if round == 5 { try stored.store.rollUp() }
    }
    #expect(stored.traceIDs.count > 20, "hardly a span is accepted, seed \(seed)")
    await Self.readAll(stored, seed)
  }

  private static func insert<Rows: ExportedRows>(
    _ batch: SignalBatch<Rows>, _ body: [UInt8], _ times: TimeWindow, of stored: inout Stored, _ seed: UInt64
  ) throws {
    let outcome = try unsafe body.withUnsafeBytes { bytes in
      try OTLPDecoder().append(
        unsafe ExportRequest(bytes, tenant: .default, receivedAt: Self.now, times: times), to: batch)
    }
    #expect(batch.rowCount == outcome.accepted, "seed \(seed)")
    guard outcome.accepted > 0 else { return }
    try stored.store.insert(batch.resources.columns, into: "resources")
    try stored.store.insert(batch.scopes.columns, into: "scopes")
    try stored.store.insert(batch.rows.columns, into: Rows.table.declaration.name)
    guard let spans = batch.rows as? SpanBlock else { return }
    for row in 0..<spans.rowCount {
      let id = spans.traceID[row]
      stored.traceIDs.insert("\(TraceID(high: id.high, low: id.low))")
    }
  }

  private static func readAll(_ stored: Stored, _ seed: UInt64) async {
    let reader = TelemetryReader(
      engine: stored.store, derived: stored.store.derivedTables,
      limits: QueryLimits(timeout: .seconds(60), memoryBytesMax: 1 << 30))
    let telemetry = TelemetryEndpoints(
      reader: reader, workers: DirectWorkers(), now: { now }, isActive: { _ in true })
    let interchange = InterchangeEndpoints([Jaeger.api, Tempo.api(version: "1")], reader: reader)
    let api = CheckedAPI(
      telemetry.endpoints + interchange.endpoints, now: { now })
    func expectAnswer(_ target: String, orNone: Bool = false) async {
      let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
      let request = HTTPRequest(method: .get, path: parts[0], query: parts.count > 1 ? parts[1] : "")
      let response = try? await api.handle(request, principal: principal)
      guard case .bytes(let body)? = response?.body else {
        Issue.record("no answer to \(target)")
        return
      }
      if orNone, response?.status == 404 { return }
      #expect(response?.status == 200, "\(target), seed \(seed): \(String(decoding: body, as: UTF8.self))")
    }
    for target in lists { await expectAnswer(target) }
    for id in stored.traceIDs {
      for target in [
        "/api/v1/traces/\(id)", "/api/v1/traces/\(id)/spans", "/jaeger/api/traces/\(id)", "/tempo/api/traces/\(id)",
        "/tempo/api/v2/traces/\(id)", "/api/v3/traces/\(id)",
      ] { await expectAnswer(target, orNone: stored.mayLose) }
    }
  }

  /// Every endpoint but the look-up of a trace, over all times.
  private static let lists = [
    "/api/v1/traces?\(range)&limit=200", "/api/v1/traces?\(range)&sort=duration&limit=200",
    "/api/v1/traces?\(range)&q=%7B%20duration%20%3E%201s%20%7D", "/api/v1/spans?\(range)&limit=200",
    "/api/v1/spans?\(range)&sort=-duration&limit=200", "/api/v1/spans?\(range)&service=s1", "/api/v1/services",
    "/api/v1/services/s1/operations", "/api/v1/analytics/overview?\(range)",
    "/api/v1/analytics/overview?\(range)&group_by=model", "/api/v1/analytics/overview?\(range)&group_by=gpu",
    "/api/v1/analytics/latency?start=-1h&group_by=service", "/api/v1/analytics/throughput?start=-1h&group_by=gpu",
    "/api/v1/attributes?\(range)", "/api/v1/attributes?\(range)&scope=resource",
    "/api/v1/attributes/a/values?\(range)", "/api/v1/logs?\(range)&limit=200",
    "/jaeger/api/services", "/jaeger/api/traces?service=s1&start=0&end=7258118399000000&limit=100",
    "/jaeger/api/dependencies?endTs=7258118399000&lookback=7258118399000", "/api/services/s1/operations",
    "/tempo/api/search?q=%7B%7D&start=0&end=7258118399&limit=100", "/tempo/api/search/tags",
    "/tempo/api/v2/search/tags", "/tempo/api/v2/search/tag/span.a/values",
  ]
}
