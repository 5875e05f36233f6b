package import Base

/// Who may use the server without a key.
package enum AccessMode: Sendable, Hashable {
  /// Nobody.
  case keysRequired
  /// Whoever comes without one acts as a tenant; with `loopbackOnly`, only from the machine itself.
  case keyless(tenant: TenantID, loopbackOnly: Bool)
}

/// Why a request is refused.
///
/// HTTP responds with 401 (503 for `unavailable`), gRPC with UNAUTHENTICATED (UNAVAILABLE).
package enum AuthenticationFailure: String, Error, Sendable, Hashable {
  case missingKey = "missing_api_key"
  /// Unknown, revoked, expired or malformed: which one is not disclosed to a caller without the secret.
  case invalidKey = "invalid_api_key"
  /// Keys cannot be checked at present.
  case unavailable = "registry_unavailable"

  package var message: String {
    switch self {
    case .missingKey:
      "This request needs an API key: send 'Authorization: Bearer axz_…' or 'x-api-key: axz_…'. "
        + "'axonize keys create' makes one."
    case .invalidKey: "The API key is unknown, revoked or expired. 'axonize keys list' shows the valid ones."
    case .unavailable: "API keys cannot be checked at the moment; try again later."
    }
  }
}

extension Principal {
  /// Whether this principal may do something.
  package func may(_ permission: Permission) -> Bool { permissions.contains(permission) }
}
