import API
package import HTTPServer
import HTTPTypes

/// Serves the dashboard: hashed files for ever, the page that everything begins with anew each time.
///
/// Any path that a browser navigates to is a view of the dashboard, which reads it itself.
package struct DashboardPages: PageRoutes {
  /// What is shown.
  package enum Content: Sendable {
    case dashboard(DashboardBundle)
    /// Why there is none, for people.
    case notice(String)
  }

  private static let assetPrefix = "/assets/"

  private let content: Content

  package init(_ content: Content) { self.content = content }

  package func route(_ request: RequestView) -> HTTPRoute? {
    response(request.request()).map { .respond($0) }
  }

  /// The response to a request; nil when it is not for a page.
  func response(_ request: HTTPRequest) -> HTTPResponse? {
    let isAsset = request.path.hasPrefix(Self.assetPrefix)
    guard isAsset || request.path == "/" || Self.isNavigation(request) else { return nil }
    guard request.method == .get || request.method == .head else {
      return HTTPResponse(status: 405, fields: ["allow": "GET, HEAD", "content-type": Self.plain])
    }
    switch content {
    case .notice(let notice): return isAsset ? Self.missing(request) : NoticePage.response(notice)
    case .dashboard(let bundle):
      guard isAsset else { return Self.response(bundle.index, to: request, caching: "no-cache") }
      guard let asset = bundle.assets[String(request.path.dropFirst(Self.assetPrefix.count))] else {
        return Self.missing(request)
      }
      return Self.response(asset, to: request, caching: "public, max-age=31536000, immutable")
    }
  }

  /// Whether a browser shows the response as a page; programs that ask for any type get an error that they can read.
  private static func isNavigation(_ request: HTTPRequest) -> Bool {
    (request.method == .get || request.method == .head)
      && request.fields["accept"]?.contains("text/html") ?? false
  }

  private static let plain = "text/plain; charset=utf-8"

  private static func missing(_ request: HTTPRequest) -> HTTPResponse {
    HTTPResponse(
      status: 404, contentType: plain,
      body: Array("There is no \(request.path); a page of another version may have asked for it. Reload it.\n".utf8))
  }

  private static func response(
    _ asset: DashboardBundle.Asset, to request: HTTPRequest, caching: String
  ) -> HTTPResponse {
    let accepted = AcceptedCodings(request.fields["accept-encoding"])
    guard let form = asset.forms.first(where: { $0.coding.map(accepted.contains) ?? true }) else {
      preconditionFailure("the last form has no coding")
    }
    var fields: HTTPFields = [
      "content-type": asset.contentType, "cache-control": caching, "etag": form.entityTag, "vary": "accept-encoding",
    ]
    PageSecurity.add(to: &fields)
    if let known = request.fields["if-none-match"], Self.names(known, form.entityTag) {
      return HTTPResponse(status: 304, fields: fields)
    }
    if let coding = form.coding { fields["content-encoding"] = coding }
    return HTTPResponse(fields: fields, body: .bytes(form.bytes))
  }

  /// Whether `If-None-Match` names a tag; weak ones count too (RFC 9110, section 13.1.2).
  private static func names(_ field: String, _ tag: String) -> Bool {
    field == "*"
      || field.split(separator: ",").contains { part in
        let part = part.drop { $0 == " " }
        return (part.hasPrefix("W/") ? part.dropFirst(2) : part).prefix { $0 != " " } == tag
      }
  }
}

/// The codings that a client takes (RFC 9110, section 12.5.3).
struct AcceptedCodings: Sendable {
  private let names: Set<String>

  init(_ field: String?) {
    let parts = (field ?? "").lowercased().split(separator: ",").map { $0.filter { $0 != " " } }
    names = Set(
      parts.compactMap { part in
        let pieces = part.split(separator: ";")
        let weight = pieces.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
        return weight > 0 ? pieces.first.map(String.init) : nil
      })
  }

  func contains(_ coding: String) -> Bool { names.contains(coding) }
}

/// What keeps a page from running or showing anything that is not its own.
enum PageSecurity {
  static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    + "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    + "require-trusted-types-for 'script'"

  static func add(to fields: inout HTTPFields) {
    fields["content-security-policy"] = policy
    fields["cross-origin-opener-policy"] = "same-origin"
    fields["referrer-policy"] = "no-referrer"
  }
}
