import API
import Base
import Feature
import GRPC
import HTTP1
import HTTPServer
import HTTPTypes
import Identity
import JSON
import Metrics
import PrometheusText
import System

/// Sends each request to the part of the server that responds to it.
struct ServerRouter: HTTPRouter {
  let services: Services
  let listeners: Listeners
  /// Nil when every request needs a key, which no page of another site has.
  let originPolicy: OriginPolicy?
  /// Whether metrics are shown to whoever asks.
  let areMetricsPublic: Bool

  /// Query requests carry no body to speak of; 1 MiB is more than any of them needs.
  private static let queryBodyBytesMax = 1 << 20

  func route(_ request: RequestView) -> HTTPRoute {
    if let refusal = Self.refusalOfPathless(request) { return .respond(refusal) }
    if let refusal = originPolicy?.refusal(request, isPage: { isPage(request) }) { return refuse(request, refusal) }
    for routes in services.protocols { if let route = routes.route(request) { return route } }
    if request.isGRPC {
      let names = takenPaths.map(\.name).joined(separator: " and ")
      return .respondGRPC(
        GRPCOutcome(.unimplemented, "Unknown method \(request.path). This server implements the \(names) services."))
    }
    if request.isPath("/healthz") { return read(request) { .respond(Health.alive) } }
    if request.isPath("/readyz") { return read(request) { readiness(request) } }
    guard listeners.servesAPI(request.listener) else {
      let taken = takenPaths.map { "\($0.name) at \($0.paths.joined(separator: ", "))" }.joined(separator: "; ")
      return .respond(
        request.response(
          .notFound,
          "This port takes \(taken). The REST API is at another port, 8080 by default (setting http)."))
    }
    if request.isPath("/metrics") {
      return read(request) { shown(request) { .collected(bodyBytesMax: 0) { [services] _ in metrics(services) } } }
    }
    for page in services.metricsPages where request.isPath(page.path) {
      return read(request) {
        shown(request) {
          .collected(bodyBytesMax: 0) { _ in HTTPResponse(contentType: PrometheusText.contentType, body: page.write()) }
        }
      }
    }
    if isPage(request) { for pages in services.pages { if let route = pages.route(request) { return route } } }
    return query(request)
  }

  /// Whether a request can be for a page, which shows nothing of the data.
  private func isPage(_ request: RequestView) -> Bool { !services.programPaths.contain(request.path) }

  /// The protocols, and where each is taken by whatever slices.
  private var takenPaths: [(name: String, paths: [String])] {
    var taken: [(name: String, paths: [String])] = []
    for routes in services.protocols {
      if let index = taken.firstIndex(where: { $0.name == routes.name }) {
        taken[index].paths += routes.paths
      } else {
        taken.append((routes.name, routes.paths))
      }
    }
    return taken
  }

  /// What is asked of no resource: `OPTIONS *`, and a tunnel (RFC 9110, sections 9.3.6 and 9.3.7).
  ///
  /// Nil for all else.
  private static func refusalOfPathless(_ request: RequestView) -> HTTPResponse? {
    if request.isPath("*") {
      var response = request.response(
        .methodNotAllowed,
        "The server as a whole has no options. Ask for a path; the API is described at /api/v1/openapi.json.")
      response.fields["allow"] = "GET, HEAD, POST"
      return response
    }
    guard request.isConnect else { return nil }
    return request.response(
      .notImplemented,
      "This server is not a proxy, so it opens no tunnels. Check the client's proxy settings, such as HTTPS_PROXY.")
  }

  private func refuse(_ request: RequestView, _ refusal: OriginPolicy.Refusal) -> HTTPRoute {
    request.isGRPC
      ? .respondGRPC(GRPCOutcome(.permissionDenied, refusal.message))
      : .respond(logged(request.response(refusal.code, refusal.message), to: request))
  }

  /// Has the refusal of a request in the log, by its id.
  private func logged(_ response: HTTPResponse, to request: RequestView) -> HTTPResponse {
    services.logger.component("api").debug(
      "request refused", .init("request_id", response.fields["x-request-id"] ?? ""), .init("method", request.method),
      .init("path", request.path), .init("status", response.status))
    return response
  }

  /// A page that can only be read.
  private func read(_ request: RequestView, _ route: () -> HTTPRoute) -> HTTPRoute {
    guard request.method == .get || request.method == .head else {
      var response = request.response(
        .methodNotAllowed, "\(request.path) can only be read; use GET.")
      response.fields["allow"] = "GET, HEAD"
      return .respond(response)
    }
    return route()
  }

  /// A page about the server itself, for those who may query it.
  private func shown(_ request: RequestView, _ route: () -> HTTPRoute) -> HTTPRoute {
    if areMetricsPublic { return route() }
    switch services.authenticator.authenticate(request) {
    case .failure(let failure): return .respond(refusal(request, failure))
    case .success(let principal) where !principal.may(.query):
      return .respond(logged(Problem(missing: .query).response(to: request), to: request))
    case .success: return route()
    }
  }

  private func metrics(_ services: Services) -> HTTPResponse {
    HTTPResponse(contentType: PrometheusText.contentType, body: PrometheusText.encode(services.metrics.snapshot()))
  }

  /// Those who may query see in detail what is wrong; others, such as probes, see where.
  private func readiness(_ request: RequestView) -> HTTPRoute {
    var showsDetails = false
    if case .success(let principal) = services.authenticator.authenticate(request), principal.may(.query) {
      showsDetails = true
    }
    return .collected(bodyBytesMax: 0) { [health = services.health, showsDetails] _ in
      await health.readiness(showsDetails: showsDetails)
    }
  }

  private func refusal(_ request: RequestView, _ failure: AuthenticationFailure) -> HTTPResponse {
    var response = request.response(failure.code, failure.message)
    if failure != .unavailable { response.fields["www-authenticate"] = "Bearer" }
    return logged(response, to: request)
  }

  /// A request to one of the query APIs.
  private func query(_ request: RequestView) -> HTTPRoute {
    switch services.authenticator.authenticate(request) {
    case .failure(let failure): return .respond(refusal(request, failure))
    case .success(let principal):
      return .collected(bodyBytesMax: Self.queryBodyBytesMax) { [services] request in
        await respond(to: request, principal, services)
      }
    }
  }

  private func respond(to request: HTTPRequest, _ principal: Principal, _ services: Services) async -> HTTPResponse {
    var request = request
    let id = request.fields["x-request-id"].flatMap { RequestID($0) } ?? RequestID()
    request.fields["x-request-id"] = id.text
    let beganAt = Instant.now
    var response = await services.api.handle(request, principal: principal)
    response.fields["x-request-id"] = id.text
    // Refusals for a while (503) are not errors here: clients could fill the log with them.
    services.logger.component("api").log(
      response.status == 500 ? .error : .debug, response.status == 500 ? "request failed" : "request",
      [
        .init("request_id", id.text), .init("method", request.method), .init("path", request.path),
        .init("status", response.status), .init("tenant", principal.tenant), .init("duration", Instant.now - beganAt),
      ])
    return response
  }
}
