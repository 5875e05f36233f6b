import Base
import JSON
import Protobuf
import TestSupport
import Testing

@testable import CompatibilityAPI
@testable import TelemetryQueries

/// The forms in which a whole trace is answered.
///
/// Tests/EndToEnd/api/test_protobuf.py reads the protobuf snapshot with OpenTelemetry's own package and compares it
/// with the OTLP/JSON one.
@Suite struct TraceFormTests {
  @Test func `a trace in Jaeger's model`() throws {
    var writer = JSONWriter()
    JaegerTraceJSON.write(Fixtures.trace, to: &writer)
    try Snapshot.expect(json: writer.bytes, named: "trace-jaeger")
  }

  @Test func `a trace that is cut says so in Jaeger's model`() throws {
    var writer = JSONWriter()
    JaegerTraceJSON.write(
      StoredTrace(traceID: Fixtures.id, spans: [Fixtures.sibling], isTruncated: true), to: &writer)
    let warnings = try JSONValue(parsing: writer.bytes)["warnings"]?.array
    #expect(warnings?.count == 1)
    #expect(warnings?.first?.string?.contains("/api/v1/traces/0102030405060708090a0b0c0d0e0f10/spans") == true)
  }

  @Test func `a trace as OTLP/JSON`() throws {
    var writer = JSONWriter()
    writer.object { OTLPTraceJSON.write(Fixtures.trace.spans, as: .otlp, member: "resourceSpans", to: &$0) }
    try Snapshot.expect(json: writer.bytes, named: "trace-otlp")
  }

  @Test func `a trace in Tempo's JSON`() throws {
    var writer = JSONWriter()
    writer.object { OTLPTraceJSON.write(Fixtures.trace.spans, as: .protobuf, member: "batches", to: &$0) }
    try Snapshot.expect(json: writer.bytes, named: "trace-tempo")
  }

  @Test func `a trace as protobuf`() throws {
    var writer = ProtobufWriter()
    OTLPTraceProtobuf.write(Fixtures.trace.spans, to: &writer)
    try Snapshot.expect(Hex.encode(writer.bytes) + "\n", named: "trace-protobuf.hex")
  }

  @Test func `spans are grouped by resource and scope in the order of their first span`() {
    var other = Fixtures.sibling
    other.scope.version = "0.12"
    let groups = ResourceGroup.groups(of: [Fixtures.root, Fixtures.child, other, Fixtures.sibling])
    #expect(groups.map(\.resource) == [Fixtures.resource, StoredResource()])
    #expect(groups[0].scopes.map(\.scope.version) == ["0.11", "0.12"])
    #expect(groups[0].scopes[0].spans.map(\.spanID) == [Fixtures.root.spanID, SpanID(3)])
  }

  @Test(arguments: [(0, "000000000000000b"), (1, "0000000000000001000000000000000b")])
  func `Jaeger's ids have sixteen digits while the upper half is zero`(high: Int, text: String) {
    #expect(JaegerTraceJSON.text(TraceID(high: UInt64(high), low: 11)) == text)
  }
}
