import Base
import HTTPTypes
import JSON
import Protobuf
import TelemetryQueries

/// Tempo's HTTP query API (https://grafana.com/docs/tempo/latest/api_docs/).
enum Tempo {
  /// The endpoint at a path behind `/api`; nil when there is none.
  static func endpoint(_ segments: [String]) -> Endpoint? {
    switch (segments.first, segments.count) {
    case ("echo", 1): { _ in HTTPResponse(contentType: "text/plain; charset=utf-8", body: Array("echo".utf8)) }
    case ("status", 2) where segments[1] == "buildinfo": buildInformation
    case ("traces", 2): { try trace(segments[1], $0) }
    case ("search", 1): TempoSearch.answer
    case ("search", 2) where segments[1] == "tags": TempoTags.flatNames
    case ("search", 4) where segments[1] == "tag" && segments[3] == "values":
      { try TempoTagValues.texts(segments[2], $0) }
    case ("v2", _): second(Array(segments.dropFirst()))
    case ("metrics", _): metrics
    default: nil
    }
  }

  /// The endpoint at a path behind `/api/v2`.
  private static func second(_ segments: [String]) -> Endpoint? {
    switch (segments.first, segments.count) {
    case ("traces", 2): { try traceByID(segments[1], $0) }
    case ("search", 2) where segments[1] == "tags": TempoTags.scopedNames
    case ("search", 4) where segments[1] == "tag" && segments[3] == "values":
      { try TempoTagValues.typed(segments[2], $0) }
    default: nil
    }
  }

  /// Grafana reads the version to learn what it may use; ours is below every version that it asks for.
  @Sendable private static func buildInformation(_ call: Call) throws -> HTTPResponse {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("version", call.version)
      for name in ["revision", "branch", "buildDate", "buildUser", "goVersion"] { writer.member(name, "") }
    }
    return .json(writer)
  }

  @Sendable private static func metrics(_ call: Call) throws -> HTTPResponse {
    throw Refusal(
      404,
      "TraceQL metrics are not served. Counts and durations over time are at /api/v1/analytics/throughput and "
        + "/api/v1/analytics/latency.")
  }

  // MARK: - A trace by its id

  /// The message `Trace`, which is OTLP's `TracesData`; as JSON its list is called `batches`.
  @Sendable private static func trace(_ text: String, _ call: Call) throws -> HTTPResponse {
    let trace = try stored(text, call)
    if call.wantsProtobuf {
      return protobuf { OTLPTraceProtobuf.write(trace.spans, to: &$0) }
    }
    var writer = JSONWriter()
    writer.object { writer in
      OTLPTraceJSON.write(trace.spans, as: .protobuf, member: "batches", to: &writer)
    }
    return .json(writer)
  }

  /// The message `TraceByIDResponse`: the trace, and whether it is complete.
  @Sendable private static func traceByID(_ text: String, _ call: Call) throws -> HTTPResponse {
    guard call.parameters.text("q") == nil else {
      throw Refusal(400, "A trace cannot be narrowed by 'q' here; leave it out for the whole trace.")
    }
    let trace = try stored(text, call)
    let message = "The trace has more spans than one answer holds; the rest, which starts later, is left out."
    if call.wantsProtobuf {
      return protobuf { writer in
        writer.message(1) { OTLPTraceProtobuf.write(trace.spans, to: &$0) }
        guard trace.isTruncated else { return }
        writer.varint(3, 1)
        writer.string(4, message)
      }
    }
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("trace")
      writer.object { writer in
        OTLPTraceJSON.write(trace.spans, as: .protobuf, member: "resourceSpans", to: &writer)
      }
      writer.key("metrics")
      writer.object { _ in }
      guard trace.isTruncated else { return }
      writer.member("status", "PARTIAL")
      writer.member("message", message)
    }
    return .json(writer)
  }

  private static func stored(_ text: String, _ call: Call) throws -> StoredTrace {
    let id = try TraceID(lenient: text)
    guard let trace = try call.telemetry.trace(id) else {
      throw Refusal(404, "trace \(id) not found: it may not have arrived yet, or its retention has ended")
    }
    return trace
  }

  private static func protobuf(_ body: (inout ProtobufWriter) -> Void) -> HTTPResponse {
    var writer = ProtobufWriter(reservingCapacity: 4_096)
    body(&writer)
    return HTTPResponse(contentType: "application/protobuf", body: writer.bytes)
  }
}
