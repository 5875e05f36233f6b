import Base
import Compression
import HTTPServer
import HTTPTypes
import Synchronization
import System
import TestSupport
import Testing

/// Responses that are larger than what a loop compresses and a socket takes at once.
private struct LargeRouter: HTTPRouter {
  static let large = [UInt8]((0..<800_000).map { "{\"value\":\($0 &* 2_654_435_761 % 1_000)}" }.joined().utf8)

  func route(_ request: RequestView) -> HTTPRoute {
    switch request.path {
    case "/large": .collected(bodyBytesMax: 10) { _ in Self.response(Self.large) }
    case "/small": .collected(bodyBytesMax: 10) { _ in Self.response([UInt8](Self.large.prefix(8_000))) }
    case "/picture":
      .collected(bodyBytesMax: 10) { _ in
        HTTPResponse(contentType: "image/png", body: [UInt8](Self.large.prefix(8_000)))
      }
    case "/pieces": .collected(bodyBytesMax: 10) { _ in Self.stream([[1, 2, 3], Self.large, [], [4, 5]]) }
    case "/cut": .collected(bodyBytesMax: 10) { _ in Self.stream([Self.large, nil]) }
    default: .respond(HTTPResponse(contentType: "text/plain", body: [UInt8]("other".utf8)))
    }
  }

  private static func response(_ body: [UInt8]) -> HTTPResponse {
    HTTPResponse(contentType: "application/json", body: body)
  }

  /// A body in pieces; nil breaks it off.
  private static func stream(_ pieces: [[UInt8]?]) -> HTTPResponse {
    let next = Mutex(0)
    return HTTPResponse(
      fields: ["content-type": "text/csv"],
      body: .stream {
        let index = next.withLock { next in
          next += 1
          return next - 1
        }
        guard index < pieces.count else { return nil }
        guard let piece = pieces[index] else { throw ErrorReport(code: "gone", message: "the rest is gone") }
        return piece
      })
  }
}

/// Holds a thread back until it is opened, for 20 s at the most.
private final class Gate: Sendable {
  private let isOpen = Atomic<Bool>(false)
  private let arrived = Atomic<Int>(0)

  var arrivedCount: Int { arrived.load(ordering: .relaxed) }
  func open() { isOpen.store(true, ordering: .relaxed) }

  func pass() {
    arrived.add(1, ordering: .relaxed)
    for _ in 0..<20_000 where !isOpen.load(ordering: .relaxed) { Thread.sleep(for: .milliseconds(1)) }
  }
}

