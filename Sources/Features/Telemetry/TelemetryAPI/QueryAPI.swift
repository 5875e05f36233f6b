package import Base
package import HTTPTypes
package import Identity
package import Engine
package import TelemetryQueries

/// The REST API below `/api/v1`: reads traces, spans, services, analytics, attributes, logs and metrics as JSON.
///
/// docs/api.md is its reference, and it describes itself at `/api/v1/openapi.json`.
package struct QueryAPI: Sendable {
  let reader: TelemetryReader
  let workers: any BlockingWorkers
  /// The wall clock.
  let now: @Sendable () -> UnixNanoseconds
  /// Waits for a time; for live answers.
  let sleep: @Sendable (Duration) async throws -> Void
  /// Whether whoever began a live answer may still read; asked again and again.
  let isActive: @Sendable (Principal) -> Bool
  let logger: Logger
  /// The server's version, for the OpenAPI document.
  let version: String
  let tails = TailSlots()

  package init(
    reader: TelemetryReader, workers: any BlockingWorkers, version: String, logger: Logger = .disabled,
    now: @escaping @Sendable () -> UnixNanoseconds,
    sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
    isActive: @escaping @Sendable (Principal) -> Bool
  ) {
    self.reader = reader
    self.workers = workers
    self.version = version
    self.logger = logger
    self.now = now
    self.sleep = sleep
    self.isActive = isActive
  }

  /// Every endpoint.
  static let endpoints: [Endpoint] =
    traceEndpoints + [traceIDEndpoint] + spanEndpoints + ownerEndpoints + serviceEndpoints + analyticsEndpoints
    + attributeEndpoints + logEndpoints + metricEndpoints + [openAPIEndpoint]

  private static let prefix = "/api/v1"

  /// Answers a request below `/api/v1`; nil for another path.
  package func handle(_ request: HTTPRequest, principal: Principal) async -> HTTPResponse? {
    guard request.path == Self.prefix || request.path.hasPrefix(Self.prefix + "/") else { return nil }
    var response: HTTPResponse
    do {
      response = try await answer(request, principal)
    } catch let problem as Problem {
      response = problem.response(to: request)
    } catch let failure as QueryFailure {
      log(failure, request)
      response = Problem(failure).response(to: request)
    } catch {
      let failure = QueryFailure(error)
      log(failure, request)
      response = Problem(failure).response(to: request)
    }
    if request.method == .head { response.body = .bytes([]) }
    return response
  }

  private func log(_ failure: QueryFailure, _ request: HTTPRequest) {
    switch failure.reason {
    case .invalidRegex, .cancelled: break
    case .timeout, .tooLarge, .overloaded:
      logger.warning("query failed", LogField("path", request.path), LogField("cause", failure))
    case .unavailable, .defect:
      logger.error("query failed", LogField("path", request.path), LogField("cause", failure))
    }
  }

  private func answer(_ request: HTTPRequest, _ principal: Principal) async throws -> HTTPResponse {
    let (endpoint, path) = try route(request)
    guard principal.permissions.contains(.query) else {
      throw Problem(
        status: 403, code: .forbidden,
        detail: "This key may not query. Make one that may: `axonize keys create --permission query`.")
    }
    try Parameters.check(path, endpoint.pathParameters)
    let now = now()
    let parameters = try Parameters(request.query, endpoint.parameters, now: now)
    let owner = WorkOwner(tenant: principal.tenant, client: principal.keyID ?? request.peerHost)
    return try await workers.run(for: owner) { activity in
      let call = Call(
        request: request, principal: principal, telemetry: reader.telemetry(of: principal.tenant, during: activity),
        parameters: parameters, path: path, now: now)
      switch endpoint.work {
      case .blocking(let work): return try work(call)
      case .streaming(let work): return try work(call, self)
      }
    }
  }

  private func route(_ request: HTTPRequest) throws(Problem) -> (Endpoint, [String: String]) {
    guard let segments = PercentEncoding.segments(ofPath: String(request.path.dropFirst(Self.prefix.count))) else {
      throw Problem(
        status: 400, code: .invalidParameter,
        detail: "The path is not percent-encoded UTF-8; encode `%` as `%25`.")
    }
    for endpoint in Self.endpoints {
      guard let values = endpoint.match(segments) else { continue }
      guard request.method == .get || request.method == .head else {
        throw Problem(
          status: 405, code: .methodNotAllowed, detail: "\(request.path) can only be read; use GET.",
          fields: [("allow", "GET, HEAD")])
      }
      return (endpoint, values)
    }
    throw Problem(
      status: 404, code: .notFound,
      detail: "There is nothing at \(request.path). The API describes itself at \(Self.prefix)/openapi.json.")
  }
}
