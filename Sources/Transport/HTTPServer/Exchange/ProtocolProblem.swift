import HTTPTypes

/// Error responses that the server itself gives, as problem+json (RFC 9457).
enum ProtocolProblem {
  /// A problem with a stable code derived from the status; `detail` MUST NOT hold text of the request.
  static func response(_ status: Int, _ detail: String) -> HTTPResponse {
    let code =
      switch status {
      case 400: "bad_request"
      case 408: "request_timeout"
      case 413: "payload_too_large"
      case 414: "target_too_long"
      case 415: "unsupported_media_type"
      case 417: "expectation_failed"
      case 426: "upgrade_required"
      case 431: "header_too_large"
      case 501: "not_implemented"
      case 503: "unavailable"
      case 505: "version_not_supported"
      default: "internal_error"
      }
    let words = code.split(separator: "_").joined(separator: " ")
    let title = words.prefix(1).uppercased() + words.dropFirst()
    let text =
      #"{"type":"urn:axonize:problem:\#(code)","title":"\#(title)","status":\#(status),"code":"\#(code)","#
      + #""detail":"\#(escaped(detail))"}"#
    return HTTPResponse(status: status, contentType: "application/problem+json", body: [UInt8](text.utf8))
  }

  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": escaped += "\\\(scalar)"
      case "\0"..."\u{1f}": escaped += " "
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
