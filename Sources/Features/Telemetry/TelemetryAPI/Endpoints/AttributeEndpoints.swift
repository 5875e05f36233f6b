import API
import Base
import Columns
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
        response: keyList.definition),
      listAttributes),
    Endpoint(
      EndpointDefinition(
        .get, "/api/v1/attributes/{key}/values", name: "listAttributeValues",
        summary: "Values of an attribute, the most frequent first, by the newest spans of the time range.",
        tag: "attributes",
        pathParameters: [key.definition],
        parameters: attributeFilters + [valueLimit.definition], response: valueList.definition),
      listAttributeValues),
  ]

  private static let keyList = JSONResponse(
    "AttributeKeyList",
    .page(
      JSONShape<AttributeKey>.object { key in
        key.member("scope", .choice) { $0.place }
        key.member("key", .string) { $0.key }
        key.member("type", .attributeType) { $0.type }
      }))
  private static let valueList = JSONResponse(
    "AttributeValueList",
    .page(
      JSONShape<StoredAttribute>.object { value in
        value.member("value", .attributeValue) { $0 }
        value.member("type", .attributeType) { $0.type }
      }))
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
    return keyList(call.page(keys, next: nil))
  }

  @Sendable private static func listAttributeValues(_ call: TelemetryCall) throws -> HTTPResponse {
    let values = try call.telemetry.attributeValues(
      call[place], key: call[key], in: try call.range(), prefix: call[prefix],
      limit: call[valueLimit])
    return valueList(call.page(values, next: nil))
  }
}
