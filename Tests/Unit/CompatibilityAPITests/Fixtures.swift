import API
import APITestSupport
import Base
import Columns
import Engine
import HTTPTypes
import Identity
import Telemetry

@testable import CompatibilityAPI
@testable import TelemetryQueries

/// Traces and doubles that the tests share.
enum Fixtures {
  static let id = TraceID(high: 0x0102_0304_0506_0708, low: 0x090a_0b0c_0d0e_0f10)
  static let now = UnixNanoseconds(1_795_248_060_000_000_000)
  static let start = UnixNanoseconds(1_795_248_000_000_000_123)

  static let resource = StoredResource(
    attributes: [
      StoredAttribute(key: "service.name", type: .string, text: "chat"),
      StoredAttribute(key: "host.cores", type: .int, text: "64"),
    ], droppedAttributeCount: 1, schemaURL: "https://opentelemetry.io/schemas/1.30.0")

  static let scope = StoredScope(
    name: "vllm", version: "0.11", attributes: [StoredAttribute(key: "lib", type: .bool, text: "true")],
    droppedAttributeCount: 2, schemaURL: "https://opentelemetry.io/schemas/1.29.0")

  /// One attribute of each type.
  static let attributes = [
    StoredAttribute(key: "text", type: .string, text: "a \"quoted\" \u{1f600} text"),
    StoredAttribute(key: "flag", type: .bool, text: "true"),
    StoredAttribute(key: "small", type: .int, text: "-7"),
    StoredAttribute(key: "large", type: .int, text: "9223372036854775807"),
    StoredAttribute(key: "ratio", type: .double, text: "0.1"),
    StoredAttribute(key: "unbounded", type: .double, text: "Infinity"),
    StoredAttribute(key: "raw", type: .bytes, text: "AP8B"),
    StoredAttribute(
      key: "list", type: .array, text: #"{"arrayValue":{"values":[{"intValue":"1"},{"stringValue":"two"}]}}"#),
    StoredAttribute(
      key: "pairs", type: .keyValueList,
      text: #"{"kvlistValue":{"values":[{"key":"k","value":{"boolValue":true}}]}}"#),
    StoredAttribute(key: "nothing", type: .empty, text: ""),
  ]

  /// A root with everything that a span can have.
  static let root = StoredSpan(
    traceID: id, spanID: SpanID(0x1111_1111_1111_1111), parentSpanID: nil, traceState: "vendor=1", flags: 0x101,
    name: "POST /v1/chat", kind: .server, start: start, durationNanoseconds: 2_500_000_999, status: .error,
    statusMessage: "out of memory", serviceName: "chat", resource: resource, scope: scope, attributes: attributes,
    droppedAttributeCount: 3,
    events: [
      StoredEvent(
        time: UnixNanoseconds(start.rawValue + 1_000_001), name: "exception",
        attributesText:
          #"[{"key":"exception.type","value":{"stringValue":"OOM"}},{"key":"n","value":{"intValue":"2"}}]"#,
        droppedAttributeCount: 4)
    ], droppedEventCount: 5,
    links: [
      StoredLink(
        traceID: TraceID(high: 0, low: 0xabc), spanID: SpanID(0xdef), traceState: "other=2", flags: 1,
        attributesText: #"[{"key":"why","value":{"stringValue":"retry"}}]"#, droppedAttributeCount: 6)
    ], droppedLinkCount: 7, inference: InferenceValues())

  /// A child with as little as a span can have, of another service.
  static var child: StoredSpan {
    var span = root
    span.spanID = SpanID(2)
    span.parentSpanID = root.spanID
    span.traceState = ""
    span.flags = 0
    span.name = "generate"
    span.kind = .unspecified
    span.durationNanoseconds = -1
    span.status = .unset
    span.statusMessage = ""
    span.serviceName = ""
    span.resource = StoredResource()
    span.scope = StoredScope()
    span.attributes = []
    span.droppedAttributeCount = 0
    span.events = []
    span.droppedEventCount = 0
    span.links = []
    span.droppedLinkCount = 0
    return span
  }

  /// A sibling of the root's service and scope.
  static var sibling: StoredSpan {
    var span = child
    span.spanID = SpanID(3)
    span.kind = .internal
    span.status = .ok
    span.durationNanoseconds = 1_999
    span.serviceName = "chat"
    span.resource = resource
    span.scope = scope
    return span
  }

  static let trace = StoredTrace(traceID: id, spans: [root, child, sibling], isTruncated: false)

  static let principal = Principal(tenant: .default, permissions: [.query], keyID: nil)

  static func api(_ engine: any AnalyticsEngine = EmptyEngine()) -> APIServer {
    APIServer(
      endpoints: CompatibilityEndpoints(reader: reader(engine), version: "0.1.0").endpoints, workers: DirectWorkers(),
      repeats: nil, logger: .disabled, now: { now })
  }

  /// Those of the settings' defaults, which the snapshots show.
  static let limits = QueryLimits(timeout: .seconds(20), memoryBytesMax: 512 << 20)

  static func reader(_ engine: any AnalyticsEngine) -> TelemetryReader {
    TelemetryReader(engine: engine, derived: NothingDerived(), limits: limits)
  }

  static func get(
    _ target: String, accept: String? = nil, principal: Principal = principal,
    engine: any AnalyticsEngine = EmptyEngine()
  ) async -> (status: Int, type: String, text: String)? {
    let parts = target.split(separator: "?", maxSplits: 1)
    var request = HTTPRequest(method: .get, path: String(parts[0]), query: parts.count > 1 ? String(parts[1]) : "")
    request.fields["accept"] = accept
    let response = await api(engine).handle(request, principal: principal)
    guard case .bytes(let body) = response.body else { return nil }
    return (response.status, response.fields["content-type"] ?? "", String(decoding: body, as: UTF8.self))
  }
}

/// An engine in which nothing is stored.
struct EmptyEngine: AnalyticsEngine {
  func execute(_ statement: SQLStatement) throws(EngineError) {}
  func query(_ statement: SQLStatement, during activity: QueryActivity) throws(EngineError) -> QueryResult {
    QueryResult(columns: [], rowCount: 0)
  }
}

/// An engine that refuses every query.
struct FailingEngine: AnalyticsEngine {
  let error: EngineError
  func execute(_ statement: SQLStatement) throws(EngineError) { throw error }
  func query(_ statement: SQLStatement, during activity: QueryActivity) throws(EngineError) -> QueryResult {
    throw error
  }
}
