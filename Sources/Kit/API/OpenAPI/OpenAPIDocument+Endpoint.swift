import HTTPTypes
import JSON

extension OpenAPIDocument {
  private static let shape = JSONShape<JSONValue>(
    Schema.described(Schema.type("object"), "An OpenAPI 3.1 document.")
  ) { $1.raw($0.encoded) }

  private static let response = JSONResponse("OpenAPIDocument", shape)

  private static let definition = EndpointDefinition(
    .get, "/api/v1/openapi.json", name: "getOpenAPI", summary: "This document.", tag: "meta",
    response: response.definition)

  /// Endpoints with one more that responds with the document of all of them.
  ///
  /// - Parameter operations: those that the routes of protocols serve.
  package static func describing(
    _ endpoints: [Endpoint<Void>], operations: [EndpointDefinition] = [], version: String
  ) -> [Endpoint<Void>] {
    let document = OpenAPIDocument(
      version: version, definitions: endpoints.map(\.definition) + operations + [definition])
    let response = response(document.value)
    return endpoints + [Endpoint(definition) { _ in response }]
  }
}
