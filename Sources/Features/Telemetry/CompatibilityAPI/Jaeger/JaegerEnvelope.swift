import HTTPTypes
import JSON

/// An error within a response of Jaeger's second API.
struct JaegerError {
  var code: Int?
  var message: String
  var traceID: String?
}

extension HTTPResponse {
  /// A response of Jaeger's second API: `data` as `body` writes it, in the envelope that all of its endpoints share.
  static func jaeger(
    status: Int = 200, total: Int = 0, errors: [JaegerError] = [], data body: (inout JSONWriter) -> Void
  ) -> HTTPResponse {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("data")
      body(&writer)
      writer.member("total", total)
      writer.member("limit", 0)
      writer.member("offset", 0)
      writer.key("errors")
      guard !errors.isEmpty else { return writer.null() }
      writer.array { writer in
        for error in errors {
          writer.object { writer in
            if let code = error.code { writer.member("code", code) }
            writer.member("msg", error.message)
            if let id = error.traceID { writer.member("traceID", id) }
          }
        }
      }
    }
    return .json(writer, status: status)
  }
}
