import API
import Base
import HTTPTypes
import Telemetry
import TelemetryQueries
package import TraceInterchange

/// Jaeger's HTTP query API (https://www.jaegertracing.io/docs/latest/architecture/apis/, "Internal HTTP JSON").
package enum Jaeger {
  /// The most spans in a response, over all of its traces; about 100 MB of JSON at 1 KiB each.
  static let spanCountMax = 100_000

  static let name = "Jaeger"

  package static let api = InterchangeAPI(
    name, prefix: "/jaeger", problems: .jaeger, endpoints: endpoints + JaegerV3.endpoints)

  private static let endpoints = [
    InterchangeEndpoint("services", nameList, problems: .jaeger, work: services),
    InterchangeEndpoint("services/{path+}", nameList, problems: .jaeger, work: operationNames),
    InterchangeEndpoint("operations", operationList, problems: .jaeger, work: operations),
    InterchangeEndpoint("traces", traceList, problems: .jaeger, work: search),
    InterchangeEndpoint("traces/{trace_id}", traceList, problems: .jaeger, work: trace),
    InterchangeEndpoint("dependencies", dependencyList, problems: .jaeger, work: dependencies),
    // Without a prefix, metrics are Tempo's.
    InterchangeEndpoint("metrics/{name}", problems: .jaeger, isUnprefixed: false, work: metrics),
  ]

  // MARK: - Names

  private static let nameList = JSONResponse("JaegerNameList", .envelope(.list(.string)))

  @Sendable private static func services(_ call: InterchangeCall) throws -> JaegerEnvelope<[String]> {
    let names = try call.telemetry.serviceNames()
    return JaegerEnvelope(data: names, total: names.count)
  }

  /// `services/<name>/operations`.
  ///
  /// Some versions of Grafana leave the slashes of a service's name as they are.
  @Sendable private static func operationNames(_ call: InterchangeCall) throws -> JaegerEnvelope<[String]> {
    let path = call.rest
    guard path.hasSuffix("/operations") else { throw Problem.unknownPath(call.request.path, of: name) }
    let service = String(path.dropLast("/operations".count))
    let names = Set(try call.telemetry.operations(of: service).map(\.name)).sorted()
    return JaegerEnvelope(data: names, total: names.count)
  }

  private static let operationList = JSONResponse("JaegerOperationList", .envelope(.list(operation)))

  private static let operation = JSONShape<OperationSummary>.object { operation in
    operation.member("name", .string) { $0.name }
    operation.member("spanKind", .choice(SpanKind.allCases.map(kindName))) { kindName($0.kind) }
  }

  @Sendable private static func operations(_ call: InterchangeCall) throws -> JaegerEnvelope<[OperationSummary]> {
    guard let service = call.fields.text("service") else { throw Problem.parameter("service", "it is required") }
    let found = try operations(of: service, kind: call.fields.text("spanKind"), call)
    return JaegerEnvelope(data: found, total: found.count)
  }

  /// The operations of a service; only those of one kind, by Jaeger's name for it, if requested.
  static func operations(of service: String, kind: String?, _ call: InterchangeCall) throws -> [OperationSummary] {
    let operations = try call.telemetry.operations(of: service)
    guard let kind else { return operations }
    return operations.filter { kindName($0.kind) == kind.lowercased() }
  }

  /// Jaeger's name of a kind; empty for a span that names none.
  static func kindName(_ kind: SpanKind) -> String { kind == .unspecified ? "" : kind.name }

  // MARK: - Traces

  private static let traceList = JSONResponse("JaegerTraceList", .envelope(.list(.jaegerTrace)))

  @Sendable private static func trace(_ call: InterchangeCall) throws -> JaegerEnvelope<[StoredTrace]> {
    guard let trace = try call.telemetry.trace(try call.traceID()) else { throw Problem(.notFound, "trace not found") }
    return JaegerEnvelope(data: [trace])
  }

  @Sendable private static func search(_ call: InterchangeCall) throws -> JaegerEnvelope<[StoredTrace]> {
    let ids = call.fields.texts("traceID")
    guard ids.isEmpty else { return try traces(of: ids, call) }
    let (traces, errors) = try find(JaegerSearch.read(call.fields, now: call.now), call)
    return JaegerEnvelope(data: traces, errors: errors)
  }

  /// The traces of a search, newest first, whole, and what is missing of them.
  static func find(
    _ search: TraceSearch?, _ call: InterchangeCall
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
      traceID: id.jaegerText)
  }

  /// The most ids that one request may name.
  private static let idCountMax = 100

  /// The traces of some ids, each once, with at most ``spanCountMax`` spans together.
  private static func traces(
    of texts: [String], _ call: InterchangeCall
  ) throws -> JaegerEnvelope<[StoredTrace]> {
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
        errors.append(JaegerError(message: "trace not found", traceID: id.jaegerText))
      }
    }
    return JaegerEnvelope(data: traces, errors: errors)
  }

  // MARK: - Between services

  /// How far back dependencies look unless the request says otherwise: 24 hours, as in Jaeger.
  private static let dependencyNanoseconds: Int64 = 86_400_000_000_000

  private static let dependencyList = JSONResponse("JaegerDependencyList", .envelope(.list(dependency)))

  private static let dependency = JSONShape<ServiceDependency>.object { dependency in
    dependency.member("parent", .string) { $0.parent }
    dependency.member("child", .string) { $0.child }
    dependency.member("callCount", .integer) { $0.callCount }
  }

  @Sendable private static func dependencies(_ call: InterchangeCall) throws -> JaegerEnvelope<[ServiceDependency]> {
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
    return JaegerEnvelope(data: links)
  }

  @Sendable private static func metrics(_ call: InterchangeCall) throws -> HTTPResponse {
    throw Problem(
      .notImplemented,
      "Jaeger's metrics are not supported; use /api/v1/analytics/latency and /api/v1/analytics/throughput.")
  }
}
