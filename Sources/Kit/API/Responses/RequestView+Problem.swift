package import HTTPServer
package import HTTPTypes
package import Identity

/// Responses to requests that no API has seen yet, in the form of the APIs.
extension RequestView {
  /// Has the id that the client gave its request, else a random one.
  package func response(_ code: ProblemCode, _ detail: String) -> HTTPResponse {
    let id = field("x-request-id").flatMap { RequestID($0) } ?? RequestID()
    var response = Problem(code, detail).response(instance: path, requestID: id.text)
    response.fields["x-request-id"] = id.text
    return response
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
    case .unavailable: .registryUnavailable
    }
  }
}
