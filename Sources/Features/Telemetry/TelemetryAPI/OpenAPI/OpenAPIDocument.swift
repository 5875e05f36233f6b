import HTTPTypes
import JSON

extension QueryAPI {
  static let openAPIEndpoint = Endpoint(
    path: "/openapi.json", name: "getOpenAPI", summary: "This document.", tag: "meta", answer: "OpenAPIDocument",
    work: .streaming { _, api in
      HTTPResponse(contentType: "application/json", body: OpenAPIDocument.value(version: api.version).encoded)
    })
}

/// The OpenAPI 3.1 document, made of the endpoints that the router uses.
enum OpenAPIDocument {
  static func value(version: String) -> JSONValue {
    Schema.json([
      ("openapi", .string("3.1.0")),
      (
        "info",
        Schema.json([
          ("title", .string("Axonize query API")), ("version", .string(version)),
          ("description", .string("Reads traces, spans, services, analytics, attributes, logs and metrics.")),
          ("license", Schema.json([("name", .string("Apache-2.0")), ("identifier", .string("Apache-2.0"))])),
        ])
      ),
      ("servers", .array([Schema.json([("url", .string("/api/v1"))])])),
      ("security", .array([Schema.json([]), Schema.json([("bearer", .array([]))])])),
      ("paths", Schema.json(QueryAPI.endpoints.map { ($0.path, Schema.json([("get", operation($0))])) })),
      (
        "components",
        Schema.json([
          ("schemas", Schema.json(Schema.all)),
          (
            "responses",
            Schema.json([
              (
                "Problem",
                problemResponse("What went wrong (RFC 9457); clients switch on `code`.", schema: "Problem")
              ),
              (
                "ServerProblem",
                problemResponse("What the server refused before this API saw it.", schema: "ServerProblem")
              ),
            ])
          ),
          (
            "securitySchemes",
            Schema.json([
              ("bearer", Schema.json([("type", .string("http")), ("scheme", .string("bearer"))]))
            ])
          ),
        ])
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

  private static func operation(_ endpoint: Endpoint) -> JSONValue {
    let parameters =
      endpoint.pathParameters.map { parameter($0, location: "path") } + queryParameters(endpoint.parameters)
    let problem = Schema.json([("$ref", .string("#/components/responses/Problem"))])
    var responses: [(String, JSONValue)] = [("200", answer(endpoint))]
    responses += (endpoint.canMiss ? ["400", "401", "403", "404"] : ["400", "401", "403"]).map { ($0, problem) }
    responses += ["500", "503", "504"].map { ($0, problem) }
    // Limits of HTTP itself, e.g. 414 for a target that is too long.
    responses.append(("default", Schema.json([("$ref", .string("#/components/responses/ServerProblem"))])))
    return Schema.json([
      ("operationId", .string(endpoint.name)), ("summary", .string(endpoint.summary)),
      ("tags", .array([.string(endpoint.tag)])), ("parameters", .array(parameters)),
      ("responses", Schema.json(responses)),
    ])
  }

  private static func answer(_ endpoint: Endpoint) -> JSONValue {
    Schema.json([
      ("description", .string("The answer.")),
      (
        "content",
        Schema.json([(endpoint.contentType, Schema.json([("schema", Schema.reference(endpoint.answer))]))])
      ),
    ])
  }

  /// The parameters of a query. The families are one object whose members become parameters of their own.
  private static func queryParameters(_ definitions: [ParameterDefinition]) -> [JSONValue] {
    let families = definitions.filter(\.isFamily)
    let plain = definitions.filter { !$0.isFamily }.map { parameter($0, location: "query") }
    guard !families.isEmpty else { return plain }
    let pattern = families.map(\.name).joined(separator: "|")
    let schema = Schema.json([
      ("type", .string("object")),
      ("propertyNames", Schema.json([("pattern", .string("^(\(pattern))\\..+$"))])),
      ("additionalProperties", text),
    ])
    return plain + [
      Schema.json([
        ("name", .string("filters")), ("in", .string("query")), ("style", .string("form")), ("explode", .bool(true)),
        ("description", .string(families.map(\.description).joined(separator: " "))), ("schema", schema),
      ])
    ]
  }

  private static func parameter(_ definition: ParameterDefinition, location: String) -> JSONValue {
    Schema.json([
      ("name", .string(definition.name)), ("in", .string(location)), ("required", .bool(definition.isRequired)),
      ("description", .string(definition.description)), ("schema", schema(definition.kind)),
    ])
  }

  private static let text = Schema.json([
    ("type", .string("string")), ("minLength", .number(.int(1))),
    ("maxLength", .number(.int(Int64(ParameterDefinition.textLengthMax)))),
    ("pattern", .string("^[^\\u0000]*$")),
  ])

  /// A duration that leads from now to a time that is taken.
  private static let distance = "[0-9]{1,6}(ns|us|ms|s|m)|[0-9]{1,5}h|[0-9]{1,4}d|[0-9]{1,3}w"

  private static func schema(_ kind: ParameterDefinition.Kind) -> JSONValue {
    switch kind {
    case .text, .cursor, .family: text
    case .traceQL:
      Schema.json([
        ("type", .string("string")), ("minLength", .number(.int(1))), ("maxLength", .number(.int(8192))),
        ("example", .string("{ resource.service.name = \"chat\" && duration > 200ms }")),
      ])
    case .choice(let words): Schema.choice(words)
    case .time:
      Schema.either(
        Schema.json([
          ("type", .string("string")), ("format", .string("date-time")),
          ("pattern", .string("^(19[7-9][0-9]|2[01][0-9][0-9])-")),
        ]),
        Schema.json([
          ("type", .string("string")),
          ("pattern", .string("^(now([+-](\(distance)))?|-(\(distance)))$")),
        ]))
    case .integer(let range, let standard):
      Schema.json(
        [
          ("type", .string("integer")), ("minimum", .number(.int(Int64(range.lowerBound)))),
          ("maximum", .number(.int(Int64(range.upperBound)))),
        ] + (standard.map { [("default", JSONValue.number(.int(Int64($0))))] } ?? []))
    case .milliseconds:
      Schema.json([
        ("type", .string("number")), ("minimum", .number(.int(0))), ("maximum", .number(.int(9_000_000_000_000))),
      ])
    case .duration:
      Schema.json([
        ("type", .string("string")),
        ("pattern", .string("^([1-9][0-9]{0,5}(ms|s|m)|[1-9][0-9]{0,4}h|[1-9][0-9]{0,3}d)$")),
      ])
    case .traceID:
      Schema.json([("type", .string("string")), ("pattern", .string("^[0-9a-fA-F]{32}$"))])
    case .traceIDPrefix:
      Schema.json([("type", .string("string")), ("pattern", .string("^[0-9a-fA-F]{4,32}$"))])
    }
  }
}
