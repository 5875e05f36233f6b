import API
import Base
import HTTPTypes
import TelemetryQueries

/// What an endpoint of Jaeger's or Tempo's API works with.
struct CompatibilityContext: Sendable {
  let telemetry: TenantTelemetry
  /// The parameters of the query.
  let fields: LenientParameters
  /// The server's version.
  let version: String
}

typealias CompatibilityCall = Call<CompatibilityContext>

/// One operation of Jaeger's or Tempo's API.
struct CompatibilityEndpoint: Sendable {
  /// The path after `/api/`.
  let path: String
  let dialect: Dialect
  let work: @Sendable (CompatibilityCall) throws -> HTTPResponse

  init(_ path: String, _ dialect: Dialect, _ work: @escaping @Sendable (CompatibilityCall) throws -> HTTPResponse) {
    self.path = path
    self.dialect = dialect
    self.work = work
  }

  fileprivate static let rest = Parameter.text("path", "The rest of the path.").required()

  fileprivate static func parameter(_ name: String) -> Parameter<String> {
    Parameter.text(name, "A segment of the path.").required()
  }

  /// The endpoint of a server, below a prefix.
  func endpoint(below prefix: String) -> Endpoint<CompatibilityContext> {
    let names = path.split(separator: "/").filter { $0.hasPrefix("{") }.map { $0.filter { !"{}+".contains($0) } }
    var definition = EndpointDefinition(
      .get, "\(prefix)/\(path)", name: "\(dialect.name) \(path)", summary: "\(dialect.name)'s \(path)",
      tag: dialect.name, pathParameters: names.map { Self.parameter($0).definition }, response: .empty())
    definition.takesAnyParameter = true
    definition.isDocumented = false
    definition.problemFormat = { [dialect] problem, request in dialect.response(problem, to: request) }
    return Endpoint(definition, work)
  }

  /// Says that an API has no such path.
  static func nothing(_ dialect: Dialect) -> @Sendable (CompatibilityCall) throws -> HTTPResponse {
    { call in throw Problem.unknownPath(call.request, dialect) }
  }
}

extension Call<CompatibilityContext> {
  var telemetry: TenantTelemetry { context.telemetry }
  var fields: LenientParameters { context.fields }
  /// Whether the client asks for protobuf.
  var wantsProtobuf: Bool { request.asksForProtobuf }
  /// What `{path+}` stands for.
  var rest: String { self[CompatibilityEndpoint.rest] }
  /// What `{tag}` stands for.
  var tag: String { self[CompatibilityEndpoint.parameter("tag")] }

  /// The trace id of the path, as Jaeger and Tempo read it: up to 32 hexadecimal digits, leading zeros left out at will.
  func traceID() throws(Problem) -> TraceID { try TraceID(lenient: self[CompatibilityEndpoint.parameter("trace_id")]) }
}

extension HTTPRequest {
  /// Whether the Accept field names protobuf, by either of its names.
  var asksForProtobuf: Bool {
    (fields["accept"] ?? "").split(separator: ",").contains { range in
      let type = range.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
      return type == "application/protobuf" || type == "application/x-protobuf"
    }
  }
}

extension Problem {
  /// A parameter that cannot be read.
  static func parameter(_ name: String, _ reason: String) -> Problem {
    Problem(.invalidParameter, "Parameter '\(name)': \(reason).")
  }

  static func unknownPath(_ request: HTTPRequest, _ dialect: Dialect) -> Problem {
    Problem(
      .notFound,
      "There is nothing at \(request.path). docs/compatibility.md lists the supported part of \(dialect.name)'s API.")
  }
}
