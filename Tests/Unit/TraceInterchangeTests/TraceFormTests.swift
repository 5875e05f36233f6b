import API
import APITestSupport
import Base
import InterchangeTestSupport
import JSON
import OTLP
import Protobuf
import TestSupport
import Testing

@testable import TelemetryQueries
@testable import TraceInterchange

/// The forms in which a whole trace is sent.
///
/// Tests/EndToEnd/test_protobuf_snapshot.py reads the protobuf snapshot with OpenTelemetry's own package and compares
/// it with the OTLP/JSON one.
@Suite struct TraceFormTests {
  @Test(arguments: [
    (OTLPTraceJSON.otlp, "resourceSpans", "trace-otlp"), (.protobuf, "batches", "trace-tempo"),
  ])
  func `a trace as JSON`(form: OTLPTraceJSON, member: String, name: String) throws {
    let shape = form.trace(member: member)
    var writer = JSONWriter()
    shape.write(Fixtures.trace.spans, &writer)
    try Snapshot.expect(json: writer.bytes, named: name)
    #expect(SchemaCheck(shape.schemas).problems(try JSONValue(parsing: writer.bytes), shape.schema) == [])
  }

  @Test(arguments: [
    AnyValue.empty, .string("a"), .bool(false), .int(.min), .double(.nan), .double(-.infinity), .double(0.5),
    .bytes([0, 255]), .array([]), .array([.int(1), .array([.empty])]),
    .keyValueList([KeyValue("k", .keyValueList([KeyValue("", .bool(true))]))]),
  ])
  func `an attribute's value has the shape that is declared for it`(value: AnyValue) throws {
    let shape = JSONShape<KeyValue>.keyValue
    var writer = JSONWriter()
    shape.write(KeyValue("key", value), &writer)
    #expect(SchemaCheck(shape.schemas).problems(try JSONValue(parsing: writer.bytes), shape.schema) == [])
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
}
