package import HTTPTypes
package import JSON

/// How an API writes its errors: their schema and their writer are one declaration, as for other responses.
package struct ProblemForm: Sendable {
  /// The schema of an error's body where it is JSON; nil where every error is plain text.
  package let schema: JSONValue?
  /// The schemas that ``schema`` refers to.
  package let schemas: NamedSchemas
  private let write: @Sendable (ProblemBody, HTTPRequest) -> HTTPResponse

  private init(
    schema: JSONValue?, schemas: NamedSchemas, write: @escaping @Sendable (ProblemBody, HTTPRequest) -> HTTPResponse
  ) {
    self.schema = schema
    self.schemas = schemas
    self.write = write
  }

  /// Errors as JSON of a shape.
  package init(_ shape: JSONShape<ProblemBody>, contentType: String = "application/json") {
    self.init(schema: shape.schema, schemas: shape.schemas) { body, _ in body.response(shape, contentType) }
  }

  /// RFC 9457 problem details, the form of Axonize's own API.
  package static let problemDetails = ProblemForm(ProblemBody.shape, contentType: ProblemBody.contentType)

  /// A line of text that says what went wrong.
  package static let plainText = ProblemForm(schema: nil, schemas: NamedSchemas()) { body, _ in
    body.response(Array((body.problem.detail + "\n").utf8), "text/plain; charset=utf-8")
  }

  /// This form, but another one for some requests.
  package func or(
    _ other: ProblemForm, where isOther: @escaping @Sendable (HTTPRequest) -> Bool
  ) -> ProblemForm {
    precondition(other.schema == nil, "one schema describes the JSON of a form")
    return ProblemForm(schema: schema, schemas: schemas) { [write] body, request in
      (isOther(request) ? other.write : write)(body, request)
    }
  }

  /// The response to a request that a problem came up with.
  package func response(_ problem: Problem, to request: HTTPRequest) -> HTTPResponse {
    let body = ProblemBody(
      problem: problem, instance: request.path, requestID: request.fields["x-request-id"])
    return write(body, request)
  }
}
