import API
import APITestSupport
import Base
import InterchangeTestSupport
import JSON
import TelemetryQueries
import TestSupport
import Testing

@testable import JaegerAPI
@testable import TelemetryQueries

/// Whole traces in Jaeger's model.
@Suite struct TraceTests {
  private static func written(_ trace: StoredTrace) throws -> JSONValue {
    var writer = JSONWriter()
    JSONShape<StoredTrace>.jaegerTrace.write(trace, &writer)
    return try JSONValue(parsing: writer.bytes)
  }

  @Test func `a trace in Jaeger's model`() throws {
    let shape = JSONShape<StoredTrace>.jaegerTrace
    var writer = JSONWriter()
    shape.write(Fixtures.trace, &writer)
    try Snapshot.expect(json: writer.bytes, named: "trace-jaeger")
    #expect(SchemaCheck(shape.schemas).problems(try JSONValue(parsing: writer.bytes), shape.schema) == [])
  }

  @Test func `a trace that is cut says so in Jaeger's model`() throws {
    let trace = StoredTrace(traceID: Fixtures.id, spans: [Fixtures.sibling], isTruncated: true)
    let warnings = try Self.written(trace)["warnings"]?.array
    #expect(warnings?.count == 1)
    #expect(warnings?.first?.string?.contains("/api/v1/traces/0102030405060708090a0b0c0d0e0f10/spans") == true)
  }

  @Test(arguments: [(0, "000000000000000b"), (1, "0000000000000001000000000000000b")])
  func `Jaeger's ids have sixteen digits while the upper half is zero`(high: Int, text: String) {
    #expect(TraceID(high: UInt64(high), low: 11).jaegerText == text)
  }
}
