package import Base
import Synchronization

/// Identifies who makes a request by the API key it carries.
///
/// Synchronous and cheap enough for an event loop.
///
/// All active keys are held in memory, so an unknown key costs a look-up there and no flood of them reaches the
/// registry. Whether the registry has changed is asked at most once a `refreshInterval` of traffic, and on an unknown
/// key at most once a `missInterval`: a new key works at once, a revoked one ends within `refreshInterval`. The first
/// use of a key is checked against its hash; later uses are compared with the secret that passed, in constant time.
package final class Authenticator: Sendable {
  private let registry: any Registry
  private let mode: AccessMode
  private let hash: @Sendable ([UInt8]) -> [UInt8]
  private let now: @Sendable () -> UnixNanoseconds
  private let logger: Logger
  // Whole nanoseconds: the components of a Duration cost a division of 128 bits each time.
  private let refreshNanoseconds: Int64
  private let missNanoseconds: Int64
  private let staleNanoseconds: Int64
  private let state: Mutex<State>

  /// How often the registry is asked.
  package struct Intervals: Sendable {
    package var refreshInterval: Duration = .seconds(1)
    package var missInterval: Duration = .milliseconds(10)
    /// For how long the keys in memory count while the registry cannot be read.
    package var staleMax: Duration = .seconds(60)

    package init() {}
  }

  private struct Entry {
    let principal: Principal
    let hash: [UInt8]
    let expiresAt: UnixNanoseconds
    /// The token that passed the check against the hash.
    var verified: APIKeyToken?
    var lastUsedAt = UnixNanoseconds(.min)
    var recordedUseAt = UnixNanoseconds(.min)

    var isUseUnrecorded: Bool { lastUsedAt > recordedUseAt }
  }

  private struct State {
    var entries: [APIKeyID: Entry] = [:]
    /// The last uses, not written yet, of keys that were revoked or have expired since.
    ///
    /// As many as there can be keys.
    var usesOfEnded: [APIKeyID: UnixNanoseconds] = [:]
    var changeToken: Int64?
    /// When a thread last began to ask the registry, and when the last result arrived.
    var askedAt = UnixNanoseconds(0)
    var answeredAt = UnixNanoseconds(0)
    /// Threads that ask the registry now.
    var askingCount = 0

    /// Whether this thread is the one to ask the registry now; a clock that was set back counts as due.
    mutating func claimRefresh(at time: UnixNanoseconds, after nanoseconds: Int64) -> Bool {
      let elapsed = time.rawValue &- askedAt.rawValue
      guard elapsed >= nanoseconds || elapsed < 0 else { return false }
      askedAt = time
      askingCount += 1
      return true
    }
  }

  /// Reads every key once; throws when the registry cannot be read.
  ///
  /// - Parameters:
  ///   - hash: SHA-256.
  ///   - now: the wall clock.
  package init(
    registry: any Registry, mode: AccessMode, hash: @escaping @Sendable ([UInt8]) -> [UInt8],
    now: @escaping @Sendable () -> UnixNanoseconds, intervals: Intervals = Intervals(), logger: Logger = .disabled
  ) throws(RegistryError) {
    self.registry = registry
    self.mode = mode
    self.hash = hash
    self.now = now
    let epoch = UnixNanoseconds(0)
    refreshNanoseconds = epoch.adding(intervals.refreshInterval).rawValue
    missNanoseconds = epoch.adding(intervals.missInterval).rawValue
    staleNanoseconds = epoch.adding(intervals.staleMax).rawValue
    self.logger = logger
    state = Mutex(State())
    try reload(at: now())
  }

  /// Who makes a request, from its header fields (or gRPC metadata).
  ///
  /// `Authorization: Bearer <key>` goes before `x-api-key: <key>` and `api-key: <key>`, of which the caller passes one. The
  /// key may also be the password of `Authorization: Basic`, or stand there without a scheme: see ``PresentedCredential``.
  /// Where no key is needed, a credential that is not an Axonize key is ignored, but a wrong Axonize key is refused.
  package func authenticate(
    authorization: String?, apiKey: String?, isLoopback: Bool
  ) -> Result<Principal, AuthenticationFailure> {
    switch PresentedCredential(authorization: authorization, apiKey: apiKey) {
    case .token(let token): return authenticate(token)
    case .none: return keyless(isLoopback, otherwise: .missingKey)
    case .foreign: return keyless(isLoopback, otherwise: .invalidKey)
    case .malformed: return .failure(.invalidKey)
    }
  }

  /// Whether the key of a principal is still valid, for long responses; asks the registry as a request does.
  ///
  /// True without a key.
  package func isActive(_ principal: Principal) -> Bool {
    guard let text = principal.keyID, let id = APIKeyID(text) else { return principal.keyID == nil }
    let time = now()
    if state.withLock({ $0.claimRefresh(at: time, after: refreshNanoseconds) }) { refresh(at: time) }
    return state.withLock { state in
      guard time.rawValue &- state.answeredAt.rawValue <= staleNanoseconds, let entry = state.entries[id] else {
        return false
      }
      return time < entry.expiresAt && entry.principal == principal
    }
  }

  /// Writes to the registry when keys were last used, those used since the last call; call it about once a minute.
  package func recordUse() throws(RegistryError) {
    let uses = state.withLock { state in
      state.entries.filter(\.value.isUseUnrecorded).mapValues(\.lastUsedAt)
        .merging(state.usesOfEnded) { max($0, $1) }
    }
    guard !uses.isEmpty else { return }
    try registry.recordUse(of: uses)
    state.withLock { state in
      for (id, time) in uses {
        state.entries[id]?.recordedUseAt = time
        if state.usesOfEnded[id] == time { state.usesOfEnded[id] = nil }
      }
    }
  }

  private func keyless(
    _ isLoopback: Bool, otherwise failure: AuthenticationFailure
  ) -> Result<Principal, AuthenticationFailure> {
    guard case .keyless(let tenant, let loopbackOnly) = mode, isLoopback || !loopbackOnly else {
      return .failure(failure)
    }
    return .success(Principal(tenant: tenant, permissions: Set(Permission.allCases), keyID: nil))
  }

  private func authenticate(_ token: APIKeyToken) -> Result<Principal, AuthenticationFailure> {
    let time = now()
    guard let found = lookUp(token, at: time, refreshAfter: refreshNanoseconds) else {
      refresh(at: time)
      return lookUp(token, at: time, refreshAfter: nil) ?? .failure(.unavailable)
    }
    return found
  }

  /// What a token opens by the keys in memory; nil when this thread is to ask the registry first.
  private func lookUp(
    _ token: APIKeyToken, at time: UnixNanoseconds, refreshAfter nanoseconds: Int64?
  ) -> Result<Principal, AuthenticationFailure>? {
    state.withLock { state in
      if let nanoseconds, state.claimRefresh(at: time, after: nanoseconds) { return nil }
      if time.rawValue &- state.answeredAt.rawValue > staleNanoseconds {
        guard nanoseconds != nil, state.askingCount > 0 else { return .failure(.unavailable) }
        // After a rest several threads find the keys too old at once: all ask, rather than fail while the first one does.
        state.askingCount += 1
        return nil
      }
      guard let index = state.entries.index(forKey: token.id) else {
        // The key may be new.
        if nanoseconds != nil, state.claimRefresh(at: time, after: missNanoseconds) { return nil }
        return .failure(.invalidKey)
      }
      if let verified = state.entries.values[index].verified {
        guard verified.hasSameSecret(as: token) else { return .failure(.invalidKey) }
      } else {
        let digest = hash(Array(token.text.utf8))
        guard Self.areEqual(digest, state.entries.values[index].hash) else { return .failure(.invalidKey) }
        state.entries.values[index].verified = token
      }
      guard time < state.entries.values[index].expiresAt else { return .failure(.invalidKey) }
      state.entries.values[index].lastUsedAt = time
      return .success(state.entries.values[index].principal)
    }
  }

  /// Compares digests in a time that depends only on their lengths.
  private static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }

  /// Asks the registry, for a thread that was counted as asking.
  private func refresh(at time: UnixNanoseconds) {
    defer { state.withLock { $0.askingCount -= 1 } }
    do throws(RegistryError) {
      let token = try registry.changeToken()
      let isUnchanged = state.withLock { state in
        guard state.changeToken == token else { return false }
        state.answeredAt = time
        return true
      }
      if !isUnchanged { try reload(at: time) }
    } catch {
      logger.warning("API keys could not be read again", LogField("error", error))
    }
  }

  private func reload(at time: UnixNanoseconds) throws(RegistryError) {
    // The token first: a change between the two reads is then seen as one more change.
    let token = try registry.changeToken()
    let keys = try registry.keys().filter { $0.isActive(at: time) }.suffix(RegistryLimits.activeKeyCountMax)
    state.withLock { state in
      let old = state.entries
      state.entries = [:]
      for key in keys {
        let principal = Principal(tenant: key.tenant, permissions: key.permissions, keyID: key.id.description)
        var entry = Entry(
          principal: principal, hash: key.hash, expiresAt: key.expiresAt ?? UnixNanoseconds(.max))
        if let known = old[key.id], known.hash == key.hash {
          entry.verified = known.verified
          entry.lastUsedAt = known.lastUsedAt
          entry.recordedUseAt = known.recordedUseAt
        }
        state.entries[key.id] = entry
      }
      for (id, entry) in old where entry.isUseUnrecorded && state.entries[id] == nil {
        guard state.usesOfEnded.count < RegistryLimits.activeKeyCountMax else { break }
        state.usesOfEnded[id] = entry.lastUsedAt
      }
      state.changeToken = token
      state.askedAt = time
      state.answeredAt = time
    }
  }
}
