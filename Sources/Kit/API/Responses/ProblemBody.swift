import Base

/// A problem as the body of a response (RFC 9457).
struct ProblemBody {
  let problem: Problem
  /// The path of the request.
  let instance: String
  /// The id by which the request is found in the log.
  let requestID: String?

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
