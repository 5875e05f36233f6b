import Columns
import Base
import HTTPTypes
import JSON
import TelemetryQueries

extension QueryAPI {
  static let attributeEndpoints: [Endpoint] = [
    Endpoint(
      path: "/attributes", name: "listAttributes",
      summary: "Attribute keys in use, the most frequent first, by the newest spans of the time range.",
      tag: "attributes", parameters: attributeFilters + [.limit(standard: 200)], answer: "AttributeKeyList",
      work: .blocking(listAttributes)),
    Endpoint(
      path: "/attributes/{key}/values", name: "listAttributeValues",
      summary: "Values of an attribute, the most frequent first, by the newest spans of the time range.",
      tag: "attributes",
      pathParameters: [
        ParameterDefinition(name: "key", kind: .text, description: "The attribute's key.", isRequired: true)
      ],
      parameters: attributeFilters + [.limit(standard: 50)], answer: "AttributeValueList",
      work: .blocking(listAttributeValues)),
  ]

  private static let attributeFilters: [ParameterDefinition] =
    ParameterDefinition.timeRange + [
      ParameterDefinition(
        name: "scope", kind: .choice(AttributePlace.allCases.map(\.rawValue)),
        description: "Whose attributes. Default: span."),
      ParameterDefinition(name: "prefix", kind: .text, description: "How the key or the value's text begins."),
    ]

  @Sendable private static func listAttributes(_ call: Call) throws -> HTTPResponse {
    let keys = try call.telemetry.attributeKeys(
      place(call), in: try call.range(), prefix: call.parameters.text("prefix"),
      limit: call.parameters.integer("limit") ?? 200)
    return call.page(keys, next: nil) { key, writer in
      writer.object { writer in
        writer.member("scope", key.place.rawValue)
        writer.member("key", key.key)
        writer.member("type", AttributeJSON.typeName(key.type))
      }
    }
  }

  @Sendable private static func listAttributeValues(_ call: Call) throws -> HTTPResponse {
    let values = try call.telemetry.attributeValues(
      place(call), key: call.path["key"] ?? "", in: try call.range(), prefix: call.parameters.text("prefix"),
      limit: call.parameters.integer("limit") ?? 50)
    return call.page(values, next: nil) { value, writer in
      writer.object { writer in
        writer.key("value")
        AttributeJSON.write(value: value, to: &writer)
        writer.member("type", AttributeJSON.typeName(value.type))
      }
    }
  }

  private static func place(_ call: Call) -> AttributePlace {
    call.parameters.text("scope").flatMap(AttributePlace.init) ?? .span
  }
}
