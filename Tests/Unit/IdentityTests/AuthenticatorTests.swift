import Base
import Identity
import RegistrySQLite
import Synchronization
import TLS
import Testing

/// A wall clock that a test moves.
private final class Clock: Sendable {
  private let nanoseconds = Atomic<Int64>(1_795_248_000_000_000_000)
  var now: UnixNanoseconds { UnixNanoseconds(nanoseconds.load(ordering: .relaxed)) }
  func advance(milliseconds: Int64) { nanoseconds.add(milliseconds * 1_000_000, ordering: .relaxed) }
}

/// A registry that counts and can be made to fail.
private final class ProbedRegistry: Registry {
  let inner: SQLiteRegistry
  let readCount = Atomic<Int>(0)
  let askCount = Atomic<Int>(0)
  let isBroken = Atomic<Bool>(false)
  /// What happens while the registry is asked the next time.
  let whileAsked = Mutex<(@Sendable () -> Void)?>(nil)

  init() throws { inner = try SQLiteRegistry(path: ":memory:", now: UnixNanoseconds(0)) }

  private func fail() throws(RegistryError) {
    if isBroken.load(ordering: .relaxed) { throw RegistryError(kind: .unavailable, message: "broken") }
  }

  func check() throws(RegistryError) { try inner.check() }
  func tenants() throws(RegistryError) -> [Tenant] { try inner.tenants() }
  func createTenant(name: String, at time: UnixNanoseconds) throws(RegistryError) -> Tenant {
    try inner.createTenant(name: name, at: time)
  }
  func keys() throws(RegistryError) -> [APIKey] {
    readCount.add(1, ordering: .relaxed)
    try fail()
    return try inner.keys()
  }
  func createKey(_ key: APIKey) throws(RegistryError) { try inner.createKey(key) }
  func revokeKey(_ id: APIKeyID, at time: UnixNanoseconds) throws(RegistryError) -> APIKey {
    try inner.revokeKey(id, at: time)
  }
  func recordUse(of keys: [APIKeyID: UnixNanoseconds]) throws(RegistryError) {
    try fail()
    try inner.recordUse(of: keys)
  }
  func changeToken() throws(RegistryError) -> Int64 {
    askCount.add(1, ordering: .relaxed)
    let action = whileAsked.withLock { action in
      defer { action = nil }
      return action
    }
    action?()
    try fail()
    return try inner.changeToken()
  }
  func setting(_ name: String, of tenant: TenantID) throws(RegistryError) -> String? {
    try inner.setting(name, of: tenant)
  }
  func setSetting(_ name: String, of tenant: TenantID, to value: String?, at time: UnixNanoseconds)
    throws(RegistryError)
  { try inner.setSetting(name, of: tenant, to: value, at: time) }
}

struct AuthenticatorTests {
  private let clock = Clock()
  private let registry: ProbedRegistry

  init() throws { registry = try ProbedRegistry() }

  private func authenticator(_ mode: AccessMode = .keysRequired) throws -> Authenticator {
    try Authenticator(registry: registry, mode: mode, hash: SHA256.digest, now: { [clock] in clock.now })
  }

  private func issue(
    _ permissions: Set<Permission> = [.ingest], tenant: TenantID = .default, validity: Duration? = nil
  ) throws -> (key: APIKey, token: APIKeyToken) {
    let issuer = APIKeyIssuer(
      registry: registry, hash: SHA256.digest, random: { SecureRandom.bytes(count: $0) }, now: { [clock] in clock.now })
    return try issuer.issue(name: "test", tenant: tenant, permissions: permissions, validity: validity)
  }

  /// Base64 of text, for credentials of the scheme Basic.
  private func base64(_ text: String) -> String {
    let bytes = Array(text.utf8)
    return unsafe String(unsafeUninitializedCapacity: Base64.encodedCount(bytes.count)) { target in
      guard let base = target.baseAddress else { return 0 }
      // SAFETY: the string has room for the encoded count.
      unsafe bytes.withUnsafeBytes { unsafe Base64.encode($0, to: base) }
      return Base64.encodedCount(bytes.count)
    }
  }

