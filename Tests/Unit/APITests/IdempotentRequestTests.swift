import APITestSupport
import Base
import HTTPTypes
import Identity
import JSON
import RegistrySQLite
import Synchronization
import TLS
import Testing

@testable import API

/// Goal: a change is made once and answered, whatever the registry fails with around it.
///
/// Method: two endpoints that count how often they work, one with a document and one without, over a registry whose
/// calls fail one by one.
@Suite struct IdempotentRequestTests {
  private let registry: FailingRegistry
  private let api: CheckedAPI
  private let count = Counter()

  private final class Counter: Sendable {
    let value = Atomic<Int>(0)
    let fails = Atomic<Bool>(false)

    func next() -> Int { value.add(1, ordering: .relaxed).newValue }
  }

  private struct Failure: Error {}

  init() throws {
    let registry = FailingRegistry(try SQLiteRegistry(path: ":memory:", now: UnixNanoseconds(1)))
    self.registry = registry
    let count = count
    func definition(_ path: String) -> EndpointDefinition {
      EndpointDefinition(
        .post, path, name: path, summary: "", tag: "", permission: .edit, response: .empty())
    }
    let plain = Endpoint<Void>(definition("/api/v1/plain")) { _ in
      let number = count.next()
      if count.fails.load(ordering: .relaxed) { throw Failure() }
      return HTTPResponse(contentType: "text/plain", body: Array("\(number)".utf8))
    }
    let document = Endpoint<Void>(definition("/api/v1/document")) { call in
      let number = count.next()
      return try call.put(
        DocumentReference(tenant: .default, kind: "thing", id: "a"), "thing", name: nil, body: [1], in: registry
      ) { HTTPResponse(contentType: "text/plain", body: Array("\(number), revision \($0.revision)".utf8)) }
    }
    api = CheckedAPI(
      [plain, document], repeats: IdempotentRequests(store: registry, hash: { SHA256.digest($0) }),
      now: { UnixNanoseconds(1_795_248_000_000_000_000) })
  }

  private func send(
    _ path: String, key: String = "k", body: String = ""
  ) async throws -> (status: Int, body: String) {
    let request = HTTPRequest(
      method: .post, path: "/api/v1" + path, query: "",
      fields: HTTPFields([.init(name: "idempotency-key", value: key)]),
      body: Array(body.utf8))
    let response = try await api.handle(
      request, principal: Principal(tenant: .default, permissions: [.edit], keyID: nil))
    guard case .bytes(let bytes) = response.body else { return (response.status, "") }
    return (response.status, String(decoding: bytes, as: UTF8.self))
  }

  @Test func `a change of a document keeps its response in its own transaction`() async throws {
    registry.fail([.complete, .abandon])
    #expect(try await send("/document") == (200, "1, revision 1"))
    #expect(try await send("/document") == (200, "1, revision 1"))
    #expect(count.value.load(ordering: .relaxed) == 1)
  }

  @Test func `a response that could not be kept is sent, and kept when the key comes again`() async throws {
    registry.fail([.complete])
    #expect(try await send("/plain") == (200, "1"))
    let refused = try await send("/plain")
    #expect(refused.status == 503)
    #expect(
      refused.body.contains("The registry, which keeps tenants, keys and what is edited, cannot be read or written"))
    registry.fail([])
    #expect(try await send("/plain") == (200, "1"))
    #expect(try await send("/plain") == (200, "1"))
    #expect(try await send("/plain", body: "other").status == 422)
    #expect(count.value.load(ordering: .relaxed) == 1)
  }

  @Test func `a key is free again after a failure, also when the registry could not free it`() async throws {
    registry.fail([.put, .abandon])
    #expect(try await send("/document").status == 503)
    #expect(try await send("/document").status == 503)
    registry.fail([.abandon])
    #expect(try await send("/document").status == 503)
    registry.fail([])
    #expect(try await send("/document") == (200, "2, revision 1"))
    #expect(try await send("/document") == (200, "2, revision 1"))
  }

  @Test func `keys that the registry could not free are freed after another request, whoever comes again`() async throws
  {
    registry.fail([.put, .abandon])
    for number in 0..<300 { #expect(try await send("/document", key: "failed \(number)").status == 503) }
    registry.fail([])
    // Each takes eight.
    for number in 0..<38 { #expect(try await send("/plain", key: "other \(number)").status == 200) }
    for number in 0..<300 {
      let request = IdempotentRequest(tenant: .default, key: "failed \(number)")
      let fingerprint = [UInt8](repeating: 1, count: IdempotencyLimits.fingerprintBytes)
      #expect(
        try registry.begin(request, fingerprint: fingerprint, at: UnixNanoseconds(1_795_248_000_000_000_001)) == .new)
    }
  }

  @Test func `the failure of the work is what the client gets, not that of the registry after it`() async throws {
    count.fails.store(true, ordering: .relaxed)
    registry.fail([.abandon])
    #expect(try await send("/plain").body.contains("The store is not available"))
    registry.fail([])
    count.fails.store(false, ordering: .relaxed)
    #expect(try await send("/plain", body: "another request") == (200, "2"))
  }

  @Test func `nothing is done where the registry cannot begin`() async throws {
    registry.fail([.begin])
    #expect(try await send("/plain").status == 503)
    #expect(count.value.load(ordering: .relaxed) == 0)
  }
}
