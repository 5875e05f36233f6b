import Base
import HTTPTypes
import JSON
import Telemetry
import TelemetryQueries

/// Jaeger's HTTP query API (https://www.jaegertracing.io/docs/latest/architecture/apis/, "Internal HTTP JSON").
enum Jaeger {
  /// The most spans of an answer, over all of its traces; about 100 MB of JSON at 1 KiB each.
  static let spanCountMax = 100_000

  /// The endpoint at a path behind `/api`; nil when there is none.
  static func endpoint(_ segments: [String]) -> Endpoint? {
    switch segments.first {
    case "services" where segments.count == 1: services
    case "services" where segments.count > 2 && segments.last == "operations":
      // Some versions of Grafana leave the slashes of a service's name as they are.
      { try operationNames(segments[1..<(segments.count - 1)].joined(separator: "/"), $0) }
    case "operations" where segments.count == 1: operations
    case "traces" where segments.count == 1: search
    case "traces" where segments.count == 2: { try trace(segments[1], $0) }
    case "dependencies" where segments.count == 1: dependencies
    case "metrics" where segments.count == 2: metrics
    case "v3": JaegerV3.endpoint(Array(segments.dropFirst()))
    default: nil
    }
  }

  // MARK: - Names

  @Sendable private static func services(_ call: Call) throws -> HTTPResponse {
    names(try call.telemetry.serviceNames())
  }

  @Sendable private static func operationNames(_ service: String, _ call: Call) throws -> HTTPResponse {
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

  @Sendable private static func operations(_ call: Call) throws -> HTTPResponse {
    guard let service = call.parameters.text("service") else { throw Refusal.parameter("service", "it is required") }
    let found = try operations(of: service, kind: call.parameters.text("spanKind"), call)
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

  /// The operations of a service; of one kind, by Jaeger's name of it, when one is asked for.
  static func operations(of service: String, kind: String?, _ call: Call) throws -> [OperationSummary] {
    let operations = try call.telemetry.operations(of: service)
    guard let kind else { return operations }
    return operations.filter { kindName($0.kind) == kind.lowercased() }
  }

  /// Jaeger's name of a kind; empty for a span that names none.
  static func kindName(_ kind: SpanKind) -> String { kind == .unspecified ? "" : kind.name }

  // MARK: - Traces

  @Sendable private static func trace(_ text: String, _ call: Call) throws -> HTTPResponse {
    let id = try TraceID(lenient: text)
    guard let trace = try call.telemetry.trace(id) else { throw Refusal(404, "trace not found") }
    return answer([trace])
  }

  @Sendable private static func search(_ call: Call) throws -> HTTPResponse {
    let ids = call.parameters.texts("traceID")
    guard ids.isEmpty else { return try traces(of: ids, call) }
    let (traces, errors) = try find(JaegerSearch.read(call), call)
    return answer(traces, errors: errors)
  }

  /// The traces of a search, newest first, whole, and what is missing of them.
  static func find(
    _ search: TraceSearch?, _ call: Call
  ) throws -> (traces: [StoredTrace], errors: [JaegerError]) {
    guard let search else { return ([], []) }
    let found = try call.telemetry.traces(search)
    return complete(try call.telemetry.wholeTraces(found.traces, spanCountMax: spanCountMax))
  }

  /// The traces of which spans are in the answer, and an error for each other one.
  private static func complete(_ traces: [StoredTrace]) -> (traces: [StoredTrace], errors: [JaegerError]) {
    (traces.filter { !$0.spans.isEmpty }, traces.filter(\.spans.isEmpty).map { tooLong($0.traceID) })
  }

  private static func tooLong(_ id: TraceID) -> JaegerError {
    JaegerError(
      message: "left out: an answer holds at most \(spanCountMax) spans; ask for this trace alone",
      traceID: JaegerTraceJSON.text(id))
  }

  /// The most ids that one request may name.
  private static let idCountMax = 100

  /// The traces of some ids, each once, with at most ``spanCountMax`` spans together.
  private static func traces(of texts: [String], _ call: Call) throws -> HTTPResponse {
    guard texts.count <= idCountMax else {
      throw Refusal.parameter("traceID", "at most \(idCountMax) ids can be asked for at once")
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

  @Sendable private static func dependencies(_ call: Call) throws -> HTTPResponse {
    let millisecond: Int64 = 1_000_000
    let end = try call.parameters.nanoseconds("endTs", unit: millisecond) ?? call.now.rawValue
    let lookback = try call.parameters.nanoseconds("lookback", unit: millisecond) ?? dependencyNanoseconds
    let (start, overflow) = end.subtractingReportingOverflow(lookback)
    guard lookback >= 0, !overflow, end < Int64.max else {
      throw Refusal.parameter("lookback", "it reaches beyond the times that can be stored")
    }
    let range = TimeRange(start: UnixNanoseconds(start), end: UnixNanoseconds(end + 1))
    let service = call.parameters.text("service")
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

  @Sendable private static func metrics(_ call: Call) throws -> HTTPResponse {
    throw Refusal(
      501, "Jaeger's metrics are not served; use /api/v1/analytics/latency and /api/v1/analytics/throughput.")
  }
}
