import Glibc
import HTTP1
import HTTPClient
import HTTPTypes
import NetworkTestSupport
import Synchronization
import System
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct HTTPClientTests {
  private static let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"

  /// Runs a body against a server and a client of its own.
  private func with(
    limits: HTTPClientLimits = HTTPClientLimits(),
    _ script: @escaping @Sendable (ScriptedConnection, Int) -> Void,
    _ body: (HTTPClient, ScriptedServer) async throws -> Void
  ) async throws {
    let server = try ScriptedServer(script)
    let test = try TestClient(limits: limits)
    defer {
      test.stop()
      server.stop()
    }
    try await body(test.client, server)
  }

  private func text(_ response: HTTPClientResponse) async throws -> String {
    String(decoding: try await response.collect(max: 1 << 20), as: UTF8.self)
  }

  private func expect(
    _ client: HTTPClient, _ request: HTTPClientRequest, gives body: String,
    at location: SourceLocation = #_sourceLocation
  ) async throws {
    let received = try await text(client.send(request))
    #expect(received == body, sourceLocation: location)
  }

  @Test func `a kept connection carries one request after the other`() async throws {
    try await with({ connection, _ in
      while let head = connection.head() {
        let target = head.split(separator: " ")[1]
        connection.write("HTTP/1.1 200 OK\r\ncontent-length: \(target.utf8.count)\r\nX-Y: z\r\n\r\n\(target)")
      }
      connection.close()
    }) { client, server in
      for target in ["/a", "/b?c", "/d"] {
        let response = try await client.send(HTTPClientRequest(url: server.url(target)))
        #expect(response.status == 200)
        #expect(response.fields["x-y"] == "z")
        let body = try await text(response)
        #expect(body == target)
      }
      #expect(server.connectionCount == 1)
    }
  }

  @Test func `a request has its host, its framing and its body`() async throws {
    let heads = Mutex<[String]>([])
    try await with({ connection, _ in
      while let head = connection.head() {
        let length = head.contains("content-length: 5") ? 5 : 0
        let body = connection.bytes(length)
        heads.withLock { $0.append(head + String(decoding: body, as: UTF8.self)) }
        connection.write(Self.ok)
      }
    }) { client, server in
      let url = try server.url("/x")
      let post = HTTPClientRequest(
        method: .post, url: url, fields: ["accept": "*/*", "connection": "close"], body: .bytes(Array("hello".utf8)))
      try await expect(client, post, gives: "ok")
      try await expect(client, HTTPClientRequest(method: .post, url: url), gives: "ok")
      let host = "host: 127.0.0.1:\(server.port)\r\n"
      let expected = [
        "POST /x HTTP/1.1\r\n\(host)accept: */*\r\ncontent-length: 5\r\n\r\nhello",
        "POST /x HTTP/1.1\r\n\(host)content-length: 0\r\n\r\n",
      ]
      #expect(heads.withLock { $0 } == expected)
    }
  }

  @Test(arguments: [
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n4;x\r\ndefg\r\n0\r\nt: u\r\n\r\n", "abcdefg"),
    ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc", "abc"),
    ("HTTP/1.1 204 No Content\r\n\r\n", ""),
    ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", ""),
    ("HTTP/1.1 200 OK\r\n\r\nuntil close", "until close"),
    ("HTTP/1.0 200 OK\r\ncontent-length: 3\r\n\r\nabc", "abc"),
  ])
  func `every framing of an answer is read, also when it comes byte by byte`(
    answer: String, body: String
  ) async throws {
    for isSlow in [false, true] {
      try await with({ connection, _ in
        _ = connection.head()
        if isSlow { for byte in answer.utf8 { connection.write([byte]) } } else { connection.write(answer) }
        connection.close()
      }) { client, server in
        try await expect(client, HTTPClientRequest(url: server.root), gives: body)
      }
    }
  }

  @Test(arguments: [
    "", "HTTP/1.1 200 OK\r\ncontent-le", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
  ])
  func `an answer that is cut short is an error`(answer: String) async throws {
    try await with({ connection, _ in
      _ = connection.head()
      connection.write(answer)
      connection.close()
    }) { client, server in
      let error = await #expect(throws: HTTPClientError.self) {
        _ = try await text(client.send(HTTPClientRequest(url: server.root)))
      }
      guard case .connectionClosed = error else {
        Issue.record("not a closed connection: \(String(describing: error))")
        return
      }
    }
  }

  @Test func `an answer that is not HTTP is an error and its connection is not used again`() async throws {
    try await with({ connection, number in
      _ = connection.head()
      connection.write(number == 0 ? "SSH-2.0-x\r\n\r\n" : Self.ok)
      connection.waitForClose()
    }) { client, server in
      let error = await #expect(throws: HTTPClientError.self) {
        _ = try await client.send(HTTPClientRequest(url: server.root))
      }
      guard case .malformed = error else {
        Issue.record("not malformed: \(String(describing: error))")
        return
      }
      try await expect(client, HTTPClientRequest(url: server.root), gives: "ok")
      #expect(server.connectionCount == 2)
    }
  }

  @Test func `a request that can be repeated goes again when the kept connection is dead`() async throws {
    try await with({ connection, number in
      _ = connection.head()
      connection.write(Self.ok)
      // The first connection dies on its second request, without a byte of an answer.
      if number == 0 { _ = connection.head() } else { connection.waitForClose() }
      connection.close()
    }) { client, server in
      for _ in 0..<2 {
        try await expect(client, HTTPClientRequest(url: server.root), gives: "ok")
      }
      #expect(server.connectionCount == 2)
    }
  }

  @Test func `a request that cannot be repeated fails when the kept connection is dead`() async throws {
    try await with({ connection, number in
      _ = connection.head()
      connection.write(Self.ok)
      if number == 0 { _ = connection.head() }
      connection.close()
    }) { client, server in
      let request = HTTPClientRequest(method: .post, url: server.root)
      try await expect(client, request, gives: "ok")
      await #expect(throws: HTTPClientError.self) { _ = try await client.send(request) }
      #expect(server.connectionCount == 1)
    }
  }

  @Test(arguments: [nil, 300_000])
  func `a streamed body arrives whole`(length: Int?) async throws {
    let received = Mutex<[UInt8]>([])
    try await with({ connection, _ in
      guard let head = connection.head() else { return }
      var body: [UInt8] = []
      if head.contains("chunked") {
        while true {
          var line: [UInt8] = []
          while !line.suffix(2).elementsEqual([13, 10]) { line += connection.bytes(1) }
          let size = Int(String(decoding: line.dropLast(2), as: UTF8.self), radix: 16) ?? 0
          body += connection.bytes(size)
          _ = connection.bytes(2)
          if size == 0 { break }
        }
      } else {
        body = connection.bytes(300_000)
      }
      let whole = body
      received.withLock { $0 = whole }
      connection.write(Self.ok)
    }) { client, server in
      let sent = Atomic<Int>(0)
      let request = HTTPClientRequest(
        method: .put, url: server.root,
        body: .stream(length: length) {
          let number = sent.add(1, ordering: .relaxed).oldValue
          return number < 30 ? [UInt8](repeating: UInt8(number), count: 10_000) : nil
        })
      try await expect(client, request, gives: "ok")
      #expect(received.withLock { $0 } == (0..<30).flatMap { [UInt8](repeating: UInt8($0), count: 10_000) })
    }
  }

  @Test(arguments: [5, 20])
  func `a streamed body that is not as long as it said fails`(length: Int) async throws {
    try await with({ connection, _ in
      _ = connection.head()
      connection.waitForClose()
    }) { client, server in
      let sent = Atomic<Bool>(false)
      let request = HTTPClientRequest(
        method: .put, url: server.root,
        body: .stream(length: length) {
          sent.exchange(true, ordering: .relaxed) ? nil : [UInt8](repeating: 1, count: 10)
        })
      let error = await #expect(throws: HTTPClientError.self) { _ = try await client.send(request) }
      guard case .bodyLengthWrong = error else {
        Issue.record("another error: \(String(describing: error))")
        return
      }
    }
  }

  @Test func `an early answer to a streamed body is delivered`() async throws {
    try await with({ connection, _ in
      _ = connection.head()
      connection.write("HTTP/1.1 413 Content Too Large\r\ncontent-length: 3\r\n\r\nbig")
      connection.waitForClose()
    }) { client, server in
      let request = HTTPClientRequest(
        method: .put, url: server.root, body: .stream(length: nil) { [UInt8](repeating: 1, count: 1000) })
      let response = try await client.send(request)
      #expect(response.status == 413)
      let body = try await text(response)
      #expect(body == "big")
    }
  }

  @Test func `a slow reader holds the server back and then gets everything`() async throws {
    let written = Atomic<Int>(0)
    let size = 32 << 20
    try await with({ connection, _ in
      _ = connection.head()
      connection.write("HTTP/1.1 200 OK\r\ncontent-length: \(size)\r\n\r\n")
      for _ in 0..<(size >> 20) {
        connection.write([UInt8](repeating: 7, count: 1 << 20))
        written.add(1, ordering: .sequentiallyConsistent)
      }
      connection.waitForClose()
    }) { client, server in
      let response = try await client.send(HTTPClientRequest(url: server.root))
      var count = 0
      while let piece = try await response.body.next() {
        count += piece.count
        // What was written can be ahead of what was read by the buffers of both kernels and of the client only.
        #expect((written.load(ordering: .sequentiallyConsistent) << 20) - count < 24 << 20)
      }
      #expect(count == size)
    }
  }

  @Test func `a body over the limit is refused and its connection closed`() async throws {
    try await with({ connection, _ in
      _ = connection.head()
      connection.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123456789")
      connection.waitForClose()
    }) { client, server in
      let response = try await client.send(HTTPClientRequest(url: server.root))
      let error = await #expect(throws: HTTPClientError.self) { _ = try await response.collect(max: 9) }
      guard case .bodyTooLarge(limitBytes: 9) = error else {
        Issue.record("another error: \(String(describing: error))")
        return
      }
    }
  }

  @Test func `an answer that does not come in time is an error`() async throws {
    try await with({ connection, number in
      _ = connection.head()
      if number == 1 { connection.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc") }
      connection.waitForClose()
    }) { client, server in
      let request = HTTPClientRequest(
        url: server.root, responseTimeout: .milliseconds(50), idleTimeout: .milliseconds(50))
      for phase in [HTTPClientError.Phase.response, .body] {
        var slow = request
        if phase == .body { slow.responseTimeout = .seconds(60) }
        let error = await #expect(throws: HTTPClientError.self) { _ = try await text(client.send(slow)) }
        guard case .timedOut(_, phase) = error else {
          Issue.record("not a timeout of \(phase): \(String(describing: error))")
          return
        }
      }
    }
  }

  @Test func `requests beyond the connections wait, and beyond the queue are refused`() async throws {
    var limits = HTTPClientLimits()
    limits.connectionCountMax = 2
    limits.waitingCountMax = 3
    let isOpen = EventFlag()
    try await with(
      limits: limits,
      { connection, _ in
        while connection.head() != nil {
          eventually { isOpen.isSet }
          connection.write(Self.ok)
        }
      }
    ) { client, server in
      let url = server.root
      let outcomes = await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<8 {
          group.addTask {
            do {
              _ = try await client.send(HTTPClientRequest(url: url)).collect(max: 10)
              return true
            } catch HTTPClientError.overloaded {
              isOpen.set()
              return false
            } catch {
              Issue.record("another error: \(error)")
              return false
            }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.count { $0 } >= 5)
      #expect(outcomes.contains(false))
      #expect(server.connectionCount == 2)
    }
  }

  @Test func `a cancelled request ends and closes its connection`() async throws {
    let isClosed = EventFlag()
    let isAsked = EventFlag()
    try await with({ connection, _ in
      _ = connection.head()
      isAsked.set()
      connection.waitForClose()
      isClosed.set()
    }) { client, server in
      let url = server.root
      let task = Task { _ = try await client.send(HTTPClientRequest(url: url)) }
      await eventually { isAsked.isSet }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      await eventually { isClosed.isSet }
    }
  }

  @Test func `letting a body go unread closes its connection`() async throws {
    let isClosed = EventFlag()
    try await with({ connection, _ in
      _ = connection.head()
      connection.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc")
      connection.waitForClose()
      isClosed.set()
    }) { client, server in
      let status = try await client.send(HTTPClientRequest(url: server.root)).status
      #expect(status == 200)
      await eventually { isClosed.isSet }
    }
  }

  @Test func `a port that nobody listens on and a name that does not exist are errors`() async throws {
    try await with({ _, _ in }) { client, _ in
      let closed = try #require(HTTPURL("http://127.0.0.1:1/"))
      let unreachable = await #expect(throws: HTTPClientError.self) {
        _ = try await client.send(HTTPClientRequest(url: closed))
      }
      guard case .unreachable = unreachable else {
        Issue.record("another error: \(String(describing: unreachable))")
        return
      }
      let missing = try #require(HTTPURL("http://no-such-host.invalid/"))
      let unknown = await #expect(throws: HTTPClientError.self) {
        _ = try await client.send(HTTPClientRequest(url: missing))
      }
      guard case .nameNotFound = unknown else {
        Issue.record("another error: \(String(describing: unknown))")
        return
      }
    }
  }

  @Test func `a client that is shut down refuses requests`() async throws {
    try await with({ connection, _ in
      while connection.head() != nil { connection.write(Self.ok) }
    }) { client, server in
      try await expect(client, HTTPClientRequest(url: server.root), gives: "ok")
      client.shutDown()
      let error = await #expect(throws: HTTPClientError.self) {
        _ = try await client.send(HTTPClientRequest(url: server.root))
      }
      guard case .shutDown = error else {
        Issue.record("another error: \(String(describing: error))")
        return
      }
    }
  }
}

@Suite struct HTTPURLTests {
  @Test(arguments: [
    ("http://a.example", "http://a.example", "/"), ("HTTP://A.example:80/x?y=z", "http://a.example", "/x?y=z"),
    ("https://a:8443/", "https://a:8443", "/"), ("https://a:443?q", "https://a", "/?q"),
    ("http://[::1]:4318/v1", "http://[::1]:4318", "/v1"), ("http://127.0.0.1:1/", "http://127.0.0.1:1", "/"),
  ])
  func `a URL is split into origin and target`(text: String, origin: String, target: String) throws {
    let url = try #require(HTTPURL(text))
    #expect(url.origin.description == origin)
    #expect(url.target == target)
  }

  @Test(arguments: [
    "", "a.example", "ftp://a/", "http://", "http:///x", "http://u@a/", "http://a:0/", "http://a:65536/",
    "http://a:+1/",
    "http://a:/", "http://a b/", "http://a/#f", "http://a/ b", "http://a/\r\nx: y", "http://[::1/", "http://::1/",
    "http://a/caf\u{e9}", "http://[a.b/c]/",
  ])
  func `what is not an http URL is refused`(text: String) { #expect(HTTPURL(text) == nil) }
}
