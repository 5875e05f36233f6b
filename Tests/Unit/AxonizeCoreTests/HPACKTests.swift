import CAxonizeCore
import Testing

@testable import AxonizeCore

/// Header blocks.
///
/// The examples are those of RFC 7541, Appendix C, as far as they need no dynamic table, which we forbid.
@Suite struct HPACKTests {
  static let examples: [(block: String, fields: [String])] = [
    // C.2.1 to C.2.4
    ("400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", ["custom-key: custom-header"]),
    ("040c 2f73 616d 706c 652f 7061 7468", [":path: /sample/path"]),
    ("1008 7061 7373 776f 7264 0673 6563 7265 74", ["password: secret"]),
    ("82", [":method: GET"]),
    // C.3.1, C.4.1
    (
      "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
      [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"]
    ),
    (
      "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
      [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"]
    ),
    // C.5.1, C.6.1
    (
      "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
      [
        ":status: 302", "cache-control: private", "date: Mon, 21 Oct 2013 20:13:21 GMT",
        "location: https://www.example.com",
      ]
    ),
    (
      "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
      [
        ":status: 302", "cache-control: private", "date: Mon, 21 Oct 2013 20:13:21 GMT",
        "location: https://www.example.com",
      ]
    ),
  ]

  @Test(arguments: examples)
  func `the examples of RFC 7541 are read`(example: (block: String, fields: [String])) {
    #expect(fields(bytes(example.block)) == example.fields)
  }

  /// C.4.2, C.4.3 and C.6.3.
  @Test(arguments: [
    ("a8eb 1064 9cbf", "no-cache"), ("25a8 49e9 5ba9 7d7f", "custom-key"), ("25a8 49e9 5bb8 e8b4 bf", "custom-value"),
    ("9bd9 ab", "gzip"), ("640e ff", "307"),
    (
      "94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
      "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"
    ),
  ])
  func `texts in Huffman's code are read`(code: String, value: String) {
    let code = bytes(code)
    #expect(fields([0, 1, 0x61, 0x80 | UInt8(code.count)] + code) == ["a: \(value)"])
  }

  /// C.1.1 to C.1.3: 10 in 5 bits, 1337 in 5 bits, 42 in 8 bits; here as sizes of texts, in 7 bits.
  @Test func `numbers of several bytes are read`() {
    let value = String(repeating: "v", count: 1337)
    #expect(fields([0, 1, 0x61, 0x7f, 0xba, 0x09] + Array(value.utf8)) == ["a: \(value)"])
    #expect(fields([0x0f, 0x10, 1, 0x62]) == ["content-type: b"])
  }

  @Test func `every number of the static table has its field`() {
    let first = fields((1...61).map { 0x80 | UInt8($0) })
    #expect(first?.count == 61)
    #expect(first?.first == ":authority: ")
    #expect(first?[15] == "accept-encoding: gzip, deflate")
    #expect(first?[30] == "content-type: ")
    #expect(first?.last == "www-authenticate: ")
  }

  @Test func `a size of 0 for the table may begin a block`() {
    #expect(fields([0x20, 0x88]) == [":status: 200"])
    #expect(fields([0x20, 0x20, 0x88]) == [":status: 200"])
  }

  @Test(arguments: [
    ("80", "number 0"), ("be", "a field of the dynamic table"), ("fe", "one beyond it"), ("ff", "a number cut off"),
    ("ff ff ff ff ff 0f", "a number too large"), ("3fe1 1f", "a size of the table that was not allowed"),
    ("88 20", "a size of the table behind a field"), ("00", "a name cut off"), ("00 01 61", "a value missing"),
    ("00 01 61 05 62", "a value cut off"), ("7f00 0161", "a name of the dynamic table"),
    ("00 01 61 81 00", "Huffman's padding of zeros"), ("00 01 61 82 1fff", "padding of a whole byte"),
    ("00 01 61 84 ffff ffff", "the code of the end"),
  ])
  func `what is no block is refused`(block: String, why: String) {
    #expect(fields(bytes(block)) == nil, Comment(rawValue: why))
  }

  @Test func `fields of more than 16 KiB are refused`() {
    let value = String(repeating: "v", count: 4000)
    #expect(fields(literal("a", value) + literal("b", value) + literal("c", value))?.count == 3)
    #expect(fields((0..<5).flatMap { _ in literal("a", value) }) == nil)
    // Each counts 32 bytes more than it has.
    #expect(fields([UInt8](repeating: 0x88, count: 400)) == nil)
    // "0" has five bits: a text of 16 KiB in 10 KiB.
    #expect(fields([0, 1, 0x61, 0xff] + [0x81, 0x4f] + [UInt8](repeating: 0, count: 10240)) == nil)
  }

  // MARK: What we write

  private func written(_ headers: String, host: String = "h", port: UInt32 = 4317, tls: Bool = false) -> [String]? {
    host.withCString { host in
      headers.withCString { headers in
        var buffer = axz_buffer()
        defer { axz_buffer_free(&buffer) }
        var call = axz_call(
          path: text("/s.S/M"), host: host, port: port, is_tls: tls, headers: headers, user_agent: text("agent/1"),
          timeout: 10_000_000_000, compression: UInt32(AXZ_COMPRESSION_GZIP), body: nil, body_size: 0)
        guard HeaderBlockWriter.write(&buffer, &call), let data = buffer.data else { return nil }
        return fields(Array(UnsafeBufferPointer(start: data, count: Int(buffer.used))))
      }
    }
  }

  private func text(_ literal: StaticString) -> UnsafePointer<CChar> { AxonizeCore.text(literal) }

  @Test func `a call's header says all that gRPC wants`() {
    #expect(
      written("X-Team: ours\r\nAuthorization:  Bearer k \r\nthing-bin: AAEC\r\n") == [
        ":method: POST", ":scheme: http", ":path: /s.S/M", ":authority: h:4317", "te: trailers",
        "content-type: application/grpc+proto", "user-agent: agent/1", "grpc-timeout: 10000m", "grpc-encoding: gzip",
        "x-team: ours", "authorization: Bearer k", "thing-bin: AAEC",
      ])
  }

  @Test(arguments: [
    ("h", 80, false, "h"), ("h", 443, true, "h"), ("h", 443, false, "h:443"), ("::1", 4317, false, "[::1]:4317"),
  ])
  func `the authority is host and port`(host: String, port: UInt32, tls: Bool, authority: String) {
    #expect(written("", host: host, port: port, tls: tls)?.contains(":authority: \(authority)") == true)
  }

  @Test func `headers of a connection and ours are not sent twice`() {
    let lines = "TE: x\r\nConnection: close\r\nContent-Type: a/b\r\nHost: other\r\nGrpc-Timeout: 1S\r\nnone\r\n: v\r\n"
    #expect(written(lines) == written(""))
  }

  @Test func `long headers are written`() {
    let value = String(repeating: "v", count: 300)
    #expect(written("a: \(value)\r\n")?.last == "a: \(value)")
  }
}
