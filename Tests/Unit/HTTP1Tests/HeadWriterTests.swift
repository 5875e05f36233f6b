import HTTP1
import HTTPTypes
import Testing

@Suite struct HeadWriterTests {
  private func text(_ write: (inout HeadWriter) throws -> Void) rethrows -> String {
    var writer = HeadWriter()
    try write(&writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test func `a response head has its framing and leaves out fields of the connection`() throws {
    let head = try text {
      try $0.response(
        status: 200, fields: ["content-type": "text/plain", "Content-Length": "9", "connection": "x"],
        framing: .length(12_345), isKeepAlive: false)
    }
    #expect(
      head == "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 12345\r\nconnection: close\r\n\r\n")
  }

  @Test func `a response without a body has no framing`() throws {
    let head = try text { try $0.response(status: 204, fields: [:], framing: .none, isKeepAlive: true) }
    #expect(head == "HTTP/1.1 204 No Content\r\n\r\n")
    let unknown = try text { try $0.response(status: 299, fields: [:], framing: .length(0), isKeepAlive: true) }
    #expect(unknown == "HTTP/1.1 299 \r\ncontent-length: 0\r\n\r\n")
  }

  @Test func `a request head has its host first and once`() throws {
    let head = try text {
      try $0.request(
        method: .post, target: "/v1/traces?x", host: "a.example:80", fields: ["host": "evil", "accept": "*/*"],
        framing: .chunked)
    }
    #expect(
      head == "POST /v1/traces?x HTTP/1.1\r\nhost: a.example:80\r\naccept: */*\r\ntransfer-encoding: chunked\r\n\r\n")
  }

  @Test(arguments: [
    ("a", "b\r\nc: d"), ("a", "b\nc"), ("a", "b\u{0}"), ("a\r\n", "b"), ("a b", "c"), ("", "b"), ("a:", "b"),
    ("caf\u{e9}", "b"),
  ])
  func `a field that could end a line is refused and nothing is written`(name: String, value: String) {
    var writer = HeadWriter()
    #expect(throws: HTTP1Error.invalidOutput) {
      try writer.response(status: 200, fields: [name: value], framing: .none, isKeepAlive: true)
    }
    #expect(throws: HTTP1Error.invalidOutput) {
      try writer.request(method: .get, target: "/", host: "a", fields: [name: value], framing: .none)
    }
    #expect(writer.bytes.isEmpty)
  }

  @Test(arguments: [
    (HTTPMethod.get, "/ HTTP/1.1", "a"), (.get, "/\r\n", "a"), (.get, "", "a"), (.other("G T"), "/", "a"),
    (.get, "/", "a\r\nb: c"), (.get, "/", "a b"),
  ])
  func `a start line with a character that could end it is refused`(
    method: HTTPMethod, target: String, host: String
  ) {
    var writer = HeadWriter()
    #expect(throws: HTTP1Error.invalidOutput) {
      try writer.request(method: method, target: target, host: host, fields: [:], framing: .none)
    }
    #expect(writer.bytes.isEmpty)
  }

  @Test(arguments: [1, 9, 10, 15, 16, 255, 256, 4095, 4096, 65_536, 1 << 40])
  func `a chunk line has the size in hexadecimal`(size: Int) {
    let line = text { writer in writer.beginChunk(byteCount: size) }
    #expect(line == String(size, radix: 16) + "\r\n")
    let length = text { writer in writer.contentLength(size) }
    #expect(length == "content-length: \(size)\r\n")
  }

  @Test func `what the writer writes the parsers read back`() throws {
    var writer = HeadWriter()
    try writer.request(
      method: .patch, target: "/a?b", host: "h", fields: ["x": "caf\u{e9} \t y"], framing: .chunked)
    var parser = RequestHeadParser()
    var search = HeadSearch()
    #expect(try parser.parse(writer.bytes.span, search: &search))
    #expect(parser.head.method == .patch)
    #expect(parser.head.framing == .chunked)
    #expect(parser.head.fields.fields(in: writer.bytes.span)["x"] == "caf\u{e9} \t y")
    #expect(parser.head.byteCount == writer.bytes.count)
  }
}
