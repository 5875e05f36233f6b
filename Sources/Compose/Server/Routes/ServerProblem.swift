import API
import HTTPServer
import HTTPTypes
import Identity

/// What is responded with before any API sees a request, in the form of the APIs.
extension RequestView {
  /// Has the id that the client gave its request, if any.
  func response(_ code: ProblemCode, _ detail: String) -> HTTPResponse {
    Problem(code, detail).response(
      instance: path, requestID: field("x-request-id").flatMap { RequestID($0) }?.text)
  }
}

extension Problem {
  func response(to request: RequestView) -> HTTPResponse { request.response(code, detail) }
}

extension AuthenticationFailure {
  var code: ProblemCode {
    switch self {
    case .missingKey: ProblemCode("missing_api_key", 401)
    case .invalidKey: ProblemCode("invalid_api_key", 401)
    case .unavailable: ProblemCode("registry_unavailable", 503)
    }
  }
}
