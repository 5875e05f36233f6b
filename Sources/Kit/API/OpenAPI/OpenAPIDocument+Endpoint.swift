import HTTPTypes
import JSON

extension OpenAPIDocument {
  private static let definition = EndpointDefinition(
    .get, "/api/v1/openapi.json", name: "getOpenAPI", summary: "This document.", tag: "meta",
    response: ResponseDefinition("OpenAPIDocument"))

  /// Endpoints with one more that responds with the document of all of them.
  package static func describing(
    _ endpoints: [Endpoint<Void>], schemas: [NamedSchema], version: String
  ) -> [Endpoint<Void>] {
    let schema = Schema.described(Schema.type("object"), "An OpenAPI 3.1 document.")
    let document = OpenAPIDocument(
      version: version, definitions: endpoints.map(\.definition) + [definition],
      schemas: schemas + [("OpenAPIDocument", schema)])
    let body = document.value.encoded
    return endpoints + [
      Endpoint(definition) { _ in HTTPResponse(contentType: "application/json", body: body) }
    ]
  }
}
