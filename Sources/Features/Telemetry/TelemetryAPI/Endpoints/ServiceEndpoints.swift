import Base
import HTTPTypes
import JSON
import Telemetry
import TelemetryQueries

extension QueryAPI {
  static let serviceEndpoints: [Endpoint] = [
    Endpoint(
      path: "/services", name: "listServices",
      summary: "Services with spans in the time range, by name; whole minutes count. Default: the last 24 hours.",
      tag: "services", parameters: ParameterDefinition.timeRange, answer: "ServiceList",
      work: .blocking(listServices)),
    Endpoint(
      path: "/services/{name}/operations", name: "listOperations", summary: "The operations (span names) of a service.",
      tag: "services",
      pathParameters: [
        ParameterDefinition(name: "name", kind: .text, description: "The service's name.", isRequired: true)
      ], parameters: [.limit(standard: 10_000, max: 10_000), .cursor], answer: "OperationList",
      work: .blocking(listOperations)),
  ]

  @Sendable private static func listServices(_ call: Call) throws -> HTTPResponse {
    let range = try call.parameters.range(now: call.now, standardNanoseconds: 86_400_000_000_000)
    let services = try call.telemetry.services(in: range)
    return call.page(services, next: nil) { service, writer in
      writer.object { writer in
        writer.member("name", service.name)
        writer.member("span_count", service.spanCount)
        writer.member("error_count", service.errorCount)
      }
    }
  }

  @Sendable private static func listOperations(_ call: Call) throws -> HTTPResponse {
    let cursor = try call.cursor()
    let limit = call.parameters.integer("limit") ?? 10_000
    let place = cursor.map {
      OperationSummary(name: $0.name, kind: SpanKind(rawValue: UInt8(clamping: $0.key)) ?? .unspecified)
    }
    let operations = try call.telemetry.operations(of: call.path["name"] ?? "", after: place, limit: limit + 1)
    let page = operations.prefix(limit)
    let next = operations.count > limit ? page.last : nil
    return call.page(Array(page), next: next.map { Cursor(name: $0.name, key: Int64($0.kind.rawValue)) }) {
      operation, writer in
      writer.object { writer in
        writer.member("name", operation.name)
        writer.member("kind", operation.kind.name)
      }
    }
  }
}
