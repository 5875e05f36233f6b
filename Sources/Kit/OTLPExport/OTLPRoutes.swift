import API
package import Base
package import Commit
import GRPC
import HTTP1
package import HTTPServer
import HTTPTypes
package import Identity
package import OTLP
import System

/// What takes the export requests of one signal.
@safe
package struct OTLPService: Sendable {
  /// Decodes a body, which is valid during the call.
  ///
  /// - Parameters:
  ///   - lane: index of the calling event loop.
  ///   - report: called once, from any thread: when the request is kept or stored, or at once if it cannot be.
  package typealias Export =
    @Sendable (
      _ encoding: OTLPEncoding, _ body: UnsafeRawBufferPointer, _ tenant: TenantID, _ lane: Int,
      _ report: @escaping @Sendable (RequestOutcome) -> Void
    ) -> Void

  package let signal: OTLPSignal
  package let export: Export

  package init(_ signal: OTLPSignal, export: @escaping Export) {
    self.signal = signal
    unsafe self.export = export
  }
}

/// The routes of OTLP for the signals that a slice takes: a gRPC method and an HTTP path for each, alike on every port.
package struct OTLPRoutes: ProtocolRoutes {
  package let name = "OTLP"
  package var paths: [String] { services.map { "\($0.signal.httpPath)" } }

  private let services: [OTLPService]
  private let authenticator: Authenticator
  /// The largest body after decompression.
  private let bodyBytesMax: Int

  package init(_ services: [OTLPService], authenticator: Authenticator, bodyBytesMax: Int) {
    self.services = services
    self.authenticator = authenticator
    self.bodyBytesMax = bodyBytesMax
  }

  /// How to respond to a request; nil for a path that is not of these signals.
  package func route(_ request: RequestView) -> HTTPRoute? {
    if request.isGRPC {
      for service in services where request.isPath(service.signal.grpcPath) { return grpcRoute(request, service) }
    } else {
      for service in services where request.isPath(service.signal.httpPath) { return httpRoute(request, service) }
      if let signal = OTLPSignal(httpPath: request.path) {
        return services.first { $0.signal == signal }.map { httpRoute(request, $0) }
      }
      return misspelt(request).map { .respond($0) }
    }
    return nil
  }

  /// The response to an export to the singular of a signal's name.
  private func misspelt(_ request: RequestView) -> HTTPResponse? {
    guard request.method == .post, request.hasPathPrefix("/v1/") else { return nil }
    let path = request.path
    guard let signal = services.map(\.signal).first(where: { path == "/v1/\($0.rawValue.dropLast())" }) else {
      return nil
    }
    return request.response(.notFound, "There is nothing at \(path). OTLP is taken at \(signal.httpPath).")
  }

  private func grpcRoute(_ request: RequestView, _ service: OTLPService) -> HTTPRoute {
    switch authenticator.admitIngest(request) {
    case .failure(let refusal): return .respondGRPC(GRPCOutcome(refusal.grpcCode, refusal.message))
    case .success(let principal):
      let tenant = principal.tenant
      let lane = request.loopIndex
      return unsafe .grpcUnary(messageBytesMax: bodyBytesMax) { message, responder in
        unsafe service.export(.protobuf, message, tenant, lane) { outcome in outcome.send(to: responder) }
      }
    }
  }

  private func httpRoute(_ request: RequestView, _ service: OTLPService) -> HTTPRoute {
    unsafe request.exportRoute(authenticator, bodyBytesMax: bodyBytesMax) { encoding, body, tenant, lane, responder in
      unsafe service.export(encoding, body, tenant, lane) { outcome in
        responder.complete(outcome.response(service.signal, encoding))
      }
    }
  }
}
