import API
import Base
import GRPC
import HTTP1
package import HTTPServer
import HTTPTypes
package import Identity
import OTLP
import OTLPExport
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
    switch authenticator.admitIngest(request) {
    case .failure(let refusal): return .respondGRPC(GRPCOutcome(refusal.grpcCode, refusal.message))
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
    unsafe request.exportRoute(authenticator, bodyBytesMax: bodyBytesMax) {
      [ingest] encoding, body, tenant, lane, responder in
      unsafe ingest.export(signal, encoding, body: body, tenant: tenant, lane: lane) { outcome in
        responder.complete(outcome.response(signal, encoding))
      }
    }
  }
}
