package import API
package import Base
package import Engine
package import HTTPTypes
package import Identity
import JSON
import Testing

/// A server of endpoints whose every response is held against the schema that the OpenAPI document promises.
package struct CheckedAPI: Sendable {
  package let server: APIServer
  private let router: Router
  private let check: SchemaCheck

  package init(
    _ endpoints: [Endpoint<Void>], workers: any BlockingWorkers = DirectWorkers(),
    repeats: IdempotentRequests? = nil, now: @escaping @Sendable () -> UnixNanoseconds
  ) {
    let described = OpenAPIDocument.describing(endpoints, version: "1.2.3")
    server = APIServer(endpoints: described, workers: workers, repeats: repeats, logger: .disabled, now: now)
    let definitions = described.map(\.definition)
    router = Router(definitions)
    var schemas = OpenAPIDocument(version: "1.2.3", definitions: definitions).schemas
    // The document leaves the APIs of others out.
    for definition in definitions where !definition.isDocumented {
      schemas.add(definition.response.schemas)
      schemas.add(definition.problemForm.schemas)
    }
    check = SchemaCheck(schemas)
  }

  /// The response to a request.
  package func handle(_ request: HTTPRequest, principal: Principal) async throws -> HTTPResponse {
    let response = await server.handle(request, principal: principal)
    if let definition = definition(of: request), response.status == definition.response.status {
      #expect((response.fields["etag"] != nil) == definition.response.hasRevision, "\(request.path): ETag")
      #expect((response.fields["location"] != nil) == definition.response.hasLocation, "\(request.path): Location")
    }
    guard request.method != .head, case .bytes(let bytes) = response.body, !bytes.isEmpty else { return response }
    let type = response.fields["content-type"]
    if type == "application/problem+json" {
      expect(bytes, Schema.reference("Problem"), request)
    } else if type == "application/json", let definition = definition(of: request) {
      let isExpected = response.status == definition.response.status
      expect(bytes, isExpected ? definition.response.schema : definition.problemForm.schema, request)
    }
    return response
  }

  /// As deep as the writers nest attributes: OTLP spells a level of lists as several of JSON.
  private static let limits = JSONLimits(depthMax: 512)

  private func expect(_ body: [UInt8], _ schema: JSONValue?, _ request: HTTPRequest) {
    let target = "\(request.path)?\(request.query)"
    guard let schema else {
      Issue.record("\(target): JSON without a declared shape")
      return
    }
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue(parsing: body, limits: Self.limits)
    } catch {
      Issue.record("\(target): the body is not JSON: \(error)")
      return
    }
    let problems = check.problems(value, schema)
    #expect(problems.isEmpty, "\(target): \(problems)")
  }

  private func definition(of request: HTTPRequest) -> EndpointDefinition? {
    guard let segments = PercentEncoding.segments(ofPath: request.path) else { return nil }
    switch router.match(request.method, segments) {
    case .endpoint(let index), .otherMethods(_, let index): return server.definitions[index]
    case .none: return nil
    }
  }
}

/// Workers that run everything at once on the thread of the caller.
package struct DirectWorkers: BlockingWorkers {
  package init() {}

  package func run<Result: Sendable>(
    for owner: WorkOwner, _ work: @escaping @Sendable (QueryActivity) throws -> Result
  ) async throws -> Result { try work(.background) }
}
