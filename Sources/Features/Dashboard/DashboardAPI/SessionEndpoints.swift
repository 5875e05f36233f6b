package import API
import HTTPTypes
import Identity

/// Who looks at the dashboard, and the cookie in which the browser keeps the key.
///
/// docs/api.md is their reference.
package struct SessionEndpoints: Sendable {
  /// What a session may do.
  private struct Session: Sendable {
    let keyID: String?
    let permissions: [String]
    let isKeyRequired: Bool
  }

  private static let session = JSONResponse(
    "SessionResponse",
    .data(
      .object { session in
        session.member("key_id", .orNull(.string).described("The key in use; null without one.")) { $0.keyID }
        session.member("permissions", .list(.choice(Permission.allCases.map(\.rawValue)))) { $0.permissions }
        session.member("key_required", .boolean) { $0.isKeyRequired }
      } as JSONShape<Session>))

  private let isKeyRequired: Bool
  private let isEncrypted: Bool

  /// - Parameter isEncrypted: whether browsers reach the server over TLS.
  package init(isKeyRequired: Bool, isEncrypted: Bool) {
    self.isKeyRequired = isKeyRequired
    self.isEncrypted = isEncrypted
  }

  /// Every endpoint, for a server.
  package var endpoints: [Endpoint<Void>] {
    [
      Endpoint(
        EndpointDefinition(
          .get, "/api/v1/session", name: "getOwnSession", summary: "Whose key a request has.", tag: "session",
          response: Self.session.definition)
      ) { call in
        Self.session(
          Session(
            keyID: call.principal.keyID,
            permissions: Permission.allCases.filter(call.principal.may).map(\.rawValue), isKeyRequired: isKeyRequired))
      },
      Endpoint(
        Self.keepingNothing(
          EndpointDefinition(
            .post, "/api/v1/session", name: "beginSession",
            summary: "Has the browser keep the bearer key of this request in a cookie, or forget it if there is none.",
            tag: "session", response: .empty()))
      ) { call in cookie(Self.key(call.request.fields)) },
      Endpoint(
        Self.keepingNothing(
          EndpointDefinition(
            .delete, "/api/v1/session", name: "endSession", summary: "Has the browser forget the key.", tag: "session",
            response: .empty()))
      ) { _ in cookie(nil) },
    ]
  }

  /// What changes only the client's own state; a response with a key MUST NOT be kept for repeats.
  private static func keepingNothing(_ definition: EndpointDefinition) -> EndpointDefinition {
    var definition = definition
    definition.onlyAsks = true
    return definition
  }

  private func cookie(_ key: String?) -> HTTPResponse {
    HTTPResponse(
      status: 204,
      fields: ["set-cookie": SessionCookie.field(key: key, isEncrypted: isEncrypted), "cache-control": "no-store"])
  }

  /// The key that stands in a header field; the server has checked it already.
  private static func key(_ fields: HTTPFields) -> String? {
    guard let text = fields["authorization"], text.lowercased().hasPrefix("bearer ") else { return nil }
    let key = text.dropFirst("bearer ".count)
    return APIKeyToken(key.utf8.span, at: 0) == nil ? nil : String(key)
  }
}
