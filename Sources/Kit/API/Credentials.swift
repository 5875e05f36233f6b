import HTTP1
package import HTTPServer
import HTTPTypes
package import Identity
import System

/// The one reader of credentials.
extension Authenticator {
  /// Who makes a request; its connection then counts as authenticated.
  package func authenticate(_ request: RequestView) -> Result<Principal, AuthenticationFailure> {
    let authorization = request.field(.authorization)
    let apiKey = request.field("x-api-key") ?? request.field("api-key")
    let found = authenticate(
      authorization: authorization, apiKey: apiKey ?? (authorization == nil ? cookieKey(request) : nil),
      isLoopback: request.peer.isLoopback)
    if case .success = found { request.isAuthenticated = true }
    return found
  }

  /// The key that a browser keeps for the server's own pages; nil where it is not valid, as if there were none.
  private func cookieKey(_ request: RequestView) -> String? {
    guard let key = SessionCookie.key(in: request.values("cookie")), SessionCookie.Source(request).isOurs,
      case .success(let principal) = authenticate(authorization: nil, apiKey: key, isLoopback: false),
      principal.keyID != nil
    else { return nil }
    return key
  }
}
