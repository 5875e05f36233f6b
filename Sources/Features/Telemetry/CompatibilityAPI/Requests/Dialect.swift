import API
import HTTPTypes
import JSON

/// Whose API a request speaks; each has its own form of errors.
enum Dialect: Sendable {
  case jaeger, jaegerV3, tempo
  /// Tempo for clients that ask for protobuf, Jaeger for others.
  case jaegerOrTempo

  var name: String { self == .tempo ? "Tempo" : "Jaeger" }

  /// A problem in the form that clients of the API read.
  ///
  /// Jaeger's second API answers `{"data":null,…,"errors":[{"code","msg"}]}`, its third
  /// `{"error":{"httpCode","message"}}`, and Tempo plain text, which Grafana shows as it is.
  func response(_ problem: Problem, to request: HTTPRequest) -> HTTPResponse {
    var response: HTTPResponse
    switch self {
    case .tempo:
      response = HTTPResponse(
        status: problem.status, contentType: "text/plain; charset=utf-8", body: Array((problem.detail + "\n").utf8))
    case .jaegerV3:
      var writer = JSONWriter()
      writer.object { writer in
        writer.key("error")
        writer.object { writer in
          writer.member("httpCode", problem.status)
          writer.member("message", problem.detail)
        }
      }
      response = .json(writer, status: problem.status)
    case .jaeger:
      let error = JaegerError(code: problem.status, message: problem.detail)
      response = .jaeger(status: problem.status, errors: [error]) { $0.null() }
    case .jaegerOrTempo:
      return (request.asksForProtobuf ? Dialect.tempo : .jaeger).response(problem, to: request)
    }
    for field in problem.fields { response.fields[field.name] = field.value }
    return response
  }
}

extension HTTPResponse {
  /// A JSON document.
  static func json(_ writer: JSONWriter, status: Int = 200) -> HTTPResponse {
    HTTPResponse(status: status, contentType: "application/json", body: writer.bytes)
  }
}
