import API
import Base
import GRPC
import HTTP1
package import HTTPServer
import HTTPTypes
package import Identity
import OTLP
import System

/// The routes of OTLP: three gRPC methods and three HTTP paths, alike on every port.
package struct OTLPRoutes: ProtocolRoutes {
  package let name = "OTLP"
  package let paths = "/v1/traces, /v1/metrics and /v1/logs"

  let ingest: TelemetryIngest
  let authenticator: Authenticator
  /// The largest body after decompression.
  let bodyBytesMax: Int

  package init(ingest: TelemetryIngest, authenticator: Authenticator, bodyBytesMax: Int) {
    self.ingest = ingest
    self.authenticator = authenticator
    self.bodyBytesMax = bodyBytesMax
  }

  /// How to respond to a request; nil for a path that is not OTLP's.
  package func route(_ request: RequestView) -> HTTPRoute? {
    if request.isGRPC {
      for signal in OTLPSignal.allCases where request.isPath(signal.grpcPath) { return grpcRoute(request, signal) }
    } else {
      for signal in OTLPSignal.allCases where request.isPath(signal.httpPath) { return httpRoute(request, signal) }
      if let signal = OTLPSignal(httpPath: request.path) { return httpRoute(request, signal) }
      return misspelt(request).map { .respond($0) }
    }
    return nil
  }

  /// The response to an export to the singular of a signal's name.
  private func misspelt(_ request: RequestView) -> HTTPResponse? {
    guard request.method == .post, request.hasPathPrefix("/v1/") else { return nil }
    let path = request.path
    guard let signal = OTLPSignal.allCases.first(where: { path == "/v1/\($0.rawValue.dropLast())" }) else { return nil }
    return request.response(.notFound, "There is nothing at \(path). OTLP is taken at \(signal.httpPath).")
  }

  private func grpcRoute(_ request: RequestView, _ signal: OTLPSignal) -> HTTPRoute {
    switch admit(request) {
    case .failure(let refusal): return .respondGRPC(GRPCOutcome(refusal.code, refusal.message))
    case .success(let principal):
      let tenant = principal.tenant
      let lane = request.loopIndex
      return unsafe .grpcUnary(messageBytesMax: bodyBytesMax) { [ingest] message, responder in
        unsafe ingest.export(signal, .protobuf, body: message, tenant: tenant, lane: lane) { outcome in
          outcome.send(to: responder)
        }
      }
    }
  }

  private func httpRoute(_ request: RequestView, _ signal: OTLPSignal) -> HTTPRoute {
    guard request.method == .post else {
      var response = HTTPResponse(405, RPCStatus(.unimplemented, "send export requests with POST"), .json)
      response.fields["allow"] = "POST"
      return .respond(response)
    }
    let contentType = request.field(.contentType) ?? ""
    guard let encoding = OTLPEncoding(contentType: contentType) else {
      return .respond(
        HTTPResponse(
          415,
          RPCStatus(
            .invalidArgument,
            "unsupported content type '\(contentType)'; use application/x-protobuf or application/json"), .json))
    }
    switch admit(request) {
    case .failure(let refusal):
      var response = HTTPResponse(refusal.httpStatus, RPCStatus(refusal.code, refusal.message), encoding)
      if refusal.httpStatus == 401 { response.fields["www-authenticate"] = "Bearer" }
      return .respond(response)
    case .success(let principal):
      let tenant = principal.tenant
      let lane = request.loopIndex
      return unsafe .raw(bodyBytesMax: bodyBytesMax) { [ingest] body, responder in
        unsafe ingest.export(signal, encoding, body: body, tenant: tenant, lane: lane) { outcome in
          responder.complete(outcome.response(signal, encoding))
        }
      }
    }
  }

  private struct Refusal: Error {
    let httpStatus: Int
    let code: GRPCStatus
    let message: String
  }

  private func admit(_ request: RequestView) -> Result<Principal, Refusal> {
    switch authenticator.authenticate(request) {
    case .failure(.unavailable):
      return .failure(
        Refusal(httpStatus: 503, code: .unavailable, message: AuthenticationFailure.unavailable.message))
    case .failure(let failure):
      return .failure(Refusal(httpStatus: 401, code: .unauthenticated, message: failure.message))
    case .success(let principal) where !principal.may(.ingest):
      return .failure(
        Refusal(
          httpStatus: 403, code: .permissionDenied,
          message: "This key may not ingest. Create one that may: `axonize keys create --permission ingest`."))
    case .success(let principal): return .success(principal)
    }
  }
}
