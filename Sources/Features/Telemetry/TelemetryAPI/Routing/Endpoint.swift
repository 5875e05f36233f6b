import Base
import HTTPTypes
import Identity
import JSON
import Engine
import TelemetryQueries

/// One operation of the API. The router, the parameter reader and the OpenAPI document all work from it.
struct Endpoint: Sendable {
  enum Work: Sendable {
    /// Runs on a worker thread from the first query to the last byte.
    case blocking(@Sendable (Call) throws -> HTTPResponse)
    /// Makes a response that needs the API itself, e.g. a live one; it too is made on a worker thread.
    case streaming(@Sendable (Call, QueryAPI) throws -> HTTPResponse)
  }

  /// The path below `/api/v1`, with `{name}` for a segment that varies.
  let path: String
  /// `operationId` of the OpenAPI document.
  let name: String
  let summary: String
  var tag: String
  /// The varying segments, by name.
  var pathParameters: [ParameterDefinition] = []
  var parameters: [ParameterDefinition] = []
  /// The name of the answer's schema.
  let answer: String
  var contentType = "application/json"
  /// Whether it answers 404 for a thing that is not there.
  var canMiss = false
  let work: Work

  var segments: [Substring] { path.split(separator: "/") }

  /// The varying segments of a path that has this form; nil for another path.
  func match(_ path: [String]) -> [String: String]? {
    let segments = segments
    guard segments.count == path.count else { return nil }
    var values: [String: String] = [:]
    for (pattern, segment) in zip(segments, path) {
      if pattern.hasPrefix("{") {
        values[String(pattern.dropFirst().dropLast())] = segment
      } else if pattern != segment {
        return nil
      }
    }
    return values
  }
}

/// A request to an endpoint, read and checked.
struct Call: Sendable {
  let request: HTTPRequest
  let principal: Principal
  let telemetry: TenantTelemetry
  let parameters: Parameters
  let path: [String: String]
  let now: UnixNanoseconds

  /// Whose turn at the workers the request takes.
  var owner: WorkOwner { WorkOwner(tenant: principal.tenant, client: principal.keyID ?? request.peerHost) }

  /// The trace id of the path.
  func traceID() throws(Problem) -> TraceID {
    guard let id = TraceID(hex: path["trace_id"] ?? "") else {
      throw .invalid("trace_id", "expected 32 hexadecimal digits")
    }
    return id
  }

  func range() throws(Problem) -> TimeRange { try parameters.range(now: now) }

  private var fingerprint: UInt64 { Cursor.fingerprint(of: parameters.sent, path: request.path) }

  /// The cursor of the request, if it has one.
  func cursor() throws(Problem) -> Cursor? {
    guard let text = parameters.text("cursor") else { return nil }
    guard let cursor = Cursor(text, fingerprint: fingerprint) else {
      throw .invalid(
        "cursor",
        "does not belong to this search; pass next_cursor unchanged with the same other parameters, or leave it out")
    }
    return cursor
  }

  /// A page: `{"data": […], "next_cursor": …}`, with `warnings` where a query looked at some traces in part only.
  func page<Item>(
    _ items: [Item], next: Cursor?, partlySearched: [TraceID] = [], write: (Item, inout JSONWriter) -> Void
  ) -> HTTPResponse {
    .json { writer in
      writer.key("data")
      writer.array { writer in
        for item in items { write(item, &writer) }
      }
      writer.member("next_cursor", next?.text(fingerprint: fingerprint))
      guard !partlySearched.isEmpty else { return }
      writer.key("warnings")
      writer.array { writer in
        for id in partlySearched { writer.string(TenantTelemetry.warning(ofPartlySearched: id)) }
      }
    }
  }
}

extension HTTPResponse {
  /// An answer with a JSON object whose members `body` writes.
  static func json(_ body: (inout JSONWriter) -> Void) -> HTTPResponse {
    var writer = JSONWriter(reservingCapacity: 4096)
    writer.object(body)
    return HTTPResponse(contentType: "application/json", body: writer.bytes)
  }
}
