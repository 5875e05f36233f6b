package import API
package import Base
package import GRPC
import HTTP1
package import HTTPServer
import HTTPTypes
package import Identity
package import OTLP
import System

extension RequestView {
  /// How to respond to an export over HTTP.
  ///
  /// What is not a POST, has another content type or no permission is an error.
  ///
  /// - Parameter take: takes a body, which is valid during the call, and completes the response once, from any thread.
  package func exportRoute(
    _ authenticator: Authenticator, bodyBytesMax: Int,
    take:
      @escaping @Sendable (
        _ encoding: OTLPEncoding, _ body: UnsafeRawBufferPointer, _ tenant: TenantID, _ lane: Int, HTTPResponder
      ) -> Void
  ) -> HTTPRoute {
    guard method == .post else {
      var response = HTTPResponse(405, RPCStatus(.unimplemented, "send export requests with POST"), .json)
      response.fields["allow"] = "POST"
      return .respond(response)
    }
    let contentType = field(.contentType) ?? ""
    guard let encoding = OTLPEncoding(contentType: contentType) else {
      return .respond(
        HTTPResponse(
          415,
          RPCStatus(
            .invalidArgument,
            "unsupported content type '\(contentType)'; use application/x-protobuf or application/json"), .json))
    }
    switch authenticator.admitIngest(self) {
    case .failure(let refusal):
      var response = HTTPResponse(refusal.httpStatus, RPCStatus(refusal.grpcCode, refusal.message), encoding)
      if refusal.httpStatus == 401 { response.fields["www-authenticate"] = "Bearer" }
      return .respond(response)
    case .success(let principal):
      let tenant = principal.tenant
      let lane = loopIndex
      return unsafe .raw(bodyBytesMax: bodyBytesMax) { body, responder in
        unsafe take(encoding, body, tenant, lane, responder)
      }
    }
  }
}

extension IngestRefusal {
  package var grpcCode: GRPCStatus {
    switch self {
    case .unavailable: .unavailable
    case .unauthenticated: .unauthenticated
    case .forbidden: .permissionDenied
    }
  }
}
