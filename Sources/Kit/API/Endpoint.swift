package import HTTPTypes
package import Identity
package import JSON

/// One operation of an API as it is declared: the router, the parameter reader and the OpenAPI document work from it.
package struct EndpointDefinition: Sendable {
  package var method: HTTPMethod
  /// The whole path, with `{name}` for a segment that varies and `{name+}` for all that follow.
  package let path: String
  /// `operationId` of the OpenAPI document.
  package let name: String
  package let summary: String
  package let tag: String
  /// What the caller must be allowed to do.
  package var permission: Permission
  /// The varying segments, by name.
  package var pathParameters: [ParameterDefinition] = []
  package var parameters: [ParameterDefinition] = []
  /// Whether parameters of any name are let through, for APIs of others; the endpoint reads them itself.
  package var takesAnyParameter = false
  package var body: BodyDefinition?
  /// The body where the routes of a protocol read it themselves.
  package var ingested: IngestedBody?
  /// The preconditions that it reads.
  package var preconditions: [PreconditionField] = []
  package var response: ResponseDefinition
  /// The codes that it responds with, in addition to those of every endpoint.
  package var problems: [ProblemCode] = []
  /// The form of its errors; APIs of others have their own.
  package var problemForm = ProblemForm.problemDetails
  /// Whether the OpenAPI document describes it.
  package var isDocumented = true
  /// Whether it changes nothing although it is a POST, for queries that are too long for a path.
  package var onlyAsks = false

  package init(
    _ method: HTTPMethod, _ path: String, name: String, summary: String, tag: String,
    permission: Permission = .query, pathParameters: [ParameterDefinition] = [],
    parameters: [ParameterDefinition] = [], body: BodyDefinition? = nil,
    preconditions: [PreconditionField] = [], response: ResponseDefinition, problems: [ProblemCode] = []
  ) {
    self.method = method
    self.path = path
    self.name = name
    self.summary = summary
    self.tag = tag
    self.permission = permission
    self.pathParameters = pathParameters
    self.parameters = parameters
    self.body = body
    self.preconditions = preconditions
    self.response = response
    self.problems = problems
  }

  /// Whether it changes something, so that it takes an `Idempotency-Key`.
  ///
  /// What is ingested needs none: it is recognised by its bytes.
  package var isChange: Bool { !onlyAsks && ingested == nil && method != .get && method != .head }
}

/// A field of a request that says what a change must find (RFC 9110, section 13.1); ``RevisionPrecondition`` reads it.
package enum PreconditionField: Sendable, Hashable {
  case ifMatch, ifNoneMatch
}

/// What an endpoint responds with when all is well.
package struct ResponseDefinition: Sendable {
  package let status: Int
  /// The schema of the body; nil for a response without one.
  package let schema: JSONValue?
  /// The schemas that ``schema`` refers to.
  package let schemas: NamedSchemas
  package let contentType: String
  /// Further types in which it may come on request, as text.
  package var textContentTypes: [String] = []
  /// The status of a response without a body that may come in its place.
  package var emptyStatus: Int?
  /// Whether it carries an `ETag` of the object's revision.
  package let hasRevision: Bool
  /// Whether it carries the `Location` of the object that was made.
  package let hasLocation: Bool

  /// A response whose body is a value of a shape, or several, as the content type says.
  package init<Value: Sendable>(
    _ shape: JSONShape<Value>, status: Int = 200, contentType: String = "application/json", hasRevision: Bool = false,
    hasLocation: Bool = false
  ) {
    self.init(
      schema: shape.schema, schemas: shape.schemas, status: status, contentType: contentType,
      hasRevision: hasRevision, hasLocation: hasLocation)
  }

  private init(
    schema: JSONValue?, schemas: NamedSchemas, status: Int, contentType: String, hasRevision: Bool, hasLocation: Bool
  ) {
    self.schema = schema
    self.schemas = schemas
    self.status = status
    self.contentType = contentType
    self.hasRevision = hasRevision
    self.hasLocation = hasLocation
  }

  /// A response without a body, or with one that the OpenAPI document does not describe.
  package static func empty(status: Int = 204) -> ResponseDefinition {
    ResponseDefinition(
      schema: nil, schemas: NamedSchemas(), status: status, contentType: "application/json", hasRevision: false,
      hasLocation: false)
  }
}

/// An operation of an API and what it does, in a context that its slice makes for each request.
package struct Endpoint<Context: Sendable>: Sendable {
  package let definition: EndpointDefinition
  /// Runs on a worker thread from the first query to the last byte.
  let work: @Sendable (Call<Context>) throws -> HTTPResponse

  package init(_ definition: EndpointDefinition, _ work: @escaping @Sendable (Call<Context>) throws -> HTTPResponse) {
    self.definition = definition
    self.work = work
  }

  /// The endpoint for a server, which knows nothing of contexts.
  ///
  /// - Parameters:
  ///   - context: makes the context of a call.
  ///   - finish: runs the work, and may change what it responds with or throws.
  package func bound(
    to context: @escaping @Sendable (Call<Void>) throws -> Context,
    finish: @escaping @Sendable (Context, () throws -> HTTPResponse) throws -> HTTPResponse = { try $1() }
  ) -> Endpoint<Void> {
    Endpoint<Void>(definition) { [work] call in
      let context = try context(call)
      return try finish(context) { try work(call.with(context)) }
    }
  }
}
