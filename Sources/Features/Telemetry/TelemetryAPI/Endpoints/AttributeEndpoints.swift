import Columns
import API
import Base
import HTTPTypes
import JSON
import TelemetryQueries

extension TelemetryEndpoints {
  static let attributeEndpoints: [Endpoint<TelemetryContext>] = [
    Endpoint(
      EndpointDefinition(
        .get, "/api/v1/attributes", name: "listAttributes",
        summary: "Attribute keys in use, the most frequent first, by the newest spans of the time range.",
        tag: "attributes", parameters: attributeFilters + [keyLimit.definition],
        response: ResponseDefinition("AttributeKeyList")),
      listAttributes),
    Endpoint(
      EndpointDefinition(
        .get, "/api/v1/attributes/{key}/values", name: "listAttributeValues",
        summary: "Values of an attribute, the most frequent first, by the newest spans of the time range.",
        tag: "attributes",
        pathParameters: [key.definition],
        parameters: attributeFilters + [valueLimit.definition], response: ResponseDefinition("AttributeValueList")),
      listAttributeValues),
  ]

  private static let attributeFilters: [ParameterDefinition] =
    TimeRangeParameters.all + [place.definition, prefix.definition]
  private static let place = Parameter<AttributePlace?>.choice("scope", "Whose attributes. Default: span.")
    .defaulting(to: .span)
  private static let prefix = Parameter.text("prefix", "How the key or the value's text begins.")
  private static let key = Parameter.text("key", "The attribute's key.").required()
  private static let keyLimit = Parameter.limit(default: 200)
  private static let valueLimit = Parameter.limit(default: 50)

  @Sendable private static func listAttributes(_ call: TelemetryCall) throws -> HTTPResponse {
    let keys = try call.telemetry.attributeKeys(
      call[place], in: try call.range(), prefix: call[prefix],
      limit: call[keyLimit])
    return call.page(keys, next: nil) { key, writer in
      writer.object { writer in
        writer.member("scope", key.place.rawValue)
        writer.member("key", key.key)
        writer.member("type", AttributeJSON.typeName(key.type))
      }
    }
  }

  @Sendable private static func listAttributeValues(_ call: TelemetryCall) throws -> HTTPResponse {
    let values = try call.telemetry.attributeValues(
      call[place], key: call[key], in: try call.range(), prefix: call[prefix],
      limit: call[valueLimit])
    return call.page(values, next: nil) { value, writer in
      writer.object { writer in
        writer.key("value")
        AttributeJSON.write(value: value, to: &writer)
        writer.member("type", AttributeJSON.typeName(value.type))
      }
    }
  }
}
