import Base
import HTTPTypes
import JSON

/// A problem as the body of a response (RFC 9457).
package struct ProblemBody: Sendable {
  package let problem: Problem
  /// The path of the request.
  let instance: String
  /// The id by which the request is found in the log.
  let requestID: String?

  static let contentType = "application/problem+json"
  static let shape = shape(code: .string)

  /// - Parameter code: the shape of the codes, for the codes of a document.
  static func shape(code: JSONShape<String>) -> JSONShape<ProblemBody> {
    .object { body in
      body.member("type", .string) { "urn:axonize:problem:\($0.problem.code.name)" }
      body.member("title", .string) { $0.problem.code.title }
      body.member("status", .integer) { $0.problem.status }
      body.member("code", code) { $0.problem.code.name }
      body.member("detail", .string) { $0.problem.detail }
      body.member("instance", .string) { $0.instance }
      body.optionalMember("request_id", .string) { $0.requestID }
      body.optionalMember("errors", .list(mistake)) { $0.problem.mistakes.isEmpty ? nil : $0.problem.mistakes }
    }
  }

  /// The response with this body as JSON of a shape, by default RFC 9457's.
  func response(
    _ shape: JSONShape<ProblemBody> = Self.shape, _ contentType: String = Self.contentType
  ) -> HTTPResponse {
    var writer = JSONWriter()
    shape.write(self, &writer)
    return response(writer.bytes, contentType)
  }

  /// The response with this body as it was written.
  func response(_ body: [UInt8], _ contentType: String) -> HTTPResponse {
    var response = HTTPResponse(status: problem.status, contentType: contentType, body: body)
    for field in problem.fields { response.fields[field.name] = field.value }
    return response
  }

  private static let mistake = JSONShape<Problem.Mistake>.object { mistake in
    mistake.optionalMember("parameter", .string) {
      if case .parameter(let name) = $0.place { name } else { nil }
    }
    mistake.optionalMember("pointer", .string.described("Where in the body (RFC 6901).")) {
      if case .body(let pointer) = $0.place { pointer } else { nil }
    }
    mistake.member("detail", .string) { $0.detail }
    mistake.optionalMember("line", .integer) { $0.position?.line }
    mistake.optionalMember("column", .integer) { $0.position?.column }
  }
}
