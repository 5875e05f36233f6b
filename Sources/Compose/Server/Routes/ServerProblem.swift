import HTTPTypes
import JSON

/// Problem details (RFC 9457) for what no API has answered.
enum ServerProblem {
  static func response(_ status: Int, _ code: String, _ detail: String) -> HTTPResponse {
    var writer = JSONWriter()
    writer.object { problem in
      problem.member("type", "about:blank")
      problem.member("title", code.split(separator: "_").joined(separator: " "))
      problem.member("status", Int64(status))
      problem.member("code", code)
      problem.member("detail", detail)
    }
    return HTTPResponse(status: status, contentType: "application/problem+json", body: writer.bytes)
  }
}
