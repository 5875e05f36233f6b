import API
import Base
import HTTPTypes
import Protobuf
import TelemetryQueries
import TraceInterchange

/// A trace by its id, as JSON or as protobuf.
enum TempoTrace {
  /// The message `Trace`, which is OTLP's `TracesData`; as JSON its list is called `batches`.
  static let endpoint = InterchangeEndpoint(
    "traces/{trace_id}", response.definition, problems: .plainText, speaksProtobuf: true
  ) { call in
    let trace = try stored(call)
    guard call.wantsProtobuf else { return response(trace.spans) }
    return protobuf { OTLPTraceProtobuf.write(trace.spans, to: &$0) }
  }

  private static let response = JSONResponse("TempoTrace", OTLPTraceJSON.protobuf.trace(member: "batches"))

  /// The message `TraceByIDResponse`: the trace, and whether it is complete.
  static let endpointV2 = InterchangeEndpoint(
    "v2/traces/{trace_id}", responseV2.definition, problems: .plainText, speaksProtobuf: true
  ) { call in
    guard call.fields.text("q") == nil else {
      throw Problem(.invalidParameter, "'q' cannot narrow a trace here; leave it out to get the whole trace.")
    }
    let trace = try stored(call)
    guard call.wantsProtobuf else { return responseV2(trace) }
    return protobuf { writer in
      writer.message(1) { OTLPTraceProtobuf.write(trace.spans, to: &$0) }
      guard trace.isTruncated else { return }
      writer.varint(3, 1)
      writer.string(4, truncation)
    }
  }

  private static let responseV2 = JSONResponse<StoredTrace>(
    "TempoTraceByIDResponse",
    .object { response in
      response.member("trace", OTLPTraceJSON.protobuf.trace(member: "resourceSpans")) { $0.spans }
      response.member("metrics", .noMetrics) { $0 }
      response.optionalMember("status", .choice(["PARTIAL"])) { $0.isTruncated ? "PARTIAL" : nil }
      response.optionalMember("message", .string) { $0.isTruncated ? truncation : nil }
    })

  private static let truncation =
    "The trace has more spans than one response holds; the rest, which starts later, is left out."

  private static func stored(_ call: InterchangeCall) throws -> StoredTrace {
    let id = try call.traceID()
    guard let trace = try call.telemetry.trace(id) else {
      throw Problem(.notFound, "trace \(id) not found: it may not have arrived yet, or its retention has ended")
    }
    return trace
  }

  private static func protobuf(_ body: (inout ProtobufWriter) -> Void) -> HTTPResponse {
    var writer = ProtobufWriter(reservingCapacity: 4_096)
    body(&writer)
    return HTTPResponse(contentType: "application/protobuf", body: writer.bytes)
  }
}
