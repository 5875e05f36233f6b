import GRPC
import Ground
import HTTPServer
import HTTPTypes
import Identity
import JSON
import CompatibilityAPI
import Metrics
import OTLPReceiver
import Platform
import PrometheusText
import QueryAPI

/// Sends each request to the part of the server that answers it.
struct ServerRouter: HTTPRouter {
  let services: Services
  let listeners: Listeners

  /// Query requests carry no body to speak of; 1 MiB is more than any of them needs.
  private static let queryBodyBytesMax = 1 << 20

  func route(_ request: RequestView) -> HTTPRoute {
    if let route = services.receiver.route(request) { return route }
    if request.isGRPC {
      return .respondGRPC(
        GRPCOutcome(.unimplemented, "\(request.path) is no method of this server; it has the OTLP services"))
    }
    if request.isPath("/healthz") { return .respond(Health.alive) }
    if request.isPath("/readyz") {
      return .collected(bodyBytesMax: 0) { [services] _ in await services.health.readiness() }
    }
    guard listeners.servesAPI(request.listener) else {
      return .respond(
        ServerProblem.response(
          404, "not_found",
          "This address takes OTLP (/v1/traces, /v1/metrics, /v1/logs); the API is at the address of 'http'."))
    }
    if request.isPath("/metrics") {
      return .collected(bodyBytesMax: 0) { [services] _ in
        HTTPResponse(contentType: PrometheusText.contentType, body: PrometheusText.encode(services.metrics.snapshot()))
      }
    }
    if request.isPath("/") { return .respond(RootPage.response) }
    return query(request)
  }

  /// A request to one of the query APIs.
  private func query(_ request: RequestView) -> HTTPRoute {
    let found = services.authenticator.authenticate(
      authorization: request.field("authorization"),
      apiKey: request.field("x-api-key") ?? request.field("api-key"), isLoopback: request.peer.isLoopback)
    switch found {
    case .failure(let failure):
      var response = ServerProblem.response(
        failure == .unavailable ? 503 : 401, failure.rawValue, failure.message)
      if failure != .unavailable { response.fields["www-authenticate"] = "Bearer" }
      return .respond(response)
    case .success(let principal):
      return .collected(bodyBytesMax: Self.queryBodyBytesMax) { [services] request in
        await answer(request, principal, services)
      }
    }
  }

  private func answer(_ request: HTTPRequest, _ principal: Principal, _ services: Services) async -> HTTPResponse {
    var request = request
    let id = request.fields["x-request-id"].flatMap { RequestID($0) } ?? RequestID()
    request.fields["x-request-id"] = id.text
    let beganAt = Instant.now
    var response: HTTPResponse
    if let found = await services.queryAPI.handle(request, principal: principal) {
      response = found
    } else if let found = await services.compatibilityAPI.handle(request, principal: principal) {
      response = found
    } else {
      response = ServerProblem.response(
        404, "not_found", "There is nothing at \(request.path). The API is described at /api/v1/openapi.json.")
    }
    response.fields["x-request-id"] = id.text
    let fields: [LogField] = [
      .init("request_id", id.text), .init("method", request.method), .init("path", request.path),
      .init("status", response.status), .init("tenant", principal.tenant), .init("duration", Instant.now - beganAt),
    ]
    if response.status >= 500 {
      services.logger.component("api").log(.error, "request failed", fields)
    } else {
      services.logger.component("api").log(.debug, "request", fields)
    }
    return response
  }
}