@Suite struct LargeResponseTests {
  private func get(_ harness: Harness, _ path: String, _ coding: String) throws -> (head: String, body: [UInt8]) {
    let client = try harness.client()
    try client.send(
      "GET \(path) HTTP/1.1\r\nhost: x\r\naccept-encoding: \(coding)\r\nconnection: close\r\n\r\n")
    return Self.split(try #require(try client.readBytes()))
  }

  private static func split(_ bytes: [UInt8]) -> (head: String, body: [UInt8]) {
    var index = 0
    while index + 4 <= bytes.count, bytes[index..<index + 4] != [13, 10, 13, 10] { index += 1 }
    return (String(decoding: bytes[..<index], as: UTF8.self), [UInt8](bytes.dropFirst(index + 4)))
  }

  /// The chunks of a body, and whether the last one ends it.
  private static func chunks(_ body: [UInt8]) -> (bytes: [UInt8], isWhole: Bool) {
    var bytes: [UInt8] = []
    var rest = body[...]
    while let end = rest.firstIndex(of: 13), let count = Int(String(decoding: rest[..<end], as: UTF8.self), radix: 16) {
      rest = rest[(end + 2)...]
      if count == 0 { return (bytes, true) }
      bytes += rest.prefix(count)
      rest = rest.dropFirst(count + 2)
    }
    return (bytes, false)
  }

  @Test(arguments: ["zstd", "gzip", "deflate", "identity"])
  func `a large body comes whole in the coding that the client accepts`(name: String) async throws {
    let harness = try Harness { _ in LargeRouter() }
    let (head, body) = try get(harness, "/large", name)
    let coding = try #require(ContentCoding(token: name))
    #expect(head.contains("content-encoding: \(name)") == (coding != .identity))
    #expect(head.contains("content-length: \(body.count)"))
    #expect((body.count < LargeRouter.large.count / 2) == (coding != .identity))
    let decoded = try StreamDecoder(coding, decodedBytesMax: LargeRouter.large.count).decode(body)
    #expect(decoded == LargeRouter.large)
    #expect(await harness.stop() == 0)
  }

  @Test(arguments: ["zstd", "gzip", "deflate", "identity"])
  func `a streamed body comes whole in the coding that the client accepts`(name: String) async throws {
    let harness = try Harness { _ in LargeRouter() }
    let (head, body) = try get(harness, "/pieces", name)
    let coding = try #require(ContentCoding(token: name))
    #expect(head.contains("content-encoding: \(name)") == (coding != .identity))
    let chunks = Self.chunks(body)
    #expect(chunks.isWhole)
    let decoded = try StreamDecoder(coding, decodedBytesMax: 1 << 30).decode(chunks.bytes)
    #expect(decoded == [1, 2, 3] + LargeRouter.large + [4, 5])
    #expect(await harness.stop() == 0)
  }

  @Test(arguments: ["gzip", "identity"])
  func `a body that breaks off does not look whole`(name: String) async throws {
    let harness = try Harness { _ in LargeRouter() }
    let (head, body) = try get(harness, "/cut", name)
    #expect(head.hasPrefix("HTTP/1.1 200 "))
    #expect(!Self.chunks(body).isWhole)
    #expect(await harness.stop() == 0)
  }

  @Test(arguments: ["/large", "/pieces"])
  func `the loop serves others while a large body is compressed`(path: String) async throws {
    let gate = Gate()
    let harness = try Harness(willEncode: { gate.pass() }) { _ in LargeRouter() }
    var client: SocketClient? = try harness.client()
    try client?.send("GET \(path) HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\nconnection: close\r\n\r\n")
    await eventually { gate.arrivedCount == 1 }
    // There is one loop. It compresses a small body itself meanwhile.
    #expect(try get(harness, "/other", "gzip").body == Array("other".utf8))
    #expect(try get(harness, "/small", "gzip").head.contains("content-encoding: gzip"))
    #expect(gate.arrivedCount == 1)
    gate.open()
    #expect(Self.split(try #require(try client?.readBytes())).head.contains("content-encoding: gzip"))
    client = nil
    #expect(await harness.stop() == 0)
  }

  @Test func `what does not compress is sent as it is`() async throws {
    let harness = try Harness { _ in LargeRouter() }
    let (head, body) = try get(harness, "/picture", "gzip, zstd")
    #expect(!head.contains("content-encoding"))
    #expect(body.count == 8_000)
    #expect(await harness.stop() == 0)
  }

  @Test(arguments: ["/large", "/pieces"])
  func `a client that takes little at a time is cut off`(path: String) async throws {
    var limits = HTTPServerLimits()
    limits.writeTimeout = .milliseconds(100)
    // More than any client of the test reads.
    limits.writeBytesPerSecondMin = 1 << 40
    let harness = try Harness(limits) { _ in LargeRouter() }
    let client = try harness.client()
    try client.send("GET \(path) HTTP/1.1\r\nhost: x\r\naccept-encoding: identity\r\nconnection: close\r\n\r\n")
    await eventually { harness.server.statistics.connectionsOpen == 1 }
    // It reads on and on, but never catches up.
    let taken = try client.readSlowly { harness.server.statistics.connectionsOpen == 0 }
    #expect(taken < LargeRouter.large.count)
    #expect(harness.server.statistics.connectionsTimedOut == 1)
    #expect(await harness.stop() == 0)
  }
}
