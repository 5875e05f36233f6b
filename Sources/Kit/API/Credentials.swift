import HTTP1
package import HTTPServer
import HTTPTypes
package import Identity
import System

/// The one reader of credentials.
extension Authenticator {
  /// Who makes a request; its connection then counts as authenticated.
  package func authenticate(_ request: RequestView) -> Result<Principal, AuthenticationFailure> {
    let found = authenticate(
      authorization: request.field(.authorization), apiKey: request.field("x-api-key") ?? request.field("api-key"),
      isLoopback: request.peer.isLoopback)
    if case .success = found { request.isAuthenticated = true }
    return found
  }
}
