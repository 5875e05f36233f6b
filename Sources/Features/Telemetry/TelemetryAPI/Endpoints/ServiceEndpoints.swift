import API
import Base
import HTTPTypes
import JSON
import Telemetry
import TelemetryQueries

extension TelemetryEndpoints {
  static let serviceEndpoints: [Endpoint<TelemetryContext>] = [
    Endpoint(
      EndpointDefinition(
        .get, "/api/v1/services", name: "listServices",
        summary: "Services with spans in the time range, by name; whole minutes count. Default: the last 24 hours.",
        tag: "services", parameters: TimeRangeParameters.all, response: serviceList.definition),
      listServices),
    Endpoint(
      EndpointDefinition(
        .get, "/api/v1/services/{name}/operations", name: "listOperations",
        summary: "The operations (span names) of a service.",
        tag: "services",
        pathParameters: [serviceName.definition],
        parameters: [operationLimit.definition, Parameter.cursor.definition],
        response: operationList.definition),
      listOperations),
  ]

  private static let serviceList = JSONResponse("ServiceList", .page(JSONShape<ServiceSummary>.service))
  private static let operationList = JSONResponse(
    "OperationList",
    .page(
      JSONShape<OperationSummary>.object { operation in
        operation.member("name", .string) { $0.name }
        operation.member("kind", .choice(SpanKind.allCases.map(\.name))) { $0.kind.name }
      }))
  private static let serviceName = Parameter.text("name", "The service's name.").required()
  private static let operationLimit = Parameter.limit(default: 10_000, max: 10_000)

  @Sendable private static func listServices(_ call: TelemetryCall) throws -> HTTPResponse {
    let range = try call.parameters.range(now: call.now, default: 86_400_000_000_000)
    let services = try call.telemetry.services(in: range)
    return serviceList(call.page(services, next: nil))
  }

  @Sendable private static func listOperations(_ call: TelemetryCall) throws -> HTTPResponse {
    let cursor = try call.cursor()
    let limit = call[operationLimit]
    let place = cursor.map {
      OperationSummary(name: $0.name, kind: SpanKind(rawValue: UInt8(clamping: $0.key)) ?? .unspecified)
    }
    let operations = try call.telemetry.operations(of: call[serviceName], after: place, limit: limit + 1)
    let page = operations.prefix(limit)
    let next = operations.count > limit ? page.last : nil
    return operationList(
      call.page(Array(page), next: next.map { Cursor(name: $0.name, key: Int64($0.kind.rawValue)) }))
  }
}
