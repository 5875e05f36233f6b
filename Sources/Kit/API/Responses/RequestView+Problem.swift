package import HTTPServer
package import HTTPTypes
package import Identity

/// Responses to requests that no API has seen yet, in the form of the APIs.
extension RequestView {
  /// Has the id that the client gave its request, if any.
  package func response(_ code: ProblemCode, _ detail: String) -> HTTPResponse {
    Problem(code, detail).response(
      instance: path, requestID: field("x-request-id").flatMap { RequestID($0) }?.text)
  }
}

extension Problem {
  package func response(to request: RequestView) -> HTTPResponse { request.response(code, detail) }
}

extension AuthenticationFailure {
  package var code: ProblemCode {
    switch self {
    case .missingKey: ProblemCode("missing_api_key", 401)
    case .invalidKey: ProblemCode("invalid_api_key", 401)
    case .unavailable: ProblemCode("registry_unavailable", 503)
    }
  }
}
