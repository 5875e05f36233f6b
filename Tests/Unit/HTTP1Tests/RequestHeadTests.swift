import HTTP1
import HTTPTypes
import Testing

func parseRequest(
  _ text: String, limits: HTTP1Limits = HTTP1Limits()
) throws(HTTP1Error) -> (head: RequestHead, bytes: [UInt8])? {
  var parser = RequestHeadParser(limits: limits)
  var search = HeadSearch()
  let bytes = Array(text.utf8)
  return try parser.parse(bytes.span, search: &search) ? (parser.head, bytes) : nil
}

@Suite struct RequestHeadTests {
  @Test func `a request head gives its parts`() throws {
    let parsed = try parseRequest(
      "POST /v1/traces?dry=1&x=? HTTP/1.1\r\nHost: a.example:4318\r\nContent-Type:application/x-protobuf\r\n"
        + "CONTENT-length: 12 \r\nX-Empty:\r\nX-Text: \t caf\u{e9} b\t\r\n\r\nbody")
    let (head, bytes) = try #require(parsed)
    #expect(head.method == .post)
    #expect(head.httpMethod(in: bytes.span) == .post)
    #expect(head.path.text(in: bytes.span) == "/v1/traces")
    #expect(head.query.text(in: bytes.span) == "dry=1&x=?")
    #expect(head.authority.text(in: bytes.span) == "a.example:4318")
    #expect(head.minorVersion == 1)
    #expect(head.framing == .length(12))
    #expect(head.isKeepAlive)
    #expect(!head.expectsContinue)
    #expect(head.byteCount == bytes.count - 4)
    #expect(head.fields.first(.contentType)?.text(in: bytes.span) == "application/x-protobuf")
    #expect(head.fields.first(named: "x-EMPTY", in: bytes.span)?.text(in: bytes.span) == "")
    #expect(head.fields.first(named: "x-missing", in: bytes.span) == nil)
    let fields = head.fields.fields(in: bytes.span)
    #expect(fields["x-text"] == "caf\u{e9} b")
    #expect(fields.fields.map(\.name) == ["host", "content-type", "content-length", "x-empty", "x-text"])
  }

  @Test(arguments: [
    ("GET", RequestMethod.get), ("HEAD", .head), ("POST", .post), ("PUT", .put), ("DELETE", .delete),
    ("PATCH", .patch), ("OPTIONS", .options), ("TRACE", .trace), ("get", .other), ("PURGE", .other),
    ("BASELINE-CONTROL", .other),
  ])
  func `a method is known by its exact name`(token: String, method: RequestMethod) throws {
    let (head, bytes) = try #require(try parseRequest("\(token) / HTTP/1.1\r\nhost: a\r\n\r\n"))
    #expect(head.method == method)
    #expect(head.httpMethod(in: bytes.span).description == token)
  }

