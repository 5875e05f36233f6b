import Base
import EventLoop
import HTTPServer
import HTTPTypes
import System
import TestSupport
import Testing

/// Small routes of every kind.
private struct TestRouter: HTTPRouter {
  private let pool: WorkerPool

  init(_ pool: WorkerPool) { self.pool = pool }

  func route(_ request: RequestView) -> HTTPRoute {
    switch request.path {
    case "/echo":
      return unsafe .raw(bodyBytesMax: 1000) { body, responder in
        responder.complete(status: 200, contentType: "text/plain", body: unsafe [UInt8](body))
      }
    case "/later":
      return unsafe .raw(bodyBytesMax: 1000) { body, responder in
        let answer = unsafe [UInt8](body)
        let refusal = pool.submit { responder.complete(status: 200, contentType: "text/plain", body: answer) }
        #expect(refusal == nil)
      }
    case "/head": return .respond(HTTPResponse(contentType: "text/plain", body: [UInt8](describe(request).utf8)))
    case "/collected":
      return .collected(bodyBytesMax: 1000) { request in
        HTTPResponse(contentType: "text/plain", body: [UInt8]("\(request.body.count)".utf8))
      }
    case "/stream":
      return .streaming { _, body, writer in
        try await writer.begin(status: 200, fields: [:])
        while let piece = try await body.next() { try await writer.write(piece) }
      }
    case "/broken": return .streaming { _, _, _ in throw StreamError.peerGone }
    default: return .respond(HTTPResponse(status: 404))
    }
  }

  private func describe(_ request: RequestView) -> String {
    """
    \(request.method) \(request.path)?\(request.query) \(request.field("X-Test") ?? "none") \
    \(request.field("host") ?? "") \(request.isPath("/head")) \(request.hasPathPrefix("/he")) \(request.isTLS) \
    \(request.listener)
    """
  }
}

private func bodies(of answer: String?) -> [String] {
  (answer ?? "").split(separator: "HTTP/1.1 ").map { part in
    part.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false).dropFirst().joined()
  }
}

@Suite struct HTTPServerTests {
  @Test(arguments: ["/echo", "/later", "/stream"])
  func `requests sent at once are answered in order, whoever completes them`(path: String) async throws {
    let harness = try Harness(router: TestRouter.init)
    var text = ""
    for index in 0..<5 { text += "POST \(path) HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\n\(index)" }
    text += "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\nconnection: close\r\n\r\nend"
    let answer = bodies(of: try harness.exchange(text))
    let expected = (0..<5).map { path == "/stream" ? "1\r\n\($0)\r\n0\r\n\r\n" : "\($0)" } + ["end"]
    #expect(answer == expected)
    #expect(await harness.stop() == 0)
  }

  @Test func `a request that comes byte by byte is understood`() async throws {
    let harness = try Harness(router: TestRouter.init)
    let client = try harness.client()
    let text =
      "POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    for character in text { try client.send(String(character)) }
    #expect(bodies(of: try client.readToEnd()) == ["abc"])
    #expect(await harness.stop() == 0)
  }

  @Test func `a router sees the parts of the head`() async throws {
    let harness = try Harness(router: TestRouter.init)
    let answer = try harness.exchange(
      "GET /head?a=1 HTTP/1.1\r\nHost: example.org\r\nx-TEST: yes\r\nconnection: close\r\n\r\n")
    #expect(bodies(of: answer) == ["GET /head?a=1 yes example.org true true false 0"])
    #expect(await harness.stop() == 0)
  }

  @Test(arguments: [
    ("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 1001\r\n\r\n", "413", "payload_too_large"),
    (
      "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-encoding: br\r\ncontent-length: 1\r\n\r\nx", "415", "unsupported_media"
    ),
    ("GET /echo HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n", "400", "bad_request"),
    ("GET /broken HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", "500", "internal_error"),
  ])
  func `what cannot be served is answered with a problem, and the connection does not stay`(
    text: String, status: String, code: String
  ) async throws {
    let harness = try Harness(router: TestRouter.init)
    // The client goes with the closure: the server waits two seconds for one that stays.
    let answer = try #require(
      try {
        let client = try harness.client()
        try client.send(text)
        return try client.read { $0.contains("}") }
      }())
    #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
    #expect(answer.contains("application/problem+json"))
    #expect(answer.contains("\"\(code)"))
    #expect(await harness.stop() == 0)
  }

  @Test func `statistics count connections, answers and bytes`() async throws {
    let harness = try Harness(router: TestRouter.init)
    let requests = [
      "GET /nothing HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
      "POST /echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\nab",
    ]
    let answers = try requests.map { try #require(try harness.exchange($0)) }
    #expect(await harness.stop() == 0)
    let statistics = harness.server.statistics
    #expect(statistics.connectionsAccepted == 2)
    #expect(statistics.connectionsOpen == 0)
    #expect(statistics.requestsHTTP1 == 2)
    #expect(statistics.bytesSent == answers.map(\.utf8.count).reduce(0, +))
    #expect(statistics.answersByClass == [0, 1, 0, 1, 0])
    #expect(statistics.bytesReceived == requests.map(\.utf8.count).reduce(0, +))
  }

  @Test func `bodies beyond what strangers may hold are refused until there is room`() async throws {
    var limits = HTTPServerLimits()
    limits.heldBytesMax = 1300
    let harness = try Harness(limits, router: TestRouter.init)
    let held = try harness.client()
    try held.send("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\n\r\n" + String(repeating: "a", count: 400))
    await eventually { harness.server.statistics.bytesReceived >= 400 }
    let refused = try harness.client()
    try refused.send(
      "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\n\r\n" + String(repeating: "b", count: 400))
    #expect(try refused.read { $0.contains("unavailable") }?.hasPrefix("HTTP/1.1 503 ") == true)
    try held.send(String(repeating: "a", count: 100))
    #expect(bodies(of: try held.read { $0.hasSuffix("aaaa") }).first?.count == 500)
    #expect(await harness.stop() == 0)
  }

  @Test func `a drain answers what was begun and cuts what never ends`() async throws {
    let harness = try Harness(router: TestRouter.init)
    let client = try harness.client()
    try client.send("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\na")
    await eventually { harness.server.statistics.bytesReceived > 0 }
    async let cut = harness.server.drain(deadline: .seconds(20))
    // The port is closed once the drain has begun.
    await eventually { (try? harness.client()) == nil }
    try client.send("b")
    let answer = try client.readToEnd()
    #expect(bodies(of: answer) == ["ab"])
    #expect(answer?.contains("connection: close") == true)
    #expect(await cut == 0)
    harness.loops.stop()
    harness.pool.stop()

    let other = try Harness(router: TestRouter.init)
    let stuck = try other.client()
    try stuck.send("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\na")
    await eventually { other.server.statistics.bytesReceived > 0 }
    #expect(await other.server.drain(deadline: .milliseconds(10)) == 1)
    other.loops.stop()
    other.pool.stop()
  }
}
