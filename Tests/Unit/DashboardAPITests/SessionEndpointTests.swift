import APITestSupport
import Base
import HTTPTypes
import Identity
import JSON
import Testing

@testable import DashboardAPI

/// Goal: a browser keeps the key of a person and gives it back; nobody else sees it.
///
/// Method: the endpoints by themselves; responses are held against the OpenAPI document.
@Suite struct SessionEndpointTests {
  private static let key = APIKeyToken(randomBytes: Array(0..<UInt8(APIKeyToken.randomByteCount))).text

  private static func call(
    _ method: HTTPMethod, _ fields: HTTPFields = [:], isEncrypted: Bool = false, permissions: Set<Permission> = [.query]
  ) async throws -> HTTPResponse {
    let api = CheckedAPI(
      SessionEndpoints(isKeyRequired: true, isEncrypted: isEncrypted).endpoints, now: { UnixNanoseconds(1) })
    return try await api.handle(
      HTTPRequest(method: method, path: "/api/v1/session", query: "", fields: fields, body: []),
      principal: Principal(tenant: .default, permissions: permissions, keyID: "key-1"))
  }

  @Test func `a key is kept out of reach of scripts and of other sites`() async throws {
    let response = try await Self.call(.post, ["authorization": "Bearer \(Self.key)"])
    #expect(response.status == 204)
    let cookie = try #require(response.fields["set-cookie"])
    #expect(cookie.hasPrefix("axonize_key=\(Self.key); Path=/;"))
    #expect(cookie.contains("HttpOnly; SameSite=Strict"))
    #expect(!cookie.contains("Secure"))
    let encrypted = try await Self.call(.post, ["authorization": "Bearer \(Self.key)"], isEncrypted: true)
    #expect(encrypted.fields["set-cookie"]?.hasPrefix("__Host-axonize_key=") == true)
    #expect(encrypted.fields["set-cookie"]?.hasSuffix("; Secure") == true)
  }

  @Test(arguments: [HTTPMethod.delete, .post])
  func `the key is forgotten on request, and where a request has none to keep`(method: HTTPMethod) async throws {
    let response = try await Self.call(method, method == .post ? ["authorization": "Bearer axz_nonsense"] : [:])
    #expect(response.status == 204)
    #expect(response.fields["set-cookie"]?.hasPrefix("axonize_key=; Path=/; Max-Age=0;") == true)
  }

  @Test func `a session says what its key may do`() async throws {
    let response = try await Self.call(.get, permissions: [.query, .edit])
    guard case .bytes(let body) = response.body else { return }
    let expected = #"{"data":{"key_id":"key-1","permissions":["query","edit"],"key_required":true}}"#
    #expect(String(decoding: body, as: UTF8.self) == expected)
  }

  @Test(arguments: [HTTPMethod.get, .post, .delete])
  func `every request needs a key that may query`(method: HTTPMethod) async throws {
    #expect(try await Self.call(method, permissions: [.ingest]).status == 403)
  }
}
