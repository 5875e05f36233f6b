package import API
package import Base
package import HTTPTypes
package import TelemetryQueries

/// What an endpoint of another product's API works with.
package struct InterchangeContext: Sendable {
  package let telemetry: TenantTelemetry
  /// The parameters of the query.
  package let fields: LenientParameters
}

/// A request to an endpoint of another product's API.
package typealias InterchangeCall = Call<InterchangeContext>

/// One operation of another product's API.
package struct InterchangeEndpoint: Sendable {
  /// The path after `/api/`.
  let path: String
  /// The JSON that it responds with when all is well.
  let response: ResponseDefinition
  /// Whether it responds with protobuf to a request that asks for it.
  let speaksProtobuf: Bool
  /// Whether it is served without the prefix of its API too.
  let isUnprefixed: Bool
  let problems: ProblemForm
  let work: @Sendable (InterchangeCall) throws -> HTTPResponse

  /// - Parameters:
  ///   - path: after `/api/`; `{trace_id}` and `{tag}` stand for a segment, `{path+}` for all that follow. Two APIs that
  ///     have one path without prefix MUST spell it alike.
  ///   - response: the shape of its JSON; empty where it never responds with JSON.
  ///   - problems: the form of its errors.
  package init(
    _ path: String, _ response: ResponseDefinition = .empty(status: 200), problems: ProblemForm,
    speaksProtobuf: Bool = false, isUnprefixed: Bool = true,
    work: @escaping @Sendable (InterchangeCall) throws -> HTTPResponse
  ) {
    self.path = path
    self.response = response
    self.speaksProtobuf = speaksProtobuf
    self.isUnprefixed = isUnprefixed
    self.problems = problems
    self.work = work
  }

  /// An endpoint that responds with values of one shape.
  package init<Value>(
    _ path: String, _ response: JSONResponse<Value>, problems: ProblemForm,
    work: @escaping @Sendable (InterchangeCall) throws -> Value
  ) {
    self.init(path, response.definition, problems: problems) { response(try work($0)) }
  }

  fileprivate static let rest = Parameter.text("path", "The rest of the path.").required()

  fileprivate static func parameter(_ name: String) -> Parameter<String> {
    Parameter.text(name, "A segment of the path.").required()
  }

  /// The endpoint of a server, below a prefix.
  func endpoint(below prefix: String, of api: String) -> Endpoint<InterchangeContext> {
    let names = path.split(separator: "/").filter { $0.hasPrefix("{") }.map { $0.filter { !"{}+".contains($0) } }
    var definition = EndpointDefinition(
      .get, "\(prefix)/\(path)", name: "\(api) \(path)", summary: "\(api)'s \(path)", tag: api,
      pathParameters: names.map { Self.parameter($0).definition }, response: response)
    definition.takesAnyParameter = true
    definition.isDocumented = false
    definition.problemForm = problems
    return Endpoint(definition, work)
  }

  /// This endpoint, but another one for requests that ask for protobuf.
  func orProtobuf(of other: InterchangeEndpoint) -> InterchangeEndpoint {
    precondition(!speaksProtobuf && other.speaksProtobuf, "of two APIs with \(path), the second MUST speak protobuf")
    return InterchangeEndpoint(
      path, response, problems: problems.or(other.problems) { $0.asksForProtobuf }, speaksProtobuf: true
    ) { [work] call in
      try call.wantsProtobuf ? other.work(call) : work(call)
    }
  }
}

extension Call<InterchangeContext> {
  package var telemetry: TenantTelemetry { context.telemetry }
  package var fields: LenientParameters { context.fields }
  /// Whether the client asks for protobuf.
  package var wantsProtobuf: Bool { request.asksForProtobuf }
  /// What `{path+}` stands for.
  package var rest: String { self[InterchangeEndpoint.rest] }
  /// What `{tag}` stands for.
  package var tag: String { self[InterchangeEndpoint.parameter("tag")] }

  /// The trace id of the path, as Jaeger and Tempo read it: up to 32 hexadecimal digits, leading zeros left out at will.
  package func traceID() throws(Problem) -> TraceID {
    try TraceID(lenient: self[InterchangeEndpoint.parameter("trace_id")])
  }
}

extension HTTPRequest {
  /// Whether the Accept field names protobuf, by either of its names.
  fileprivate var asksForProtobuf: Bool {
    (fields["accept"] ?? "").split(separator: ",").contains { range in
      let type = range.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
      return type == "application/protobuf" || type == "application/x-protobuf"
    }
  }
}
