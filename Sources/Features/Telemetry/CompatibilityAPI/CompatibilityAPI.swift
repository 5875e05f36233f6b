package import Base
package import HTTPTypes
package import Identity
package import Engine
package import TelemetryQueries

/// The query APIs of Jaeger and Tempo over the stored traces, for Grafana's data sources and existing scripts.
///
/// Each is served whole below a prefix (`/jaeger/api/…`, `/tempo/api/…`) and without it wherever the two do not collide;
/// docs/compatibility.md lists the endpoints and docs/adr/0010-jaeger-and-tempo.md says why.
package struct CompatibilityAPI: Sendable {
  private let reader: TelemetryReader
  private let workers: any BlockingWorkers
  private let now: @Sendable () -> UnixNanoseconds
  private let logger: Logger
  private let version: String

  /// - Parameters:
  ///   - version: The server's version, which Tempo's build information names.
  ///   - now: The wall clock; ranges that a request leaves open end there.
  package init(
    reader: TelemetryReader, workers: any BlockingWorkers, version: String, logger: Logger = .disabled,
    now: @escaping @Sendable () -> UnixNanoseconds
  ) {
    self.reader = reader
    self.workers = workers
    self.version = version
    self.logger = logger
    self.now = now
  }

  /// Answers a request to Jaeger's or Tempo's API; nil for another path.
  package func handle(_ request: HTTPRequest, principal: Principal) async -> HTTPResponse? {
    guard let target = CompatibilityTarget(request) else { return nil }
    var response: HTTPResponse
    do {
      response = try await answer(request, target, principal)
    } catch let refusal as Refusal {
      response = target.dialect.response(refusal, at: target.segments)
    } catch {
      let failure = error as? QueryFailure ?? QueryFailure(error)
      log(failure, request)
      response = target.dialect.response(Refusal(failure), at: target.segments)
    }
    if request.method == .head { response.body = .bytes([]) }
    return response
  }

  private func answer(
    _ request: HTTPRequest, _ target: CompatibilityTarget, _ principal: Principal
  ) async throws -> HTTPResponse {
    guard request.method == .get || request.method == .head else {
      throw Refusal(405, "\(request.path) can only be read; use GET.", fields: [("allow", "GET, HEAD")])
    }
    guard principal.permissions.contains(.query) else {
      throw Refusal(403, "This key may not query. Make one that may: `axonize keys create --permission query`.")
    }
    let parameters = try Parameters(request.query)
    let endpoint =
      switch target.dialect {
      case .jaeger: Jaeger.endpoint(target.segments)
      case .tempo: Tempo.endpoint(target.segments)
      }
    guard let endpoint else {
      throw Refusal(
        404,
        "There is nothing at \(request.path). docs/compatibility.md lists what is served of \(target.dialect.name)'s API."
      )
    }
    let owner = WorkOwner(tenant: principal.tenant, client: principal.keyID ?? request.peerHost)
    return try await workers.run(for: owner) { activity in
      try endpoint(
        Call(
          telemetry: reader.telemetry(of: principal.tenant, during: activity), parameters: parameters,
          wantsProtobuf: target.wantsProtobuf, now: now(), version: version))
    }
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
}

/// Answers one request on a worker thread.
typealias Endpoint = @Sendable (Call) throws -> HTTPResponse

/// What an endpoint works with.
struct Call: Sendable {
  let telemetry: TenantTelemetry
  let parameters: Parameters
  /// Whether the client asks for protobuf.
  let wantsProtobuf: Bool
  let now: UnixNanoseconds
  /// The server's version.
  let version: String
}
