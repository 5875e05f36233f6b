import HTTPTypes
package import JSON

/// The OpenAPI 3.1 document, made of the endpoints that the router uses.
package struct OpenAPIDocument: Sendable {
  private static let prefix = "/api/v1"

  private let version: String
  private let definitions: [EndpointDefinition]

  /// - Parameters:
  ///   - version: the server's.
  ///   - definitions: of every feature; those below `/api/v1` that are documented are described.
  package init(version: String, definitions: [EndpointDefinition]) {
    self.version = version
    self.definitions = definitions.filter { $0.isDocumented && $0.path.hasPrefix(Self.prefix + "/") }
  }

  package var value: JSONValue {
    Schema.json([
      ("openapi", .string("3.1.0")),
      (
        "info",
        Schema.json([
          ("title", .string("Axonize API")), ("version", .string(version)),
          (
            "description",
            .string("Reads traces, spans, services, analytics, attributes, logs and metrics; keeps saved views.")
          ),
          ("license", Schema.json([("name", .string("Apache-2.0")), ("identifier", .string("Apache-2.0"))])),
        ])
      ),
      ("servers", .array([Schema.json([("url", .string(Self.prefix))])])),
      ("security", .array([Schema.json([]), Schema.json([("bearer", .array([]))])])),
      ("paths", paths), ("components", components),
    ])
  }

  /// Every schema that the document holds: of problems, and of the bodies of requests and responses.
  package var schemas: NamedSchemas {
    var schemas = NamedSchemas()
    schemas.add("Problem", problem)
    schemas.add("ServerProblem", Self.serverProblem)
    for definition in definitions {
      if let body = definition.body { schemas.add(body.schema, Self.schema(of: body)) }
      if let body = definition.ingested { schemas.add(body.name, body.schema) }
      schemas.add(definition.response.schemas)
    }
    return schemas
  }

  private var paths: JSONValue {
    var order: [String] = []
    var operations: [String: [(String, JSONValue)]] = [:]
    for definition in definitions {
      let path = String(definition.path.dropFirst(Self.prefix.count))
      if operations[path] == nil { order.append(path) }
      operations[path, default: []].append((definition.method.description.lowercased(), operation(definition)))
    }
    return Schema.json(order.map { ($0, Schema.json(operations[$0] ?? [])) })
  }

  private var components: JSONValue {
    Schema.json([
      ("schemas", Schema.json(schemas.all.map { ($0.name, $0.schema) })),
      (
        "responses",
        Schema.json([
          ("Problem", Self.problemResponse("What went wrong (RFC 9457); clients switch on `code`.", schema: "Problem")),
          (
            "ServerProblem",
            Self.problemResponse("What the server refused before this API saw it.", schema: "ServerProblem")
          ),
        ])
      ),
      (
        "securitySchemes",
        Schema.json([("bearer", Schema.json([("type", .string("http")), ("scheme", .string("bearer"))]))])
      ),
    ])
  }

  private static func problemResponse(_ description: String, schema: String) -> JSONValue {
    Schema.json([
      ("description", .string(description)),
      (
        "content",
        Schema.json([("application/problem+json", Schema.json([("schema", Schema.reference(schema))]))])
      ),
    ])
  }

  // MARK: - Operations

  private func operation(_ definition: EndpointDefinition) -> JSONValue {
    let parameters =
      definition.pathParameters.map { Self.parameter($0, location: "path", isRequired: true) }
      + Self.queryParameters(definition.parameters) + (definition.isChange ? Self.changeHeaders : [])
      + definition.preconditions.map(Self.header)
    let problem = Schema.json([("$ref", .string("#/components/responses/Problem"))])
    var responses: [(String, JSONValue)] = [("\(definition.response.status)", Self.response(definition.response))]
    if let status = definition.response.emptyStatus {
      responses.append(("\(status)", Self.response(.empty(status: status))))
    }
    responses += statuses(of: definition).map { ("\($0)", problem) }
    // Limits of HTTP itself, e.g. 414 for a target that is too long.
    responses.append(("default", Schema.json([("$ref", .string("#/components/responses/ServerProblem"))])))
    var members: [(String, JSONValue)] = [
      ("operationId", .string(definition.name)), ("summary", .string(definition.summary)),
      ("tags", .array([.string(definition.tag)])), ("parameters", .array(parameters)),
    ]
    if let schema = Self.bodySchema(definition) {
      members.append(
        (
          "requestBody",
          Schema.json([
            ("required", .bool(true)),
            ("content", Schema.json([("application/json", Schema.json([("schema", schema)]))])),
          ])
        ))
    }
    return Schema.json(members + [("responses", Schema.json(responses))])
  }

  private static func bodySchema(_ definition: EndpointDefinition) -> JSONValue? {
    if let body = definition.body { return Schema.reference(body.schema) }
    guard let ingested = definition.ingested else { return nil }
    let object = Schema.reference(ingested.name)
    return Schema.either(object, Schema.list(object))
  }

  private func codes(of definition: EndpointDefinition) -> [ProblemCode] {
    ProblemCode.ofEveryEndpoint + (definition.isChange ? ProblemCode.ofChanges : []) + definition.problems
  }

  private func statuses(of definition: EndpointDefinition) -> [Int] {
    Set(codes(of: definition).map(\.status) + [401]).sorted()
  }

  private static func response(_ response: ResponseDefinition) -> JSONValue {
    var members: [(String, JSONValue)] = [("description", .string("The response."))]
    var headers: [(String, JSONValue)] = []
    if response.hasRevision { headers.append(("ETag", responseHeader("The revision, for `If-Match`."))) }
    if response.hasLocation { headers.append(("Location", responseHeader("The path of what was made."))) }
    if !headers.isEmpty { members.append(("headers", Schema.json(headers))) }
    if let schema = response.schema {
      let types = [(response.contentType, schema)] + response.textContentTypes.map { ($0, Schema.string) }
      members.append(("content", Schema.json(types.map { ($0, Schema.json([("schema", $1)])) })))
    }
    return Schema.json(members)
  }

  /// The parameters of a query.
  ///
  /// The families are one object whose members become parameters of their own.
  private static func queryParameters(_ definitions: [ParameterDefinition]) -> [JSONValue] {
    let families = definitions.filter(\.isFamily)
    let plain = definitions.filter { !$0.isFamily }.map {
      parameter($0, location: "query", isRequired: $0.isRequired)
    }
    guard !families.isEmpty else { return plain }
    let pattern = families.map(\.name).joined(separator: "|")
    let schema = Schema.json([
      ("type", .string("object")),
      ("propertyNames", Schema.json([("pattern", .string("^(\(pattern))\\..+$"))])),
      ("additionalProperties", ParameterText.schema),
    ])
    return plain + [
      Schema.json([
        ("name", .string("filters")), ("in", .string("query")), ("style", .string("form")), ("explode", .bool(true)),
        ("description", .string(families.map(\.description).joined(separator: " "))), ("schema", schema),
      ])
    ]
  }

  private static func parameter(
    _ definition: ParameterDefinition, location: String, isRequired: Bool
  ) -> JSONValue {
    Schema.json([
      ("name", .string(definition.name)), ("in", .string(location)), ("required", .bool(isRequired)),
      ("description", .string(definition.description)), ("schema", definition.schema),
    ])
  }

  private static let changeHeaders: [JSONValue] = [
    header(
      "Idempotency-Key", "A text of the client's choice; a request that comes again with it gets the first response.",
      Schema.json([
        ("type", .string("string")), ("minLength", .number(.int(1))),
        ("maxLength", .number(.int(Int64(IdempotentRequests.keyLengthMax)))),
        ("pattern", .string(IdempotentRequests.keyPattern)),
      ]))
  ]

  private static func header(_ precondition: PreconditionField) -> JSONValue {
    switch precondition {
    case .ifMatch:
      header(
        "If-Match",
        "The `ETag` of the object as it was read: the change is refused with 412 if it has another by now. `*`: if there is "
          + "none.",
        Schema.json([("type", .string("string")), ("pattern", .string("^(\\*|\"[0-9]{1,18}\")$"))]))
    case .ifNoneMatch:
      header(
        "If-None-Match", "`*`: the request is refused with 412 if there is such an object. Not with `If-Match`.",
        Schema.json([("type", .string("string")), ("enum", .array([.string("*")]))]))
    }
  }

  private static func responseHeader(_ description: String) -> JSONValue {
    Schema.json([("description", .string(description)), ("required", .bool(true)), ("schema", Schema.string)])
  }

  private static func header(_ name: String, _ description: String, _ schema: JSONValue) -> JSONValue {
    Schema.json([
      ("name", .string(name)), ("in", .string("header")), ("required", .bool(false)),
      ("description", .string(description)), ("schema", schema),
    ])
  }

  // MARK: - Schemas

  private static func schema(of body: BodyDefinition) -> JSONValue {
    let properties = body.members.map { ($0.name, Schema.described($0.schema, $0.description)) }
    let optional = Set(body.members.filter { !$0.isRequired }.map(\.name))
    let object = Schema.object(properties, optional: optional)
    return .object((object.members ?? []) + [.init("additionalProperties", .bool(false))])
  }

  private var problem: JSONValue {
    var names: [String] = []
    let known = definitions.flatMap(codes) + [.methodNotAllowed, .notFound]
    for code in known where !names.contains(code.name) { names.append(code.name) }
    return ProblemBody.shape(code: .choice(names)).schema
  }

  private static let serverProblem = Schema.object(
    [
      ("type", Schema.string), ("title", Schema.string), ("status", Schema.integer), ("code", Schema.string),
      ("detail", Schema.string), ("instance", Schema.string), ("request_id", Schema.string),
    ], optional: ["title", "instance", "request_id"])
}
