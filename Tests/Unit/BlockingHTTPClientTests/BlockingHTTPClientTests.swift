import BlockingHTTPClient
import Glibc
import HTTPTypes
import Synchronization
import System
import Testing

/// A server on a thread of its own that takes one connection, reads a request and responds with fixed parts.
private final class AnsweringServer: Sendable {
  private let parts: [String]
  private let heard = Mutex("")

  init(parts: [String]) { self.parts = parts }

  /// The request.
  var request: String { heard.withLock { $0 } }

  func run(_ body: (ServerURL) throws -> Void) throws {
    let address = try #require(SocketAddress(host: "127.0.0.1", port: 0))
    let listener = try Socket.listen(address, sharingPort: false)
    let number = listener.rawValue
    let port = try #require(try Socket.localAddress(of: number)).port
    let thread = try System.Thread(name: "answer") { self.serve(number) }
    let url = try #require(ServerURL("http://127.0.0.1:\(port)"))
    let result = Result { try body(url) }
    thread.join()
    try result.get()
  }

  private static func isWhole(_ request: String) -> Bool {
    guard let end = request.firstRange(of: "\r\n\r\n") else { return false }
    let length = request[..<end.lowerBound].firstRange(of: "content-length: ").flatMap { range in
      Int(request[range.upperBound...].prefix { $0.isNumber })
    }
    return request[end.upperBound...].utf8.count >= length ?? 0
  }

  private func serve(_ listener: Int32) {
    var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&entry, 1, 10_000) == 1 else { return }
    let connection = accept(listener, nil, nil)
    guard connection >= 0 else { return }
    defer { close(connection) }
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !Self.isWhole(text) {
      let count = unsafe read(connection, &buffer, buffer.count)
      guard count > 0 else { return }
      text += String(decoding: buffer[..<count], as: UTF8.self)
    }
    heard.withLock { $0 = text }
    for part in parts {
      let bytes = Array(part.utf8)
      unsafe send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
      usleep(2000)
    }
  }
}

struct BlockingHTTPClientTests {
  @Test(arguments: [
    ["HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"],
    ["HTTP/1.1 200 OK\r\ncontent-len", "gth: 5\r\n\r\nhe", "llo"],
    [
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n",
      "2\r\nlo\r\n0\r\n\r\n",
    ],
    ["HTTP/1.1 200 OK\r\n\r\nhel", "lo"],
  ])
  func `an answer comes whole however it is framed and cut`(parts: [String]) throws {
    let answering = AnsweringServer(parts: parts)
    try answering.run { server in
      let answer = try BlockingHTTPClient(server: server).send(
        BlockingHTTPRequest(.get, "/a?b=c", fields: ["x-api-key": "k"]))
      #expect(answer.status == 200)
      #expect(String(decoding: answer.body, as: UTF8.self) == "hello")
      #expect(answering.request.hasPrefix("GET /a?b=c HTTP/1.1\r\nhost: \(server.authority)\r\nx-api-key: k\r\n"))
    }
  }

  @Test func `a request with a body is sent whole, and fields of the response come back`() throws {
    let answering = AnsweringServer(parts: ["HTTP/1.1 204 No Content\r\netag: \"7\"\r\n\r\n"])
    let body = String(repeating: "x", count: 100_000)
    try answering.run { server in
      let head = try BlockingHTTPClient(server: server).stream(
        BlockingHTTPRequest(.put, "/a", fields: ["if-match": "\"6\""], body: Array(body.utf8))
      ) { _, _ in true }
      #expect(head.status == 204)
      #expect(head.fields["etag"] == "\"7\"")
    }
    #expect(answering.request.hasPrefix("PUT /a HTTP/1.1\r\n"))
    #expect(answering.request.contains("if-match: \"6\"\r\n"))
    #expect(answering.request.contains("content-length: 100000\r\n"))
    #expect(answering.request.hasSuffix("\r\n\r\n\(body)"))
  }

  @Test(arguments: [
    ["HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello"], ["nonsense\r\n\r\n"], [],
    ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"],
  ])
  func `an answer that breaks off or is no HTTP is an error`(parts: [String]) throws {
    try AnsweringServer(parts: parts).run { server in
      #expect(throws: BlockingHTTPError.self) {
        try BlockingHTTPClient(server: server).send(BlockingHTTPRequest(.get, "/"))
      }
    }
  }

  @Test func `a stream ends when its reader has had enough`() throws {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    try AnsweringServer(parts: [head, "1\r\na\r\n", "1\r\nb\r\n", "1\r\nc\r\n"]).run { server in
      var text = ""
      try BlockingHTTPClient(server: server).stream(BlockingHTTPRequest(.get, "/")) { _, part in
        text += String(decoding: part, as: UTF8.self)
        return text.count < 2
      }
      #expect(text == "ab")
    }
  }

  @Test func `a port on which nobody listens is unreachable`() throws {
    let url = try #require(ServerURL("127.0.0.1:1"))
    do throws(BlockingHTTPError) {
      _ = try BlockingHTTPClient(server: url).send(BlockingHTTPRequest(.get, "/"))
      Issue.record("answered")
    } catch {
      #expect(error.kind == .unreachable)
      #expect(error.reason.contains("ECONNREFUSED"))
    }
  }

  @Test(arguments: [
    ("http://localhost:8080", "http://localhost:8080"), ("host:1", "http://host:1"), ("https://h", "https://h:443"),
    ("http://[::1]:8080/base/", "http://[::1]:8080/base"), ("http://h/", "http://h:80"), ("", nil), ("http://", nil),
    ("http://a b", nil), ("http://h:x", nil), ("http://u@h", nil), ("http://h/?q", nil), ("::1:8080", nil),
  ])
  func `the URL of a server is read or refused`(text: String, description: String?) {
    #expect(ServerURL(text)?.description == description)
  }
}
