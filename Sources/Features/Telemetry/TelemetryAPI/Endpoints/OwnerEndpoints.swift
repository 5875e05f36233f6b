import API
import Base
import Feature
import HTTPTypes
import JSON
import Telemetry
import TelemetryQueries

extension TelemetryEndpoints {
  static let ownerEndpoints: [Endpoint<TelemetryContext>] = endpoints(of: .session) + endpoints(of: .user)

  private static func endpoints(of kind: OwnerKind) -> [Endpoint<TelemetryContext>] {
    let filters =
      TimeRangeParameters.all + [
        OwnerParameters.service.definition, OwnerParameters.model.definition, OwnerParameters.status.definition,
        OwnerParameters.other(than: kind).definition,
      ]
    return [
      Endpoint(
        EndpointDefinition(
          .get, "/api/v1/\(kind.rawValue)s", name: "list\(kind.typeName)s",
          summary:
            "\(kind.typeName)s with spans in the time range, with the counts of their traces. Each filter holds if any "
            + "span of a trace meets it. Default: the last 24 hours.", tag: "\(kind.rawValue)s",
          parameters: filters + [
            OwnerParameters.sort.definition, OwnerParameters.limit.definition, Parameter.cursor.definition,
          ], response: list(of: kind).definition)
      ) { try list(kind, $0) },
      Endpoint(
        EndpointDefinition(
          .get, "/api/v1/\(kind.rawValue)s/{id}", name: "get\(kind.typeName)",
          summary: "A \(kind.rawValue) and the counts of its traces in the time range. Default: the last 30 days.",
          tag: "\(kind.rawValue)s", pathParameters: [OwnerParameters.id(of: kind).definition], parameters: filters,
          response: single(of: kind).definition,
          problems: [.notFound])
      ) { try get(kind, $0) },
    ]
  }

  private static let day: Int64 = 86_400_000_000_000

  private static func list(_ kind: OwnerKind, _ call: TelemetryCall) throws -> HTTPResponse {
    let cursor = try call.cursor()
    let limit = call[OwnerParameters.limit]
    let range = try cursor?.range ?? call.parameters.range(now: call.now, default: day)
    var search = search(kind, call, range: range, limit: limit + 1)
    search.order = call[OwnerParameters.sort]
    search.place = cursor.map { OwnerPlace(key: $0.key, hash: $0.span) }
    let owners = try call.telemetry.owners(search)
    let page = owners.prefix(limit)
    let next = owners.count > limit ? page.last : nil
    return list(of: kind)(
      call.page(
        kind == .session ? try call.telemetry.scored(Array(page)) : Array(page),
        next: next.map { last in
          Cursor(range: range, key: last.place.key, traceID: TraceID(high: 0, low: 0), span: SpanID(last.place.hash))
        }))
  }

  private static func get(_ kind: OwnerKind, _ call: TelemetryCall) throws -> HTTPResponse {
    let id = call[OwnerParameters.id(of: kind)]
    let range = try call.parameters.range(now: call.now, default: 30 * day)
    var search = search(kind, call, range: range, limit: 1)
    search.id = id
    guard let owner = try call.telemetry.owners(search).first else {
      throw Problem(
        .notFound,
        "No spans of \(kind.rawValue) '\(id)' in this time range (\(RFC3339.format(range.start)) to "
          + "\(RFC3339.format(range.end))). Set an earlier `start`, or drop filters.")
    }
    guard kind == .session else { return single(of: kind)(owner) }
    return single(of: kind)(try call.telemetry.scored([owner])[0])
  }

  private static func search(_ kind: OwnerKind, _ call: TelemetryCall, range: TimeRange, limit: Int) -> OwnerSearch {
    var search = OwnerSearch(kind, range: range, limit: limit)
    search.service = call[OwnerParameters.service]
    search.model = call[OwnerParameters.model]
    search.status = call[OwnerParameters.status]
    search.otherID = call[OwnerParameters.other(than: kind)]
    return search
  }

  // MARK: - Responses

  private static let sessionList = JSONResponse("SessionList", .page(.owner(.session)))
  private static let userList = JSONResponse("UserList", .page(.owner(.user)))
  private static let session = JSONResponse("SessionAnswer", .data(.owner(.session)))
  private static let user = JSONResponse("UserAnswer", .data(.owner(.user)))

  private static func list(of kind: OwnerKind) -> JSONResponse<Page<OwnerSummary>> {
    kind == .session ? sessionList : userList
  }

  private static func single(of kind: OwnerKind) -> JSONResponse<OwnerSummary> { kind == .session ? session : user }
}

extension JSONShape where Value == OwnerSummary {
  fileprivate static func owner(_ kind: OwnerKind) -> JSONShape {
    object { owner in
      owner.member("\(kind.rawValue)_id", .string) { $0.id }
      owner.member("trace_count", .integer) { $0.traceCount }
      owner.member("span_count", .integer) { $0.spanCount }
      owner.member("error_count", .integer) { $0.errorCount }
      owner.member("call_count", .integer) { $0.callCount }
      owner.member("input_tokens", .exactInteger) { $0.inputTokens }
      owner.member("output_tokens", .exactInteger) { $0.outputTokens }
      owner.member("first_time_unix_nano", .nanoseconds) { $0.firstTime }
      owner.member("last_time_unix_nano", .nanoseconds) { $0.lastTime }
      guard kind == .session else { return }
      owner.optionalMember("scores", .scoreTallies) { $0.scores.isEmpty ? nil : $0.scores }
    }
    .named(kind.typeName)
  }
}

extension OwnerKind {
  /// The name as a part of names of operations and schemas.
  fileprivate var typeName: String {
    switch self {
    case .session: "Session"
    case .user: "User"
    }
  }
}

private enum OwnerParameters {
  static let service = Parameter.text("service", "A service of a trace.")
  static let model = Parameter.text("model", "A model that a trace requested, or that responded.")
  static let status = Parameter<SpanStatus?>.choice(
    "status", "The status of a span.", SpanStatus.allCases.map { ($0.name, $0) })
  static let sort = Parameter<OwnerOrder?>.choice(
    "sort", "The order; a minus means descending. Default: `-last_time`."
  ).defaulting(to: .newestFirst)
  static let limit = Parameter.limit(default: 50)

  static func id(of kind: OwnerKind) -> Parameter<String> {
    Parameter.text("id", "The \(kind.rawValue)'s id.").required()
  }

  /// Sessions are filtered by their user, users by their session.
  static func other(than kind: OwnerKind) -> Parameter<String?> {
    let other = kind == .session ? OwnerKind.user : .session
    return Parameter.text(other.rawValue, "The id of a \(other.rawValue).")
  }
}
