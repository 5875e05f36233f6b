import HTTPClient
import HTTPTypes
import NetworkTestSupport
import TLS
import Testing

/// Goal: https against another implementation of TLS, well-behaved or not.
///
/// Method: servers of Python's `ssl` module.
@Suite(.serialized, .timeLimit(.minutes(2))) struct HTTPSTests {
  private static let peers = Result { try TLSPeers() }

  private func with(
    limits: HTTPClientLimits = HTTPClientLimits(), trusting authority: String? = nil,
    _ body: (HTTPClient, TLSPeers) async throws -> Void
  ) async throws {
    let peers = try Self.peers.get()
    let security = try TLSContext(trustedAuthoritiesFile: authority ?? peers.authority)
    let test = try TestClient(limits: limits, security: security)
    defer { test.stop() }
    try await body(test.client, peers)
  }

  private func text(_ client: HTTPClient, _ request: HTTPClientRequest) async throws -> String {
    String(decoding: try await client.send(request).collect(max: 1 << 20), as: UTF8.self)
  }

  /// The error of a request that must not succeed.
  private func failure(_ client: HTTPClient, _ url: HTTPURL) async throws -> HTTPClientError {
    let error = await #expect(throws: HTTPClientError.self) { _ = try await text(client, HTTPClientRequest(url: url)) }
    return try #require(error)
  }

  @Test(arguments: [("good", "localhost"), ("good", "127.0.0.1"), ("tls12", "localhost")])
  func `a certificate of a private authority is trusted, and the connection kept`(peer: String, host: String)
    async throws
  {
    try await with { client, peers in
      for number in 1...4 {
        let answer = try await text(client, HTTPClientRequest(url: peers.url(peer, host: host)))
        #expect(answer == "\(number)", "the number of the request on its connection")
      }
    }
  }

  @Test func `large bodies go both ways`() async throws {
    try await with { client, peers in
      let large = try await client.send(HTTPClientRequest(url: peers.url("good", "/large"))).collect(max: 8 << 20)
      #expect(large.count == 4 << 20)
      #expect(large.enumerated().allSatisfy { $0.element == UInt8(truncatingIfNeeded: $0.offset) })
      let body = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      let post = HTTPClientRequest(method: .post, url: try peers.url("good", "/echo"), body: .bytes(body))
      let echo = try await client.send(post).collect(max: 8 << 20)
      #expect(echo == body)
    }
  }

  @Test(arguments: [
    ("wrong-name", "localhost", "hostname mismatch"), ("wrong-name", "127.0.0.1", "IP address mismatch"),
    ("expired", "localhost", "certificate has expired"), ("self-signed", "localhost", "self-signed certificate"),
    ("plain", "localhost", "wrong version number"),
  ])
  func `a peer that cannot be trusted is refused with the reason`(peer: String, host: String, reason: String)
    async throws
  {
    try await with { client, peers in
      let error = try await failure(client, peers.url(peer, host: host))
      guard case .insecure = error else {
        Issue.record("\(error)")
        return
      }
      #expect("\(error)".contains(reason), "\(error)")
    }
  }

  @Test func `an authority that is not trusted is refused`() async throws {
    let peers = try Self.peers.get()
    // The system's trust store does not have the authority of a test.
    let test = try TestClient(security: TLSContext(trustedAuthoritiesFile: nil))
    defer { test.stop() }
    let error = try await failure(test.client, peers.url("good"))
    guard case .insecure = error else {
      Issue.record("\(error)")
      return
    }
    #expect("\(error)".contains("unable to get local issuer certificate"), "\(error)")
  }

  @Test func `a peer that never answers the handshake runs into the time limit`() async throws {
    var limits = HTTPClientLimits()
    // The peers that do answer must not run into it on a busy machine.
    limits.connectTimeout = .seconds(3)
    try await with(limits: limits) { client, peers in
      let error = try await failure(client, peers.url("dead"))
      guard case .timedOut(_, .connection) = error else {
        Issue.record("\(error)")
        return
      }
      let answer = try await text(client, HTTPClientRequest(url: peers.url("good")))
      #expect(answer == "1", "others are served")
    }
  }

  @Test func `a peer that closes in the handshake is an error`() async throws {
    try await with { client, peers in
      let error = try await failure(client, peers.url("closing"))
      guard case .handshakeEnded = error else {
        Issue.record("\(error)")
        return
      }
      #expect("\(error)".contains("begins with http://"))
    }
  }

  @Test func `an answer until the close is whole only with a close_notify`() async throws {
    try await with { client, peers in
      let whole = try await text(client, HTTPClientRequest(url: peers.url("ends")))
      #expect(whole == "until close")
      let known = try await text(client, HTTPClientRequest(url: peers.url("cut-with-length")))
      #expect(known == "ok", "its length says that it is whole")
      for name in ["cut", "cut-short", "cut-head"] {
        // Anybody on the way can send the end of a connection; taking it for the end of the answer would let them cut it.
        let error = try await failure(client, peers.url(name))
        guard case .connectionClosed = error else {
          Issue.record("\(name): \(error)")
          continue
        }
      }
    }
  }
}