  @Test(arguments: [
    "Bearer KEY", "bearer KEY", "Token KEY", "Basic b64(pk-lf-1:KEY)", "BASIC b64(KEY:)", "Basic b64(:KEY)", "KEY",
  ])
  func `a key may come in every way in which SDKs send theirs`(form: String) throws {
    let issued = try issue()
    let key = issued.token.text
    let field =
      if let start = form.firstIndex(of: "(") {
        "\(form.prefix { $0 != " " }) "
          + base64(String(form[form.index(after: start)...].dropLast()).replacing("KEY", with: key))
      } else {
        form.replacing("KEY", with: key)
      }
    let authenticator = try authenticator()
    let found = authenticator.authenticate(authorization: field, apiKey: nil, isLoopback: true)
    #expect(try found.get().keyID == issued.key.id.description)
    // One character less is another key, in every form.
    let wrong =
      field.hasPrefix("B") && form.contains("(")
      ? "Basic " + base64("user:" + key.dropLast()) : String(field.dropLast())
    #expect(authenticator.authenticate(authorization: wrong, apiKey: nil, isLoopback: true) == .failure(.invalidKey))
  }

  @Test(arguments: [
    "Basic b64(user:password)", "Basic b64(user)", "Basic ?", "Basic ", "Basic", "Digest x", "", "other",
  ])
  func `a credential of another system is not a key, and is ignored where none is needed`(form: String) throws {
    let field = form.contains("(") ? "Basic " + base64(String(form.dropFirst(10).dropLast())) : form
    let strict = try authenticator().authenticate(authorization: field, apiKey: nil, isLoopback: true)
    #expect(strict == .failure(.invalidKey))
    let keyless = try authenticator(.keyless(tenant: .default, loopbackOnly: true))
    let found = keyless.authenticate(authorization: field, apiKey: nil, isLoopback: true)
    #expect(try found.get().tenant == .default)
  }

  private func bearer(_ authenticator: Authenticator, _ text: String) -> Result<Principal, AuthenticationFailure> {
    authenticator.authenticate(authorization: "Bearer " + text, apiKey: nil, isLoopback: true)
  }

  @Test(arguments: ["Bearer ", "bearer ", "BEARER ", nil])
  func `a key opens its tenant with its permissions, from either field`(scheme: String?) throws {
    let tenant = try registry.createTenant(name: "blue", at: clock.now).id
    let (key, token) = try issue([.query], tenant: tenant)
    let result = try authenticator().authenticate(
      authorization: scheme.map { $0 + token.text }, apiKey: scheme == nil ? token.text : nil, isLoopback: false)
    #expect(result == .success(Principal(tenant: tenant, permissions: [.query], keyID: key.id.description)))
    let principal = try result.get()
    #expect(Permission.allCases.filter { principal.may($0) } == [.query])
  }

  @Test func `a key whose secret differs in any character is refused, before and after its first use`() throws {
    let token = try issue().token.text
    let authenticator = try authenticator()
    for round in 0..<2 {
      for index in 17..<token.count {
        var characters = Array(token)
        characters[index] = characters[index] == "a" ? "b" : "a"
        #expect(bearer(authenticator, String(characters)) == .failure(.invalidKey), "\(round) \(index)")
      }
      #expect(throws: Never.self) { try bearer(authenticator, token).get() }
    }
  }

  @Test(arguments: [
    "axz_", "axz_abc", "axz_aaaaaaaaaaaa_" + String(repeating: "a", count: 39),
    "axz_aaaaaaaaaaaa_" + String(repeating: "a", count: 41), "axz_aaaaaaaaaaaa_" + String(repeating: "1", count: 40),
    "axz_aaaaaaaaaaaa-" + String(repeating: "a", count: 40), "axz_aaaaaaaaaaaa_" + String(repeating: "A", count: 40),
  ])
  func `what is no key is refused, and also where no key is needed`(text: String) throws {
    #expect(bearer(try authenticator(), text) == .failure(.invalidKey))
    let open = try authenticator(.keyless(tenant: .default, loopbackOnly: false))
    #expect(bearer(open, text) == .failure(.invalidKey))
  }

