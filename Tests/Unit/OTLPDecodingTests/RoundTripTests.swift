import Base
import JSON
import OTLP
import OTLPDecoding
import Telemetry
import Testing

/// Requests made by OpenTelemetry's own classes come back field by field.
@Suite struct RoundTripTests {
  private let decoder = OTLPDecoder()

  @Test func `traces in protobuf keep every field`() throws {
    let batch = SpanBatch()
    let outcome = try decoder.traces(Fixture.bytes("traces.bin"), into: batch)
    #expect(outcome == DecodedRows(accepted: 8))
    try expect(batch.rendered, equals: "traces.json")
  }

  @Test func `logs in protobuf keep every field`() throws {
    let batch = LogBatch()
    let outcome = try decoder.logs(Fixture.bytes("logs.bin"), into: batch)
    #expect(outcome == DecodedRows(accepted: 26))
    try expect(batch.rendered, equals: "logs.json")
  }

  @Test func `the JSON forms give the same rows as the protobuf forms`() throws {
    let traces = SpanBatch()
    #expect(try decoder.traces(json: Fixture.bytes("traces.json"), into: traces).accepted == 8)
    try expect(traces.rendered, equals: "traces.json")
    let logs = LogBatch()
    #expect(try decoder.logs(json: Fixture.bytes("logs.json"), into: logs).accepted == 26)
    try expect(logs.rendered, equals: "logs.json")
  }

  @Test func `a resource has one identity in both encodings`() throws {
    let batch = SpanBatch()
    _ = try decoder.traces(Fixture.bytes("traces.bin"), into: batch)
    let resourceCount = batch.resources.rowCount
    _ = try decoder.traces(json: Fixture.bytes("traces.json"), into: batch)
    #expect(batch.resources.rowCount == resourceCount)
    #expect(batch.rowCount == 16)
  }

  private func expect(
    _ rendered: JSONValue, equals fixture: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let differences = rendered.differences(from: try Fixture.json(fixture))
    #expect(differences == [], sourceLocation: sourceLocation)
  }
}

extension OTLPDecoder {
  func traces(json body: [UInt8], into batch: SpanBatch) throws(DecodeError) -> DecodedRows {
    unsafe try Self.whole(body) { bytes throws(DecodeError) in
      try append(unsafe ExportRequest(bytes, .json, tenant: .default), to: batch)
    }
  }

  func logs(json body: [UInt8], into batch: LogBatch) throws(DecodeError) -> DecodedRows {
    unsafe try Self.whole(body) { bytes throws(DecodeError) in
      try append(unsafe ExportRequest(bytes, .json, tenant: .default, receivedAt: UnixNanoseconds(5)), to: batch)
    }
  }

  func traces(
    _ body: [UInt8], tenant: TenantID = .default, into batch: SpanBatch
  ) throws(DecodeError) -> DecodedRows {
    unsafe try Self.whole(body) { bytes throws(DecodeError) in
      try append(unsafe ExportRequest(bytes, tenant: tenant), to: batch)
    }
  }

  func logs(
    _ body: [UInt8], receivedAt: Int64 = 5, into batch: LogBatch
  ) throws(DecodeError) -> DecodedRows {
    unsafe try Self.whole(body) { bytes throws(DecodeError) in
      try append(unsafe ExportRequest(bytes, tenant: .default, receivedAt: UnixNanoseconds(receivedAt)), to: batch)
    }
  }

  /// Runs a call on memory of exactly the size of the body, so that the address sanitizer sees every read beyond it.
  static func whole<R>(
    _ body: [UInt8], _ call: (UnsafeRawBufferPointer) throws(DecodeError) -> R
  ) throws(DecodeError) -> R {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: body.count, alignment: 1)
    defer { unsafe memory.deallocate() }
    unsafe memory.copyBytes(from: body)
    return try unsafe call(UnsafeRawBufferPointer(memory))
  }
}
