import HTTPServer
import HTTPTypes
import JSON

/// Problem details (RFC 9457) for what no API has answered, in the form of the query API's.
enum ServerProblem {
  /// Has the id that the client gave its request, if any.
  static func response(_ request: RequestView, _ status: Int, _ code: String, _ detail: String) -> HTTPResponse {
    response(
      status, code, detail, instance: request.path, requestID: request.field("x-request-id").flatMap { RequestID($0) })
  }

  static func response(
    _ status: Int, _ code: String, _ detail: String, instance: String, requestID: RequestID?
  ) -> HTTPResponse {
    var writer = JSONWriter()
    writer.object { problem in
      problem.member("type", "urn:axonize:problem:\(code)")
      problem.member("title", title(code))
      problem.member("status", Int64(status))
      problem.member("code", code)
      problem.member("detail", detail)
      problem.member("instance", instance)
      if let requestID { problem.member("request_id", requestID.text) }
    }
    return HTTPResponse(status: status, contentType: "application/problem+json", body: writer.bytes)
  }

  private static func title(_ code: String) -> String {
    let words = code.split(separator: "_").joined(separator: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }
}
