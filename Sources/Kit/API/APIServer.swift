package import Base
package import Engine
package import HTTPTypes
package import Identity

/// Answers requests to endpoints: finds the endpoint, checks permission, parameters and body, runs it on a worker thread
/// and turns what it throws into a problem.
package struct APIServer: Sendable {
  private let endpoints: [Endpoint<Void>]
  private let router: Router
  private let workers: any BlockingWorkers
  private let repeats: IdempotentRequests?
  /// The wall clock.
  private let now: @Sendable () -> UnixNanoseconds
  private let logger: Logger

  /// - Parameters:
  ///   - endpoints: those of every feature.
  ///   - repeats: recognises requests with an `Idempotency-Key`; nil when the field is ignored.
  package init(
    endpoints: [Endpoint<Void>], workers: any BlockingWorkers, repeats: IdempotentRequests?, logger: Logger,
    now: @escaping @Sendable () -> UnixNanoseconds
  ) {
    self.endpoints = endpoints
    router = Router(endpoints.map(\.definition))
    self.workers = workers
    self.repeats = repeats
    self.now = now
    self.logger = logger
  }

  package var definitions: [EndpointDefinition] { endpoints.map(\.definition) }

  /// Answers a request; never throws, and responds 404 to a path that no endpoint has.
  ///
  /// HEAD gets the response of GET; the transport leaves the body out and sends its length.
  package func handle(_ request: HTTPRequest, principal: Principal) async -> HTTPResponse {
    guard let segments = PercentEncoding.segments(ofPath: request.path) else {
      return Problem(.invalidParameter, "The path is not percent-encoded UTF-8; encode `%` as `%25`.")
        .response(to: request)
    }
    switch router.match(request.method, segments) {
    case .none:
      return Problem(
        .notFound, "There is nothing at \(request.path). The API is described at /api/v1/openapi.json."
      ).response(to: request)
    case .otherMethods(let methods, let index):
      let names = methods.map(\.description)
      let detail =
        names == ["GET", "HEAD"]
        ? "\(request.path) can only be read; use GET." : "\(request.path) takes \(names.joined(separator: ", "))."
      let problem = Problem(.methodNotAllowed, detail, fields: [("allow", names.joined(separator: ", "))])
      return endpoints[index].definition.problemForm.response(problem, to: request)
    case .endpoint(let index):
      let endpoint = endpoints[index]
      do {
        return try await run(endpoint, request, principal, router.values(of: segments, at: index))
      } catch let problem as Problem {
        return endpoint.definition.problemForm.response(problem, to: request)
      } catch let error as RegistryError {
        log(error, request)
        return endpoint.definition.problemForm.response(Problem(error), to: request)
      } catch {
        let failure = error as? QueryFailure ?? QueryFailure(error)
        log(failure, request)
        return endpoint.definition.problemForm.response(Problem(failure), to: request)
      }
    }
  }

  private func run(
    _ endpoint: Endpoint<Void>, _ request: HTTPRequest, _ principal: Principal, _ path: [String: String]
  ) async throws -> HTTPResponse {
    let definition = endpoint.definition
    guard principal.may(definition.permission) else { throw Problem(missing: definition.permission) }
    let now = now()
    let parameters = try Parameters(
      path: path, definition.pathParameters,
      query: definition.takesAnyParameter ? "" : request.query, definition.parameters, now: now)
    let body = try definition.body?.read(request)
    return try await workers.run(for: WorkOwner(principal, request)) { [self] activity in
      let call = Call(
        request: request, principal: principal, parameters: parameters, body: body, now: now, activity: activity,
        context: ())
      guard definition.isChange, let repeats else { return try endpoint.work(call) }
      return try repeats.response(to: call, of: endpoint) { log($0, request) }
    }
  }

  /// Logs a failure of the registry; a refusal concerns only the client.
  private func log(_ error: RegistryError, _ request: HTTPRequest) {
    guard error.kind == .unavailable || error.kind == .incompatible else { return }
    logger.error("the registry failed", LogField("path", request.path), LogField("cause", error))
  }

  private func log(_ failure: QueryFailure, _ request: HTTPRequest) {
    switch failure.reason {
    case .invalidRegex, .cancelled: break
    case .timeout, .tooLarge, .overloaded:
      logger.warning("query failed", LogField("path", request.path), LogField("cause", failure))
    case .unavailable, .defect:
      logger.error("query failed", LogField("path", request.path), LogField("cause", failure))
    }
  }
}

extension Problem {
  /// The message for a caller that lacks a permission.
  package init(missing permission: Permission) {
    // Who changes something reads it first.
    let (verb, needed): (String, [Permission]) =
      switch permission {
      case .query: ("query", [.query])
      case .ingest: ("ingest", [.ingest])
      case .edit: ("change anything", [.query, .edit])
      }
    let options = needed.map { " --permission \($0.rawValue)" }.joined()
    self.init(.forbidden, "This key may not \(verb). Make one that may: `axonize keys create\(options)`.")
  }
}
