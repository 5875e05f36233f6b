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
    router = Router(described.map(\.definition))
    check = SchemaCheck(OpenAPIDocument(version: "1.2.3", definitions: described.map(\.definition)).schemas)
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
      let problems = check.problems(try JSONValue(parsing: bytes), Schema.reference("Problem"))
      #expect(problems.isEmpty, "\(request.path): \(problems)")
    } else if type == "application/json", let schema = definition(of: request)?.response.schema {
      let problems = check.problems(try JSONValue(parsing: bytes), schema)
      #expect(problems.isEmpty, "\(request.path): \(problems)")
    }
    return response
  }

  private func definition(of request: HTTPRequest) -> EndpointDefinition? {
    guard let segments = PercentEncoding.segments(ofPath: request.path),
      case .endpoint(let index) = router.match(request.method, segments)
    else { return nil }
    return server.definitions[index]
  }
}

/// Workers that run everything at once on the thread of the caller.
package struct DirectWorkers: BlockingWorkers {
  package init() {}

  package func run<Result: Sendable>(
    for owner: WorkOwner, _ work: @escaping @Sendable (QueryActivity) throws -> Result
  ) async throws -> Result { try work(.background) }
}
