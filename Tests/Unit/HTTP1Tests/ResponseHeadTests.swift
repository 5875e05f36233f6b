import HTTP1
import Testing

private func parseResponse(
  _ text: String, method: RequestMethod = .get
) throws(HTTP1Error) -> (head: ResponseHead, bytes: [UInt8])? {
  var parser = ResponseHeadParser()
  var search = HeadSearch()
  let bytes = Array(text.utf8)
  return try parser.parse(bytes.span, method: method, search: &search) ? (parser.head, bytes) : nil
}

@Suite struct ResponseHeadTests {
  @Test func `a response head gives its parts`() throws {
    let (head, bytes) = try #require(
      try parseResponse("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3\r\nContent-Length: 2\r\n\r\nno"))
    #expect(head.status == 429)
    #expect(head.reason.text(in: bytes.span) == "Too Many Requests")
    #expect(head.framing == .length(2))
    #expect(head.isKeepAlive)
    #expect(!head.isInterim)
    #expect(head.fields.first(.retryAfter)?.text(in: bytes.span) == "3")
    #expect(head.byteCount == bytes.count - 2)
  }

  @Test(arguments: [
    ("HTTP/1.1 200 OK\r\nContent-Length: 5", RequestMethod.get, BodyFraming.length(5), true),
    ("HTTP/1.1 200 \r\nContent-Length: 0", .get, .none, true),
    ("HTTP/1.1 200\r\nContent-Length: 0", .get, .none, true),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", .post, .chunked, true),
    ("HTTP/1.1 200 OK\r\nX: y", .get, .untilClose, false),
    ("HTTP/1.0 200 OK\r\nContent-Length: 5", .get, .length(5), false),
    ("HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive", .get, .length(5), true),
    ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close", .get, .length(5), false),
    ("HTTP/1.1 200 OK\r\nContent-Length: 5", .head, .none, true),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", .head, .none, true),
    ("HTTP/1.1 204 No Content\r\nContent-Length: 5", .get, .none, true),
    ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5", .get, .none, true),
    ("HTTP/1.1 100 Continue\r\nX: y", .post, .none, true),
    ("HTTP/1.1 101 Switching Protocols\r\nX: y", .get, .none, false),
    ("HTTP/1.1 200 OK\r\nX: y", .connect, .none, true),
    ("HTTP/1.1 502 Bad\r\nContent-Length: 5", .connect, .length(5), true),
  ])
  func `the framing of a response follows status, method and fields`(
    text: String, method: RequestMethod, framing: BodyFraming, isKeepAlive: Bool
  ) throws {
    let (head, _) = try #require(try parseResponse(text + "\r\n\r\n", method: method))
    #expect(head.framing == framing)
    #expect(head.isKeepAlive == isKeepAlive)
    #expect(head.isInterim == (head.status == 100))
  }

  @Test(arguments: [
    ("HTTP/1.1 20 OK\r\n\r\n", HTTP1Error.malformedStatusLine),
    ("HTTP/1.1 2000 OK\r\n\r\n", .malformedStatusLine),
    ("HTTP/1.1  200 OK\r\n\r\n", .malformedStatusLine),
    ("HTTP/1.1 099 OK\r\n\r\n", .malformedStatusLine),
    ("HTTP/1.1 600 OK\r\n\r\n", .malformedStatusLine),
    ("HTTP/1.1 2x0 OK\r\n\r\n", .malformedStatusLine),
    ("HTTP/1.1 200\tOK\r\n\r\n", .malformedStatusLine),
    ("HTTP/1.1 200 O\u{1}K\r\n\r\n", .malformedStatusLine),
    ("HTTP/2.0 200 OK\r\n\r\n", .unsupportedVersion),
    ("ICY/1.0 200 OK\r\n\r\n", .malformedStatusLine),
    ("HTTX/1.1 200 OK\r\n\r\n", .malformedVersion),
    ("\r\nHTTP/1.1 200 OK\r\n\r\n", .malformedStatusLine),
    ("HTTP/1.1 200 OK\n\r\n", .bareLineFeed),
    ("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", .obsoleteFold),
    ("HTTP/1.1 200 OK\r\nA : b\r\n\r\n", .spaceBeforeColon),
    (
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      .contentLengthWithTransferEncoding
    ),
    ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", .differingContentLengths),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", .unsupportedTransferEncoding),
    ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncodingInHTTP10),
  ])
  func `a response that two parsers could read differently is refused`(text: String, error: HTTP1Error) {
    #expect(throws: error) { _ = try parseResponse(text) }
  }

  @Test func `a head that comes byte by byte is complete at its last byte`() throws {
    let bytes = Array("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n".utf8)
    var parser = ResponseHeadParser()
    var search = HeadSearch()
    for count in 0..<bytes.count {
      #expect(try !parser.parse(bytes.span.extracting(0..<count), method: .get, search: &search))
    }
    #expect(try parser.parse(bytes.span, method: .get, search: &search))
    #expect(parser.head.framing == .length(3))
  }
}
