import HTTPTypes
import JSON

/// Whose API a request speaks; each has its own form of errors.
enum Dialect: Sendable {
  case jaeger, tempo

  var name: String { self == .jaeger ? "Jaeger" : "Tempo" }

  /// A refusal in the form that clients of the API read.
  ///
  /// Jaeger's second API answers `{"data":null,…,"errors":[{"code","msg"}]}`, its third
  /// `{"error":{"httpCode","message"}}`, and Tempo plain text, which Grafana shows as it is.
  func response(_ refusal: Refusal, at segments: [String]) -> HTTPResponse {
    var response: HTTPResponse
    switch self {
    case .tempo:
      response = HTTPResponse(
        status: refusal.status, contentType: "text/plain; charset=utf-8", body: Array((refusal.message + "\n").utf8))
    case .jaeger where segments.first == "v3":
      var writer = JSONWriter()
      writer.object { writer in
        writer.key("error")
        writer.object { writer in
          writer.member("httpCode", refusal.status)
          writer.member("message", refusal.message)
        }
      }
      response = .json(writer, status: refusal.status)
    case .jaeger:
      let error = JaegerError(code: refusal.status, message: refusal.message)
      response = .jaeger(status: refusal.status, errors: [error]) { $0.null() }
    }
    for field in refusal.fields { response.fields[field.name] = field.value }
    return response
  }
}

extension HTTPResponse {
  /// A JSON document.
  static func json(_ writer: JSONWriter, status: Int = 200) -> HTTPResponse {
    HTTPResponse(status: status, contentType: "application/json", body: writer.bytes)
  }
}
