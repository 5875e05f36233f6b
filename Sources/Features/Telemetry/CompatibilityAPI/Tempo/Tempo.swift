import API
import Base
import HTTPTypes
import JSON
import Protobuf
import TelemetryQueries

/// Tempo's HTTP query API (https://grafana.com/docs/tempo/latest/api_docs/).
enum Tempo {
  static let endpoints: [CompatibilityEndpoint] = [
    CompatibilityEndpoint("echo", .tempo) { _ in
      HTTPResponse(contentType: "text/plain; charset=utf-8", body: Array("echo".utf8))
    },
    CompatibilityEndpoint("status/buildinfo", .tempo, buildInformation),
    CompatibilityEndpoint("traces/{trace_id}", .tempo, trace),
    CompatibilityEndpoint("search", .tempo, TempoSearch.answer),
    CompatibilityEndpoint("search/tags", .tempo, TempoTags.flatNames),
    CompatibilityEndpoint("search/tag/{tag}/values", .tempo, TempoTagValues.texts),
    CompatibilityEndpoint("v2/traces/{trace_id}", .tempo, traceByID),
    CompatibilityEndpoint("v2/search/tags", .tempo, TempoTags.scopedNames),
    CompatibilityEndpoint("v2/search/tag/{tag}/values", .tempo, TempoTagValues.typed),
    CompatibilityEndpoint("metrics/{path+}", .tempo, metrics),
    CompatibilityEndpoint("search/{path+}", .tempo, CompatibilityEndpoint.nothing(.tempo)),
    CompatibilityEndpoint("v2/{path+}", .tempo, CompatibilityEndpoint.nothing(.tempo)),
  ]

  /// Grafana reads the version to learn what it may use; ours is below every version that it checks for.
  @Sendable private static func buildInformation(_ call: CompatibilityCall) throws -> HTTPResponse {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("version", call.context.version)
      for name in ["revision", "branch", "buildDate", "buildUser", "goVersion"] { writer.member(name, "") }
    }
    return .json(writer)
  }

  @Sendable static func metrics(_ call: CompatibilityCall) throws -> HTTPResponse {
    throw Problem(
      .notFound,
      "TraceQL metrics are not supported. Counts and durations over time are at /api/v1/analytics/throughput and "
        + "/api/v1/analytics/latency.")
  }

  // MARK: - A trace by its id

  /// The message `Trace`, which is OTLP's `TracesData`; as JSON its list is called `batches`.
  @Sendable static func trace(_ call: CompatibilityCall) throws -> HTTPResponse {
    let trace = try stored(call)
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
  @Sendable private static func traceByID(_ call: CompatibilityCall) throws -> HTTPResponse {
    guard call.fields.text("q") == nil else {
      throw Problem(.invalidParameter, "'q' cannot narrow a trace here; leave it out to get the whole trace.")
    }
    let trace = try stored(call)
    let message = "The trace has more spans than one response holds; the rest, which starts later, is left out."
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

  private static func stored(_ call: CompatibilityCall) throws -> StoredTrace {
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
