import CNghttp2
import HTTP2
import Testing

/// Goal: the server session against nghttp2's own client, bytes carried by hand.
@Suite struct HTTP2ServerSessionTests {
  @Test func `a request with a body larger than the windows is answered with body and trailers`() throws {
    var settings = HTTP2Settings()
    settings.streamWindowBytes = 70_000
    settings.connectionWindowBytes = 70_000
    let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let exchange = try Exchange(settings: settings)
    let stream = try exchange.client.request(body: body)
    try exchange.run()

    let handler = try #require(exchange.handlers.first)
    #expect(handler.fields[":path"] == "/echo")
    #expect(handler.body == body)
    #expect(exchange.client.bodies[stream] == body)
    #expect(exchange.client.fields[stream]?[":status"] == "200")
    #expect(exchange.client.fields[stream]?["grpc-status"] == "0")
    #expect(handler.closedCode == 0)
    #expect(exchange.session.openStreamCount == 0)
  }

  @Test func `many streams are served side by side`() throws {
    let exchange = try Exchange(settings: HTTP2Settings())
    let streams = try (0..<50).map { try exchange.client.request(body: [UInt8](repeating: UInt8($0), count: 10 + $0)) }
    try exchange.run()
    for (index, stream) in streams.enumerated() {
      #expect(exchange.client.bodies[stream] == [UInt8](repeating: UInt8(index), count: 10 + index))
    }
  }

  @Test func `bytes that are no HTTP/2 end the connection with an error`() throws {
    let exchange = try Exchange(settings: HTTP2Settings())
    #expect(throws: HTTP2Error.self) {
      try exchange.feed(Array("GET / HTTP/1.1\r\nhost: a\r\n\r\n........".utf8))
    }
  }

  @Test func `a shutdown lets the stream under way finish and refuses the next`() throws {
    let exchange = try Exchange(settings: HTTP2Settings())
    let first = try exchange.client.request(body: [1, 2, 3])
    try exchange.run()
    exchange.session.submitShutdownNotice()
    exchange.session.submitGoAway()
    try exchange.run()
    #expect(exchange.client.bodies[first] == [1, 2, 3])
    #expect(exchange.client.goAwayCount == 2)
    #expect(exchange.session.isDone)
  }

  @Test func `a head that is refused is not looked at any further, and the connection goes on`() throws {
    let exchange = try Exchange(settings: HTTP2Settings())
    try exchange.run()
    // POST, http, /, then a field of 3,000 bytes that enters the table, and 12,000 references to it of one byte each.
    var block: [UInt8] = [0x83, 0x86, 0x84, 0x41, 0x01, 0x78, 0x40, 0x01, 0x61, 0x7f, 0xb9, 0x16]
    block += [UInt8](repeating: 0x62, count: 3000) + [UInt8](repeating: 0xbe, count: 12_000)
    let length = [UInt8(block.count >> 16), UInt8(block.count >> 8 & 0xff), UInt8(block.count & 0xff)]
    try exchange.feed(length + [1, 5, 0, 0, 0, 1] + block)
    let refused = try #require(exchange.handlers.first)
    #expect(refused.fieldCount == EchoHandler.fieldCountMax + 1)
    try exchange.run()
    #expect(refused.closedCode != nil)
    #expect(exchange.session.openStreamCount == 0)
  }

  @Test func `an abandoned connection tells its handlers`() throws {
    let exchange = try Exchange(settings: HTTP2Settings(), answers: false)
    _ = try exchange.client.request(body: [1])
    try exchange.run()
    exchange.session.abandon()
    #expect(exchange.handlers.first?.closedCode == HTTP2ErrorCode.cancel.rawValue)
    #expect(exchange.session.openStreamCount == 0)
  }
}

/// A handler that sends back what it received.
final class EchoHandler: HTTP2StreamHandler {
  let session: HTTP2ServerSession
  let stream: Int32
  let answers: Bool
  static let fieldCountMax = 100
  var fieldCount = 0
  var fields: [String: String] = [:]
  var body: [UInt8] = []
  var sent = 0
  var closedCode: UInt32?

  init(session: HTTP2ServerSession, stream: Int32, answers: Bool) {
    self.session = session
    self.stream = stream
    self.answers = answers
  }

  func received(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) -> Bool {
    fieldCount += 1
    guard fieldCount <= Self.fieldCountMax else { return false }
    fields[unsafe String(decoding: name, as: UTF8.self)] = unsafe String(decoding: value, as: UTF8.self)
    return true
  }
  func receivedHead() {}
  func receivedBody(_ bytes: UnsafeRawBufferPointer) {
    unsafe body.append(contentsOf: bytes)
    session.consume(bytes.count, of: stream)
  }
  func receivedEnd() {
    guard answers else { return }
    var fields = HTTP2FieldList()
    fields.constant(":status", "200")
    session.respond(stream, fields: fields, hasBody: true)
  }
  func nextBody(into buffer: UnsafeMutableRawBufferPointer) -> HTTP2BodyPart {
    let count = min(buffer.count, body.count - sent)
    unsafe buffer.copyBytes(from: body[sent..<sent + count])
    sent += count
    guard sent == body.count else { return .some(count) }
    var trailers = HTTP2FieldList()
    trailers.constant("grpc-status", "0")
    return .lastBeforeTrailers(count, trailers)
  }
  func closed(code: UInt32) { closedCode = code }
}

/// A server session and a client that exchange bytes until both are quiet.
final class Exchange {
  let client: NghttpClient
  private(set) var handlers: [EchoHandler] = []
  private(set) var session: HTTP2ServerSession! = nil

  init(settings: HTTP2Settings, answers: Bool = true) throws {
    client = NghttpClient()
    session = try HTTP2ServerSession(settings: settings) { [unowned self] session, stream in
      let handler = EchoHandler(session: session, stream: stream, answers: answers)
      handlers.append(handler)
      return handler
    }
  }

  func feed(_ bytes: [UInt8]) throws { try unsafe bytes.withUnsafeBytes { try unsafe session.receive($0) } }

  func run() throws {
    for _ in 0..<10_000 {
      let request = client.output()
      if !request.isEmpty { try feed(request) }
      var answer: [UInt8] = []
      while try unsafe session.withOutput({ unsafe answer.append(contentsOf: $0) }) {}
      if !answer.isEmpty { client.feed(answer) }
      if request.isEmpty, answer.isEmpty { return }
    }
    Issue.record("the two sides never came to rest")
  }
}
