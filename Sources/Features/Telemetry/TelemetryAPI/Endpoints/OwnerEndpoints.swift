import Base
import HTTPTypes
import JSON
import Telemetry
import TelemetryQueries

extension QueryAPI {
  static let ownerEndpoints: [Endpoint] = endpoints(of: .session) + endpoints(of: .user)

  private static func endpoints(of kind: OwnerKind) -> [Endpoint] {
    let other = kind == .session ? OwnerKind.user : .session
    let filters =
      ParameterDefinition.timeRange + [
        ParameterDefinition(name: "service", kind: .text, description: "A service of a trace."),
        ParameterDefinition(
          name: "model", kind: .text, description: "A model that a trace asked for, or that answered."),
        ParameterDefinition(
          name: "status", kind: .choice(SpanStatus.allCases.map(\.name)), description: "The status of a span."),
        ParameterDefinition(name: other.rawValue, kind: .text, description: "The id of a \(other.rawValue)."),
      ]
    let id = ParameterDefinition(
      name: "id", kind: .text, description: "The \(kind.rawValue)'s id.", isRequired: true)
    return [
      Endpoint(
        path: "/\(kind.rawValue)s", name: "list\(kind.typeName)s",
        summary:
          "\(kind.typeName)s with spans in the time range, with the counts of their traces. Each filter holds if any "
          + "span of a trace meets it. Default: the last 24 hours.", tag: "\(kind.rawValue)s",
        parameters: filters + [
          ParameterDefinition(
            name: "sort", kind: .choice(OwnerOrder.allCases.map(\.rawValue)),
            description: "The order; a minus means descending. Default: `-last_time`."),
          .limit(standard: 50), .cursor,
        ], answer: "\(kind.typeName)List", work: .blocking { try list(kind, $0) }),
      Endpoint(
        path: "/\(kind.rawValue)s/{id}", name: "get\(kind.typeName)",
        summary: "A \(kind.rawValue) and the counts of its traces in the time range. Default: the last 30 days.",
        tag: "\(kind.rawValue)s", pathParameters: [id], parameters: filters, answer: "\(kind.typeName)Answer",
        canMiss: true, work: .blocking { try get(kind, $0) }),
    ]
  }

  private static let day: Int64 = 86_400_000_000_000

  private static func list(_ kind: OwnerKind, _ call: Call) throws -> HTTPResponse {
    let cursor = try call.cursor()
    let limit = call.parameters.integer("limit") ?? 50
    let range = try cursor?.range ?? call.parameters.range(now: call.now, standardNanoseconds: day)
    var search = search(kind, call, range: range, limit: limit + 1)
    search.order = call.parameters.text("sort").flatMap(OwnerOrder.init) ?? .newestFirst
    search.place = cursor.map { OwnerPlace(key: $0.key, hash: $0.span) }
    let owners = try call.telemetry.owners(search)
    let page = owners.prefix(limit)
    let next = owners.count > limit ? page.last : nil
    return call.page(
      Array(page),
      next: next.map { last in
        Cursor(range: range, key: last.place.key, traceID: TraceID(high: 0, low: 0), span: SpanID(last.place.hash))
      }
    ) { owner, writer in
      write(owner, kind, to: &writer)
    }
  }

  private static func get(_ kind: OwnerKind, _ call: Call) throws -> HTTPResponse {
    let id = call.path["id"] ?? ""
    let range = try call.parameters.range(now: call.now, standardNanoseconds: 30 * day)
    var search = search(kind, call, range: range, limit: 1)
    search.id = id
    guard let owner = try call.telemetry.owners(search).first else {
      throw Problem(
        status: 404, code: .notFound,
        detail: "No spans of \(kind.rawValue) '\(id)' in this time range (\(RFC3339.format(range.start)) to "
          + "\(RFC3339.format(range.end))). Set an earlier `start`, or drop filters.")
    }
    return .json { writer in
      writer.key("data")
      write(owner, kind, to: &writer)
    }
  }

  private static func search(_ kind: OwnerKind, _ call: Call, range: TimeRange, limit: Int) -> OwnerSearch {
    var search = OwnerSearch(kind, range: range, limit: limit)
    search.service = call.parameters.text("service")
    search.model = call.parameters.text("model")
    search.status = call.parameters.text("status").flatMap { SpanStatus(name: $0) }
    search.otherID = call.parameters.text(kind == .session ? "user" : "session")
    return search
  }

  private static func write(_ owner: OwnerSummary, _ kind: OwnerKind, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("\(kind.rawValue)_id", owner.id)
      writer.member("trace_count", owner.traceCount)
      writer.member("span_count", owner.spanCount)
      writer.member("error_count", owner.errorCount)
      writer.member("call_count", owner.callCount)
      writer.key("input_tokens")
      writer.exactInt(owner.inputTokens)
      writer.key("output_tokens")
      writer.exactInt(owner.outputTokens)
      writer.member("first_time_unix_nano", "\(owner.firstTime.rawValue)")
      writer.member("last_time_unix_nano", "\(owner.lastTime.rawValue)")
    }
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