  @Test(arguments: [
    (nil, nil, AuthenticationFailure.missingKey), ("Basic YTpi", nil, .invalidKey), ("Bearer", nil, .invalidKey),
    ("", nil, .invalidKey), ("Bearer ", nil, .invalidKey), (nil, "secret", .invalidKey), (nil, "", .invalidKey),
  ])
  func `credentials of others count only where none is needed`(
    authorization: String?, apiKey: String?, failure: AuthenticationFailure
  ) throws {
    func ask(_ mode: AccessMode, isLoopback: Bool) throws -> Result<Principal, AuthenticationFailure> {
      try authenticator(mode).authenticate(authorization: authorization, apiKey: apiKey, isLoopback: isLoopback)
    }
    let local = AccessMode.keyless(tenant: .default, loopbackOnly: true)
    let everyone = Principal(tenant: .default, permissions: Set(Permission.allCases), keyID: nil)
    #expect(try ask(.keysRequired, isLoopback: true) == .failure(failure))
    #expect(try ask(local, isLoopback: true) == .success(everyone))
    #expect(try ask(local, isLoopback: false) == .failure(failure))
    #expect(try ask(.keyless(tenant: .default, loopbackOnly: false), isLoopback: false) == .success(everyone))
  }

  @Test func `a new key works at once although the keys were read before`() throws {
    let authenticator = try authenticator()
    clock.advance(milliseconds: 11)
    let token = try issue().token.text
    #expect(throws: Never.self) { try bearer(authenticator, token).get() }
  }

  @Test func `a revoked key ends within the refresh interval`() throws {
    let authenticator = try authenticator()
    clock.advance(milliseconds: 11)
    let (key, token) = try issue()
    #expect(throws: Never.self) { try bearer(authenticator, token.text).get() }
    _ = try registry.revokeKey(key.id, at: clock.now)
    clock.advance(milliseconds: 1000)
    #expect(bearer(authenticator, token.text) == .failure(.invalidKey))
  }

  @Test func `an expired key ends at its time`() throws {
    let token = try issue(validity: .seconds(10)).token.text
    let authenticator = try authenticator()
    clock.advance(milliseconds: 9_999)
    #expect(throws: Never.self) { try bearer(authenticator, token).get() }
    clock.advance(milliseconds: 1)
    #expect(bearer(authenticator, token) == .failure(.invalidKey))
  }

  @Test func `a flood of unknown keys does not reach the registry`() throws {
    let authenticator = try authenticator()
    clock.advance(milliseconds: 20)
    for _ in 0..<1000 {
      let token = APIKeyToken(randomBytes: SecureRandom.bytes(count: APIKeyToken.randomByteCount))
      #expect(bearer(authenticator, token.text) == .failure(.invalidKey))
    }
    #expect(registry.askCount.load(ordering: .relaxed) == 2)
    #expect(registry.readCount.load(ordering: .relaxed) == 1)
  }

  @Test func `known keys go on for a while when the registry fails, then are unavailable until it works again`() throws
  {
    let token = try issue().token.text
    let authenticator = try authenticator()
    registry.isBroken.store(true, ordering: .relaxed)
    clock.advance(milliseconds: 59_000)
    #expect(throws: Never.self) { try bearer(authenticator, token).get() }
    clock.advance(milliseconds: 2_000)
    #expect(bearer(authenticator, token) == .failure(.unavailable))
    registry.isBroken.store(false, ordering: .relaxed)
    clock.advance(milliseconds: 1_000)
    #expect(throws: Never.self) { try bearer(authenticator, token).get() }
  }

