package import HTTPServer
package import Identity

/// Why a request may not bring rows.
package enum IngestRefusal: Error, Sendable, Hashable {
  /// Keys cannot be checked at present.
  case unavailable
  /// There is no valid key; what to say of it.
  case unauthenticated(String)
  /// The key lacks the permission.
  case forbidden

  package var httpStatus: Int {
    switch self {
    case .unavailable: 503
    case .unauthenticated: 401
    case .forbidden: 403
    }
  }

  /// What happened and what to do, for people.
  package var message: String {
    switch self {
    case .unavailable: AuthenticationFailure.unavailable.message
    case .unauthenticated(let message): message
    case .forbidden: "This key may not ingest. Create one that may: `axonize keys create --permission ingest`."
    }
  }
}

extension Authenticator {
  /// Who sends a request with rows.
  package func admitIngest(_ request: RequestView) -> Result<Principal, IngestRefusal> {
    switch authenticate(request) {
    case .failure(.unavailable): .failure(.unavailable)
    case .failure(let failure): .failure(.unauthenticated(failure.message))
    case .success(let principal) where !principal.may(.ingest): .failure(.forbidden)
    case .success(let principal): .success(principal)
    }
  }
}