  @Test(arguments: [
    ("GET /a%20b/?q=%7B HTTP/1.1", "/a%20b/", "q=%7B", "h"),
    ("GET http://b.example/x?y HTTP/1.1", "/x", "y", "b.example"),
    ("GET HTTPS://[::1]:80 HTTP/1.1", "", "", "[::1]:80"),
    ("GET https://c.example?y HTTP/1.1", "", "y", "c.example"),
    ("OPTIONS * HTTP/1.1", "*", "", "h"),
    ("CONNECT d.example:443 HTTP/1.1", "", "", "d.example:443"),
    ("GET /?q={a|b}\"^` HTTP/1.1", "/", "q={a|b}\"^`", "h"),
  ])
  func `each form of a target is read`(
    line: String, path: String, query: String, authority: String
  ) throws {
    let (head, bytes) = try #require(try parseRequest("\(line)\r\nHost: h\r\n\r\n"))
    #expect(head.path.text(in: bytes.span) == path)
    #expect(head.query.text(in: bytes.span) == query)
    #expect(head.authority.text(in: bytes.span) == authority)
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\nHost: a\r\n\r\n", HTTP1Error.bareLineFeed),
    ("GET / HTTP/1.1\r\nHost: a\n\r\n", .bareLineFeed),
    ("GET / HTTP/1.1\r\nHost: a\r\n\n", .bareLineFeed),
    ("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .bareLineFeed),
    ("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .invalidMethod),
    ("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", .bareCarriageReturn),
    ("GET /\ra HTTP/1.1\r\nHost: a\r\n\r\n", .bareCarriageReturn),
    ("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", .malformedVersion),
    (" GET / HTTP/1.1\r\nHost: a\r\n\r\n", .invalidMethod),
    ("G@T / HTTP/1.1\r\nHost: a\r\n\r\n", .invalidMethod),
    ("GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
    ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
    ("GET /  HTTP/1.1\r\nHost: a\r\n\r\n", .malformedVersion),
    ("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", .malformedVersion),
    ("GET /\r\nHost: a\r\n\r\n", .malformedRequestLine),
    ("GET\r\nHost: a\r\n\r\n", .malformedRequestLine),
    ("ABCDEFGHIJKLMNOPQRSTUVWXYZ / HTTP/1.1\r\nHost: a\r\n\r\n", .invalidMethod),
    ("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", .invalidTarget),
    ("GET /caf\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n", .invalidTarget),
    ("GET /\u{0} HTTP/1.1\r\nHost: a\r\n\r\n", .invalidTarget),
    ("GET /\u{7f} HTTP/1.1\r\nHost: a\r\n\r\n", .invalidTarget),
    ("GET a HTTP/1.1\r\nHost: a\r\n\r\n", .invalidTarget),
    ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", .invalidTarget),
    ("GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", .invalidTarget),
    ("GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", .invalidTarget),
    ("CONNECT /x HTTP/1.1\r\nHost: a\r\n\r\n", .invalidTarget),
    ("GET / HTTP/1.2\r\nHost: a\r\n\r\n", .unsupportedVersion),
    ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", .unsupportedVersion),
    ("GET / HTTP/0.9\r\nHost: a\r\n\r\n", .unsupportedVersion),
    ("GET / http/1.1\r\nHost: a\r\n\r\n", .malformedVersion),
    ("GET / HTTP/1\r\nHost: a\r\n\r\n", .malformedVersion),
    ("GET / HTTP/1.10\r\nHost: a\r\n\r\n", .malformedVersion),
    ("GET / HTTP/1.1\r\n\r\n", .missingHost),
    ("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", .repeatedHost),
    ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", .invalidHost),
    ("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", .invalidHost),
    ("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", .obsoleteFold),
    ("GET / HTTP/1.1\r\nHost: a\r\n\tb: c\r\n\r\n", .obsoleteFold),
    ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", .spaceBeforeColon),
    ("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", .invalidFieldName),
    ("GET / HTTP/1.1\r\nHost: a\r\nx(y): b\r\n\r\n", .invalidFieldName),
    ("GET / HTTP/1.1\r\nHost: a\r\nx\u{0}: b\r\n\r\n", .invalidFieldName),
    ("GET / HTTP/1.1\r\nHost: a\r\nxyz\r\n\r\n", .missingColon),
    ("GET / HTTP/1.1\r\nHost: a\r\nx: b\u{0}\r\n\r\n", .invalidFieldValue),
    ("GET / HTTP/1.1\r\nHost: a\r\nx: 0123456789\u{7f}\r\n\r\n", .invalidFieldValue),
    ("GET / HTTP/1.1\r\nHost: a\r\nx: 012345678\u{1b}9abcdefgh\r\n\r\n", .invalidFieldValue),
    (
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      .contentLengthWithTransferEncoding
    ),
    (
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
      .contentLengthWithTransferEncoding
    ),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", .differingContentLengths),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n", .invalidContentLength),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", .invalidContentLength),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", .invalidContentLength),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\n", .invalidContentLength),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", .invalidContentLength),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775808\r\n\r\n", .invalidContentLength),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", .unsupportedTransferEncoding),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", .unsupportedTransferEncoding),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", .unsupportedTransferEncoding),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", .unsupportedTransferEncoding),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n", .unsupportedTransferEncoding),
    (
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
      .unsupportedTransferEncoding
    ),
    ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncodingInHTTP10),
    ("POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n", .unsupportedExpectation),
  ])
  func `a request that two parsers could read differently is refused`(text: String, error: HTTP1Error) {
    #expect(throws: error) { _ = try parseRequest(text) }
  }

  @Test(arguments: [
    ("Content-Length: 5", BodyFraming.length(5)), ("Content-Length: 0", .none), ("Content-Length: 007", .length(7)),
    ("Content-Length: 5\r\nContent-Length: 5", .length(5)),
    ("Content-Length: 999999999999999999", .length(999_999_999_999_999_999)),
    ("Transfer-Encoding: Chunked", .chunked), ("X: y", .none),
  ])
  func `the framing of a body follows the fields`(fields: String, framing: BodyFraming) throws {
    let (head, _) = try #require(try parseRequest("POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n"))
    #expect(head.framing == framing)
  }

  @Test(arguments: [
    ("1.1", "X: y", true), ("1.1", "Connection: close", false), ("1.1", "Connection: x , CLOSE", false),
    ("1.1", "Connection: keep-alive", true), ("1.0", "X: y", false), ("1.0", "Connection: Keep-Alive", true),
    ("1.0", "Connection: keep-alive, close", false), ("1.1", "Connection: x\r\nConnection: close", false),
    ("1.1", "Connection: closed", true), ("1.1", "Connection: ,,close,", false),
  ])
  func `a connection persists by version and connection field`(
    version: String, field: String, isKeepAlive: Bool
  ) throws {
    let (head, _) = try #require(try parseRequest("GET / HTTP/\(version)\r\nHost: a\r\n\(field)\r\n\r\n"))
    #expect(head.isKeepAlive == isKeepAlive)
  }

  @Test(arguments: [
    ("1.1", "Expect: 100-Continue\r\nContent-Length: 3", true), ("1.1", "Expect: 100-continue", false),
    ("1.0", "Expect: 100-continue\r\nContent-Length: 3", false), ("1.1", "Content-Length: 3", false),
  ])
  func `a client waits for 100 only in HTTP 1_1 and with a body`(
    version: String, fields: String, expected: Bool
  ) throws {
    let (head, _) = try #require(try parseRequest("PUT / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n\r\n"))
    #expect(head.expectsContinue == expected)
  }

  @Test func `an upgrade needs both of its fields`() throws {
    let both = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    #expect(try #require(try parseRequest(both)).head.isUpgrade)
    let one = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n"
    #expect(try !#require(try parseRequest(one)).head.isUpgrade)
  }

  @Test func `one empty line before a request is skipped`() throws {
    let (head, bytes) = try #require(try parseRequest("\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n"))
    #expect(head.path.text(in: bytes.span) == "/x")
    #expect(head.byteCount == bytes.count)
  }

  @Test func `every byte is in exactly the classes that the grammar gives it`() {
    let token = Set("!#$%&'*+-.^_`|~".utf8).union(0x30...0x39).union(0x41...0x5a).union(0x61...0x7a)
    for byte in UInt8.min...UInt8.max {
      let name = Array("GET / HTTP/1.1\r\nHost: a\r\nx".utf8) + [byte] + Array("y: b\r\n\r\n".utf8)
      let isName = (try? parse(name)) != nil
      #expect(isName == (token.contains(byte) || byte == UInt8(ascii: ":")), "byte \(byte) in a name")
      let value = Array("GET / HTTP/1.1\r\nHost: a\r\nx: 0".utf8) + [byte] + Array("y\r\n\r\n".utf8)
      #expect(((try? parse(value)) != nil) == (byte == 9 || (byte >= 32 && byte != 127)), "byte \(byte) in a value")
      let target = Array("GET /a".utf8) + [byte] + Array("b HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
      let isTarget = byte > 32 && byte < 127 && byte != UInt8(ascii: "#")
      #expect(((try? parse(target)) != nil) == isTarget, "byte \(byte) in a target")
      let host = Array("GET / HTTP/1.1\r\nHost: a".utf8) + [byte] + Array("b\r\n\r\n".utf8)
      let hosts = token.subtracting(Set("#^`|".utf8)).union(Set("():;=,[]".utf8)).subtracting(Set(",".utf8))
      #expect(((try? parse(host)) != nil) == hosts.contains(byte), "byte \(byte) in a host")
    }
  }

  private func parse(_ bytes: [UInt8]) throws -> Bool {
    var parser = RequestHeadParser()
    var search = HeadSearch()
    guard try parser.parse(bytes.span, search: &search) else { throw HTTP1Error.incompleteBody }
    return true
  }

  @Test func `a head that comes byte by byte is complete at its last byte`() throws {
    let text = "POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nX-Long: 0123456789abcdef\r\n\r\n"
    let bytes = Array((text + text).utf8)
    var parser = RequestHeadParser()
    var search = HeadSearch()
    for count in 0..<text.utf8.count {
      #expect(try !parser.parse(bytes.span.extracting(0..<count), search: &search), "\(count) bytes")
    }
    #expect(try parser.parse(bytes.span, search: &search))
    #expect(parser.head.byteCount == text.utf8.count)
    // The pipelined request behind it.
    var second = HeadSearch()
    let rest = [UInt8](bytes[text.utf8.count...])
    #expect(try parser.parse(rest.span, search: &second))
    #expect(parser.head.framing == .length(3))
  }

  @Test func `a head that comes in two pieces is the same wherever it is split`() throws {
    let text = "\r\nGET /a HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n"
    let bytes = Array(text.utf8)
    for split in 0..<bytes.count {
      var parser = RequestHeadParser()
      var search = HeadSearch()
      #expect(try !parser.parse(bytes.span.extracting(0..<split), search: &search))
      #expect(try parser.parse(bytes.span, search: &search), "split after \(split) bytes")
      #expect(parser.head.fields.all.count == 2)
    }
  }

  @Test func `limits of the head hold at the byte`() throws {
    let text = "GET /abc HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n"
    let size = text.utf8.count
    #expect(try parseRequest(text, limits: HTTP1Limits(headBytesMax: size)) != nil)
    #expect(throws: HTTP1Error.headTooLarge) {
      _ = try parseRequest(text, limits: HTTP1Limits(headBytesMax: size - 1))
    }
    #expect(throws: HTTP1Error.headTooLarge) {
      _ = try parseRequest(String(repeating: "a", count: 64), limits: HTTP1Limits(headBytesMax: 64))
    }
    #expect(try parseRequest(text, limits: HTTP1Limits(fieldCountMax: 2)) != nil)
    #expect(throws: HTTP1Error.tooManyFields) {
      _ = try parseRequest(text, limits: HTTP1Limits(fieldCountMax: 1))
    }
    #expect(try parseRequest(text, limits: HTTP1Limits(targetBytesMax: 4)) != nil)
    #expect(throws: HTTP1Error.targetTooLong) {
      _ = try parseRequest(text, limits: HTTP1Limits(targetBytesMax: 3))
    }
  }

  @Test func `every field that the parser knows is found by any case of its name`() throws {
    for id in FieldID.allCases where id != .other {
      let value = id == .contentLength ? "1" : id == .expect ? "100-continue" : id == .host ? "a" : "chunked"
      for name in [id.name.description, id.name.description.uppercased()] {
        let host = id == .host ? "" : "Host: a\r\n"
        let (head, bytes) = try #require(try parseRequest("PUT / HTTP/1.1\r\n\(host)\(name): \(value)\r\n\r\n"))
        #expect(head.fields.first(id)?.text(in: bytes.span) == value, "\(name)")
      }
    }
  }

  @Test func `every error has a status that a server may send`() {
    for error in HTTP1Error.allCases { #expect((400...505).contains(error.status), "\(error)") }
  }
}
