import API
import Base
import Commit
import HTTP1
import HTTPServer
import HTTPTypes
import Identity
import JSON
import LineProtocol
import System

// Line protocol at the paths of InfluxDB 1 and 2, as Telegraf and the client libraries of InfluxDB send it.
//
// What names a place there (`db`, `rp`, `bucket`, `org`) has no meaning: the tenant is that of the key.
extension MetricsRoutes {
  /// How to respond to a request; nil for a path that is none of these.
  func influxRoute(_ request: RequestView) -> HTTPRoute? {
    if request.isPath("/api/v1/push/influx") || request.isPath("/influx/write")
      || request.isPath("/influx/api/v2/write")
    {
      return lineRoute(request)
    }
    // Clients ask whether the server is there, and version 1 makes its database before it writes.
    if request.isPath("/influx/ping") { return .respond(HTTPResponse(status: 204, fields: [:], body: .bytes([]))) }
    if request.isPath("/influx/query") { return databaseRoute(request) }
    return nil
  }

  private func lineRoute(_ request: RequestView) -> HTTPRoute {
    guard request.method == .post else { return .respond(Self.notPost) }
    return admitted(request) { principal in
      guard let precision = Self.precision(request.query) else {
        return .respond(
          .influx(400, "invalid", "the precision is one of ns, us, ms, s, m and h (n and u in version 1)"))
      }
      let (tenant, lane, encoding) = (principal.tenant, request.loopIndex, SampleEncoding(precision))
      return unsafe .raw(bodyBytesMax: bodyBytesMax) { [ingest] body, responder in
        unsafe ingest.store(body, encoding, tenant: tenant, lane: lane) { outcome, _ in
          responder.complete(outcome.influxResponse)
        }
      }
    }
  }

  private static let notPost = HTTPResponse.influx(
    405, "method not allowed", "send points with POST", ["allow": "POST"])

  /// The precision that a query names, nanoseconds where it names none; nil for one that is not known.
  static func precision(_ query: String) -> LineProtocolPrecision? {
    guard let text = parameter("precision", query), !text.isEmpty else { return .nanoseconds }
    return LineProtocolPrecision(name: text)
  }

  private static func parameter(_ name: String, _ query: String) -> String? {
    for part in query.split(separator: "&") {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair.count == 2, pair[0] == name else { continue }
      return PercentEncoding.decode(pair[1], plusIsSpace: true)
    }
    return nil
  }

  /// `CREATE DATABASE`, which has nothing to do here; there are no other statements.
  private func databaseRoute(_ request: RequestView) -> HTTPRoute {
    admitted(request) { _ in .collected(bodyBytesMax: Self.statementBytesMax, Self.answer) }
  }

  /// Bytes of a form with a statement; 64 KiB, more than a name of a database takes.
  private static let statementBytesMax = 64 << 10

  @Sendable private static func answer(_ request: HTTPRequest) async -> HTTPResponse {
    let form = String(decoding: request.body, as: UTF8.self)
    let statement = parameter("q", request.query) ?? parameter("q", form) ?? ""
    guard statement.uppercased().hasPrefix("CREATE DATABASE ") else {
      return .influx(400, "invalid", "InfluxQL is not answered here, but for CREATE DATABASE; ask in PromQL")
    }
    return HTTPResponse(contentType: "application/json", body: Array(#"{"results":[{"statement_id":0}]}"#.utf8))
  }

  /// The route for someone who may ingest, or the refusal.
  private func admitted(_ request: RequestView, _ route: (Principal) -> HTTPRoute) -> HTTPRoute {
    switch authenticator.admitIngest(request) {
    case .success(let principal): return route(principal)
    case .failure(let refusal):
      let isUnknown = refusal.httpStatus == 401
      return .respond(
        .influx(
          refusal.httpStatus,
          isUnknown ? "unauthorized" : refusal == .forbidden ? "forbidden" : "unavailable", refusal.message,
          isUnknown ? ["www-authenticate": "Token"] : [:]))
    }
  }
}

extension RequestOutcome {
  /// The response of InfluxDB's write API.
  ///
  /// A line that cannot be taken does not keep the others out: a partial write, which clients do not send again.
  fileprivate var influxResponse: HTTPResponse {
    switch self {
    case .accepted: HTTPResponse(status: 204, fields: [:], body: .bytes([]))
    case .partial(let rejected, let reason):
      .influx(400, "invalid", "partial write: \(reason) dropped=\(rejected)")
    case .refused(.malformed, let message): .influx(400, "invalid", message)
    case .refused(.tooLarge, let message): .influx(413, "request too large", message)
    case .refused(.notStorable, let message): .influx(500, "internal error", message)
    case .retry(_, let message, let delay):
      .influx(503, "unavailable", message, ["retry-after": String(max(1, delay.components.seconds))])
    }
  }
}

extension HTTPResponse {
  /// An error as InfluxDB 1 (`error`) and 2 (`code`, `message`) have it.
  fileprivate static func influx(
    _ status: Int, _ code: String, _ message: String, _ fields: HTTPFields = [:]
  ) -> HTTPResponse {
    var fields = fields
    fields["content-type"] = "application/json"
    if status == 400 || status == 413 { fields["x-influxdb-error"] = Self.oneLine(message) }
    var writer = JSONWriter()
    writer.object { body in
      body.member("code", code)
      body.member("message", message)
      body.member("error", message)
    }
    return HTTPResponse(status: status, fields: fields, body: .bytes(writer.bytes))
  }

  /// A text for a header field: visible ASCII, at most 200 characters.
  private static func oneLine(_ text: String) -> String {
    String(text.unicodeScalars.prefix(200).map { (0x20..<0x7f).contains($0.value) ? Character($0) : "?" })
  }
}
