package import Base
import Columns
import Telemetry

@testable package import TelemetryQueries

/// Spans with all that a span can have and with as little as possible, and a trace of them.
package enum Fixtures {
  package static let id = TraceID(high: 0x0102_0304_0506_0708, low: 0x090a_0b0c_0d0e_0f10)
  package static let now = UnixNanoseconds(1_795_248_060_000_000_000)
  package static let start = UnixNanoseconds(1_795_248_000_000_000_123)

  package static let resource = StoredResource(
    attributes: [
      StoredAttribute(key: "service.name", type: .string, text: "chat"),
      StoredAttribute(key: "host.cores", type: .int, text: "64"),
    ], droppedAttributeCount: 1, schemaURL: "https://opentelemetry.io/schemas/1.30.0")

  package static let scope = StoredScope(
    name: "vllm", version: "0.11", attributes: [StoredAttribute(key: "lib", type: .bool, text: "true")],
    droppedAttributeCount: 2, schemaURL: "https://opentelemetry.io/schemas/1.29.0")

  /// One attribute of each type.
  package static let attributes = [
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
  package static let root = StoredSpan(
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
  package static var child: StoredSpan {
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
  package static var sibling: StoredSpan {
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

  package static let trace = StoredTrace(traceID: id, spans: [root, child, sibling], isTruncated: false)
}
