import API
import Base
import HTTPTypes
import JSON
import Telemetry
import TelemetryQueries

/// Jaeger's HTTP query API (https://www.jaegertracing.io/docs/latest/architecture/apis/, "Internal HTTP JSON").
enum Jaeger {
  /// The most spans in a response, over all of its traces; about 100 MB of JSON at 1 KiB each.
  static let spanCountMax = 100_000

  static let endpoints: [CompatibilityEndpoint] = [
    CompatibilityEndpoint("services", .jaeger, services),
    CompatibilityEndpoint("services/{path+}", .jaeger, operationNames),
    CompatibilityEndpoint("operations", .jaeger, operations),
    CompatibilityEndpoint("traces", .jaeger, search),
    CompatibilityEndpoint("traces/{trace_id}", .jaeger, trace),
    CompatibilityEndpoint("dependencies", .jaeger, dependencies),
    CompatibilityEndpoint("metrics/{name}", .jaeger, metrics),
  ]

  // MARK: - Names

  @Sendable private static func services(_ call: CompatibilityCall) throws -> HTTPResponse {
    names(try call.telemetry.serviceNames())
  }

  /// `services/<name>/operations`.
  ///
  /// Some versions of Grafana leave the slashes of a service's name as they are.
  @Sendable private static func operationNames(_ call: CompatibilityCall) throws -> HTTPResponse {
    let path = call.rest
    guard path.hasSuffix("/operations") else { throw Problem.unknownPath(call.request, .jaeger) }
    let service = String(path.dropLast("/operations".count))
    let operations = try call.telemetry.operations(of: service)
    return names(Set(operations.map(\.name)).sorted())
  }

  private static func names(_ names: [String]) -> HTTPResponse {
    .jaeger(total: names.count) { writer in
      writer.array { writer in
        for name in names { writer.string(name) }
      }
    }
  }

  @Sendable private static func operations(_ call: CompatibilityCall) throws -> HTTPResponse {
    guard let service = call.fields.text("service") else { throw Problem.parameter("service", "it is required") }
    let found = try operations(of: service, kind: call.fields.text("spanKind"), call)
    return .jaeger(total: found.count) { writer in
      writer.array { writer in
        for operation in found {
          writer.object { writer in
            writer.member("name", operation.name)
            writer.member("spanKind", kindName(operation.kind))
          }
        }
      }
    }
  }

  /// The operations of a service; only those of one kind, by Jaeger's name for it, if requested.
  static func operations(of service: String, kind: String?, _ call: CompatibilityCall) throws -> [OperationSummary] {
    let operations = try call.telemetry.operations(of: service)
    guard let kind else { return operations }
    return operations.filter { kindName($0.kind) == kind.lowercased() }
  }

  /// Jaeger's name of a kind; empty for a span that names none.
  static func kindName(_ kind: SpanKind) -> String { kind == .unspecified ? "" : kind.name }

  // MARK: - Traces

  @Sendable static func trace(_ call: CompatibilityCall) throws -> HTTPResponse {
    guard let trace = try call.telemetry.trace(try call.traceID()) else { throw Problem(.notFound, "trace not found") }
    return answer([trace])
  }

  @Sendable private static func search(_ call: CompatibilityCall) throws -> HTTPResponse {
    let ids = call.fields.texts("traceID")
    guard ids.isEmpty else { return try traces(of: ids, call) }
    let (traces, errors) = try find(JaegerSearch.read(call.fields, now: call.now), call)
    return answer(traces, errors: errors)
  }

  /// The traces of a search, newest first, whole, and what is missing of them.
  static func find(
    _ search: TraceSearch?, _ call: CompatibilityCall
  ) throws -> (traces: [StoredTrace], errors: [JaegerError]) {
    guard let search else { return ([], []) }
    let found = try call.telemetry.traces(search)
    return complete(try call.telemetry.wholeTraces(found.traces, spanCountMax: spanCountMax))
  }

  /// The traces with spans in the response, and an error for every other one.
  private static func complete(_ traces: [StoredTrace]) -> (traces: [StoredTrace], errors: [JaegerError]) {
    (traces.filter { !$0.spans.isEmpty }, traces.filter(\.spans.isEmpty).map { tooLong($0.traceID) })
  }

  private static func tooLong(_ id: TraceID) -> JaegerError {
    JaegerError(
      message: "left out: a response holds at most \(spanCountMax) spans; ask for this trace alone",
      traceID: JaegerTraceJSON.text(id))
  }

  /// The most ids that one request may name.
  private static let idCountMax = 100

  /// The traces of some ids, each once, with at most ``spanCountMax`` spans together.
  private static func traces(of texts: [String], _ call: CompatibilityCall) throws -> HTTPResponse {
    guard texts.count <= idCountMax else {
      throw Problem.parameter("traceID", "at most \(idCountMax) ids can be asked for at once")
    }
    var traces: [StoredTrace] = []
    var errors: [JaegerError] = []
    var known: Set<TraceID> = []
    var spansLeft = spanCountMax
    for text in texts {
      let id = try TraceID(lenient: text)
      guard known.insert(id).inserted else { continue }
      guard spansLeft > 0 else {
        errors.append(tooLong(id))
        continue
      }
      if let trace = try call.telemetry.trace(id, spanCountMax: spansLeft) {
        spansLeft -= trace.spans.count
        traces.append(trace)
      } else {
        errors.append(JaegerError(message: "trace not found", traceID: JaegerTraceJSON.text(id)))
      }
    }
    return answer(traces, errors: errors)
  }

  private static func answer(_ traces: [StoredTrace], errors: [JaegerError] = []) -> HTTPResponse {
    .jaeger(errors: errors) { writer in
      writer.array { writer in
        for trace in traces { JaegerTraceJSON.write(trace, to: &writer) }
      }
    }
  }

  // MARK: - Between services

  /// How far back dependencies look unless the request says otherwise: 24 hours, as in Jaeger.
  private static let dependencyNanoseconds: Int64 = 86_400_000_000_000

  @Sendable private static func dependencies(_ call: CompatibilityCall) throws -> HTTPResponse {
    let millisecond: Int64 = 1_000_000
    let end = try call.fields.nanoseconds("endTs", unit: millisecond) ?? call.now.rawValue
    let lookback = try call.fields.nanoseconds("lookback", unit: millisecond) ?? dependencyNanoseconds
    let (start, overflow) = end.subtractingReportingOverflow(lookback)
    guard lookback >= 0, !overflow, end < Int64.max else {
      throw Problem.parameter("lookback", "it reaches beyond the times that can be stored")
    }
    let range = TimeRange(start: UnixNanoseconds(start), end: UnixNanoseconds(end + 1))
    let service = call.fields.text("service")
    let links = try call.telemetry.serviceDependencies(in: range)
      .filter { service == nil || $0.parent == service || $0.child == service }
    return .jaeger { writer in
      writer.array { writer in
        for link in links {
          writer.object { writer in
            writer.member("parent", link.parent)
            writer.member("child", link.child)
            writer.member("callCount", link.callCount)
          }
        }
      }
    }
  }

  @Sendable private static func metrics(_ call: CompatibilityCall) throws -> HTTPResponse {
    throw Problem(
      .notImplemented,
      "Jaeger's metrics are not supported; use /api/v1/analytics/latency and /api/v1/analytics/throughput.")
  }
}