  @Test func `a request that comes while another asks after a rest is served as well`() throws {
    let token = try issue().token.text
    let authenticator = try authenticator()
    clock.advance(milliseconds: 120_000)
    let other = Found()
    registry.whileAsked.withLock { action in
      action = {
        let found = authenticator.authenticate(authorization: "Bearer " + token, apiKey: nil, isLoopback: true)
        other.result.withLock { $0 = found }
      }
    }
    #expect(throws: Never.self) { try bearer(authenticator, token).get() }
    let found = try #require(other.result.withLock { $0 })
    #expect(throws: Never.self) { try found.get() }
  }

  private final class Found: Sendable {
    let result = Mutex<Result<Principal, AuthenticationFailure>?>(nil)
  }

  @Test func `a broken registry is asked once in a while, not for each request`() throws {
    let token = try issue().token.text
    let authenticator = try authenticator()
    registry.isBroken.store(true, ordering: .relaxed)
    clock.advance(milliseconds: 120_000)
    for _ in 0..<100 { #expect(bearer(authenticator, token) == .failure(.unavailable)) }
    #expect(registry.askCount.load(ordering: .relaxed) == 2)
  }

  @Test func `what a live answer asks: whether its key still counts`() throws {
    let authenticator = try authenticator()
    clock.advance(milliseconds: 11)
    let (key, token) = try issue([.query], validity: .seconds(100))
    let principal = try bearer(authenticator, token.text).get()
    #expect(authenticator.isActive(principal))
    clock.advance(milliseconds: 99_000)
    #expect(authenticator.isActive(principal))
    clock.advance(milliseconds: 1_000)
    #expect(!authenticator.isActive(principal))
    let (second, secondToken) = try issue([.query])
    clock.advance(milliseconds: 11)
    let other = try bearer(authenticator, secondToken.text).get()
    _ = try registry.revokeKey(second.id, at: clock.now)
    clock.advance(milliseconds: 1_000)
    #expect(!authenticator.isActive(other))
    #expect(key.id != second.id)
    #expect(authenticator.isActive(Principal(tenant: .default, permissions: [.query], keyID: nil)))
  }

  @Test func `the last use is written when asked for, and again after a failure`() throws {
    let (_, token) = try issue()
    let authenticator = try authenticator()
    try authenticator.recordUse()
    #expect(try registry.keys().map(\.lastUsedAt) == [nil])
    clock.advance(milliseconds: 5)
    _ = bearer(authenticator, token.text)
    let time = clock.now
    registry.isBroken.store(true, ordering: .relaxed)
    #expect(throws: RegistryError.self) { try authenticator.recordUse() }
    registry.isBroken.store(false, ordering: .relaxed)
    try authenticator.recordUse()
    #expect(try registry.keys().map(\.lastUsedAt) == [time])
  }

  @Test func `the last use of a key that is revoked before it was written is written all the same`() throws {
    let (key, token) = try issue()
    let authenticator = try authenticator()
    clock.advance(milliseconds: 5)
    _ = try bearer(authenticator, token.text).get()
    let time = clock.now
    _ = try registry.revokeKey(key.id, at: time)
    clock.advance(milliseconds: 1_000)
    #expect(throws: AuthenticationFailure.invalidKey) { try bearer(authenticator, token.text).get() }
    registry.isBroken.store(true, ordering: .relaxed)
    #expect(throws: RegistryError.self) { try authenticator.recordUse() }
    registry.isBroken.store(false, ordering: .relaxed)
    try authenticator.recordUse()
    #expect(try registry.keys().map(\.lastUsedAt) == [time])
  }

  @Test func `a token shows its secret only when asked for its text`() throws {
    let (key, token) = try issue()
    #expect(token.text.count == 57)
    #expect(token.text.hasPrefix("axz_\(key.id)_"))
    #expect("\(token) \(String(reflecting: token))" == "axz_\(key.id)_… axz_\(key.id)_…")
    #expect(key.hash == SHA256.digest(Array(token.text.utf8)))
    #expect(APIKeyToken(Array(token.text.utf8).span)?.text == token.text)
    #expect(APIKeyID(key.id.description) == key.id)
  }
}
