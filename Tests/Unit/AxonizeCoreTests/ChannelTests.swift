import CAxonizeCore
import Testing

@testable import AxonizeCore

/// A call of gRPC over HTTP/2, byte by byte, against a server that says what a test writes down.
@Suite struct ChannelTests {
  static let data: UInt8 = 0
  static let headers: UInt8 = 1
  static let reset: UInt8 = 3
  static let settings: UInt8 = 4
  static let ping: UInt8 = 6
  static let goAway: UInt8 = 7
  static let windowUpdate: UInt8 = 8
  static let continuation: UInt8 = 9
  static let endOfStream: UInt8 = 1
  static let endOfHeaders: UInt8 = 4

  /// The header of a fine answer, and its end.
  static let head = [0x88] + literal("content-type", "application/grpc")
  static let end = literal("grpc-status", "0")

  static func headers(_ block: [UInt8], _ flags: UInt8 = endOfHeaders, stream: UInt32 = 1) -> SentFrame {
    SentFrame(kind: headers, flags: flags, stream: stream, payload: block)
  }

  static func trailers(_ block: [UInt8], stream: UInt32 = 1) -> SentFrame {
    headers(block, endOfHeaders | endOfStream, stream: stream)
  }

  static func data(_ payload: [UInt8], _ flags: UInt8 = 0, stream: UInt32 = 1) -> SentFrame {
    SentFrame(kind: data, flags: flags, stream: stream, payload: payload)
  }

  static func message(_ content: [UInt8]) -> [UInt8] { [0] + number(UInt32(content.count)) + content }

  static let fine = [headers(head), data(message([9, 8, 7])), trailers(end)]

  // MARK: Sending

  @Test func `the call waits for the settings of the server`() throws {
    let client = try Client()
    client.call([1, 2, 3])
    let first = client.sent()
    #expect(text(first.prefix(24)) == "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    let frames = SentFrame.all(Array(first.dropFirst(24)))
    #expect(frames.map(\.kind) == [Self.settings])
    #expect(Array(frames[0].payload.prefix(12)) == [0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0])
    client.hear([SentFrame(kind: Self.settings)])
    let rest = SentFrame.all(client.sent())
    #expect(rest.map(\.kind) == [Self.settings, Self.headers, Self.data])
    #expect(rest[0].flags == 1)
    #expect(rest[0].payload.isEmpty)
    #expect((rest[1].stream, rest[1].flags) == (1, Self.endOfHeaders))
    #expect(fields(rest[1].payload)?.contains(":path: /s.S/M") == true)
    #expect(rest[2] == SentFrame(kind: Self.data, flags: 1, stream: 1, payload: [0, 0, 0, 0, 3, 1, 2, 3]))
  }

  @Test func `calls on one connection have streams of their own`() throws {
    let client = try Client(greeted: true)
    for stream in stride(from: UInt32(1), to: 200, by: 2) {
      client.call([1])
      #expect(SentFrame.all(client.sent()).allSatisfy { $0.stream == stream })
      client.hear([Self.headers(Self.head, stream: stream), Self.trailers(Self.end, stream: stream)])
      #expect(client.state == UInt32(AXZ_CHANNEL_ANSWERED))
      #expect(client.answer.keeps_connection)
    }
  }

  @Test func `a long message is cut by the frames' size and by both windows`() throws {
    let body = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let client = try Client(greeted: true)
    client.call(body)
    var frames = SentFrame.all(client.sent()).filter { $0.kind == Self.data }
    #expect(frames.map(\.payload.count) == [16384, 16384, 16384, 16383])
    // The window of the stream alone changes nothing, as both are used up.
    client.hear([SentFrame(kind: Self.windowUpdate, stream: 1, payload: number(1000))])
    #expect(client.sent().isEmpty)
    client.hear([SentFrame(kind: Self.windowUpdate, payload: number(100))])
    frames += SentFrame.all(client.sent())
    #expect(frames.last?.payload.count == 100)
    client.hear([
      SentFrame(kind: Self.windowUpdate, payload: number(1 << 20)),
      SentFrame(kind: Self.windowUpdate, stream: 1, payload: number(1 << 20)),
      SentFrame(kind: Self.settings, payload: [0, 5] + number(20000)),
    ])
    frames += SentFrame.all(client.sent()).filter { $0.kind == Self.data }
    #expect(frames.contains { $0.payload.count == 20000 })
    #expect(frames.map(\.flags) == frames.dropLast().map { _ in 0 } + [1])
    #expect(Array(frames.flatMap(\.payload)) == Self.message(body))
  }

  @Test func `a window that the server takes back is waited for`() throws {
    let client = try Client(greeted: true)
    client.call([UInt8](repeating: 1, count: 100_000))
    _ = client.sent()
    // 65,535 bytes are sent; with a first window of 10 the stream's is below 0.
    client.hear([
      SentFrame(kind: Self.settings, payload: [0, 4] + number(10)),
      SentFrame(kind: Self.windowUpdate, payload: number(1 << 20)),
      SentFrame(kind: Self.windowUpdate, stream: 1, payload: number(65525)),
    ])
    #expect(SentFrame.all(client.sent()).allSatisfy { $0.kind != Self.data })
    client.hear([SentFrame(kind: Self.windowUpdate, stream: 1, payload: number(5))])
    #expect(SentFrame.all(client.sent()).map(\.payload.count) == [5])
  }

  @Test func `settings before the call are its windows and frames`() throws {
    let client = try Client()
    client.call([UInt8](repeating: 1, count: 100))
    _ = client.sent()
    client.hear([SentFrame(kind: Self.settings, payload: [0, 4] + number(7))])
    #expect(SentFrame.all(client.sent()).last?.payload.count == 7)
  }

  @Test func `a server that allows no stream is waited for`() throws {
    let client = try Client()
    client.call([1])
    client.hear([SentFrame(kind: Self.settings, payload: [0, 3] + number(0))])
    #expect(SentFrame.all(Array(client.sent().dropFirst(24))).allSatisfy { $0.kind == Self.settings })
    client.hear([SentFrame(kind: Self.settings, payload: [0, 3] + number(1))])
    #expect(SentFrame.all(client.sent()).contains { $0.kind == Self.headers })
  }

  @Test func `a header larger than a frame goes on in others`() throws {
    let client = try Client(greeted: true)
    let value = String(repeating: "v", count: 40_000)
    client.call([1], headers: "long: \(value)\r\n")
    let frames = SentFrame.all(client.sent())
    #expect(frames.map(\.kind) == [Self.headers, Self.continuation, Self.continuation, Self.data])
    #expect(frames.map { $0.flags & Self.endOfHeaders } == [0, 0, Self.endOfHeaders, 0])
    #expect(text(frames[0].payload + frames[1].payload + frames[2].payload).contains(value))
  }

  // MARK: Answers

  @Test func `an answer has a status and a message`() throws {
    let client = try Client.called()
    client.hear(Self.fine)
    #expect(client.state == UInt32(AXZ_CHANNEL_ANSWERED))
    #expect((client.answer.verdict, client.answer.status) == (UInt32(AXZ_VERDICT_TAKEN), 0))
    #expect(client.content == [9, 8, 7])
    #expect(client.answer.keeps_connection)
  }

  @Test func `an answer may come in any pieces`() throws {
    let answer = Self.fine.flatMap(\.encoded)
    for size in 1..<40 {
      let client = try Client.called()
      for start in stride(from: 0, to: answer.count, by: size) {
        client.hear(Array(answer[start..<min(start + size, answer.count)]))
      }
      #expect(client.content == [9, 8, 7])
    }
  }

  @Test func `padding, priorities, interim answers and unknown frames are passed over`() throws {
    let client = try Client.called()
    let padded = [3] + Self.message([5]) + [0, 0, 0]
    client.hear([
      SentFrame(kind: 0x42, flags: 0xff, stream: 9, payload: [1, 2, 3]),
      SentFrame(kind: 2, stream: 5, payload: [0, 0, 0, 0, 9]),
      Self.headers(literal(":status", "103") + literal("link", "x")),
      Self.headers([2, 0, 0, 0, 0, 16] + Self.head + [0, 0], Self.endOfHeaders | 0x08 | 0x20),
      Self.data(padded, 0x08), Self.trailers(Self.end),
    ])
    #expect(client.content == [5])
  }

  @Test func `a header may come in parts`() throws {
    let client = try Client.called()
    client.hear([
      Self.headers(Array(Self.head.prefix(5)), 0), SentFrame(kind: Self.continuation, stream: 1, payload: []),
      SentFrame(kind: Self.continuation, flags: 4, stream: 1, payload: Array(Self.head.dropFirst(5))),
      Self.trailers(Self.end),
    ])
    #expect(client.state == UInt32(AXZ_CHANNEL_ANSWERED))
  }

  @Test(arguments: 0...18)
  func `OTLP says which codes are tried again`(code: UInt32) throws {
    let client = try Client.called()
    client.hear([Self.trailers(Self.head + literal("grpc-status", "\(code)") + literal("grpc-message", "why"))])
    let isLater = [1, 4, 10, 11, 14, 15].contains(code)
    let expected = code == 0 ? AXZ_VERDICT_TAKEN : isLater ? AXZ_VERDICT_LATER : AXZ_VERDICT_REFUSED
    #expect((client.answer.verdict, client.answer.status) == (UInt32(expected), code))
  }

  /// google.rpc.Status { code: 8, details: [BadRequest, RetryInfo { retry_delay { seconds: 2, nanos: 500,000,000 } }] },
  /// with padding and without.
  static let retryInfo =
    """
    CAgaKwopdHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLkJhZFJlcXVlc3Qa\
    NgoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxIKCggI\
    AhCAyrXuAQ==
    """

  @Test(arguments: [retryInfo, retryInfo.replacing("=", with: "")], [8, 14] as [UInt32])
  func `a receiver may say when to come again`(details: String, code: UInt32) throws {
    let client = try Client.called()
    client.hear([
      Self.headers(Self.head),
      Self.trailers(literal("grpc-status", "\(code)") + literal("grpc-status-details-bin", details)),
    ])
    #expect(client.answer.verdict == UInt32(AXZ_VERDICT_LATER))
    #expect(client.answer.pause == 2_500_000_000)
  }

  @Test(arguments: ["", "!", "CAg", "CAgaKgoodHlwZS5nb29nbGVhcGlz", "////", "CAgaAA=="])
  func `details that say no time are no RetryInfo`(details: String) throws {
    let client = try Client.called()
    client.hear([Self.trailers(Self.head + literal("grpc-status", "8") + literal("grpc-status-details-bin", details))])
    #expect((client.answer.verdict, client.answer.pause) == (UInt32(AXZ_VERDICT_REFUSED), 0))
  }

  @Test(
    arguments: [
      (400, AXZ_VERDICT_REFUSED), (401, AXZ_VERDICT_REFUSED), (403, AXZ_VERDICT_REFUSED), (404, AXZ_VERDICT_REFUSED),
      (429, AXZ_VERDICT_LATER), (502, AXZ_VERDICT_LATER), (503, AXZ_VERDICT_LATER), (504, AXZ_VERDICT_LATER),
      (500, AXZ_VERDICT_REFUSED), (302, AXZ_VERDICT_REFUSED),
    ] as [(UInt32, Int)])
  func `an answer of HTTP alone counts as gRPC says`(status: UInt32, verdict: Int) throws {
    let client = try Client.called()
    client.hear([Self.headers(literal(":status", "\(status)")), Self.data([0x3c, 0x68], 1)])
    #expect((client.answer.verdict, client.answer.status) == (UInt32(verdict), status))
  }

  @Test func `a stream that ends without a status is an unknown one`() throws {
    let client = try Client.called()
    client.hear([Self.headers(Self.head), Self.data(Self.message([1]), 1)])
    #expect((client.answer.verdict, client.answer.status) == (UInt32(AXZ_VERDICT_REFUSED), 2))
  }

  @Test(arguments: [(7, 14), (8, 1), (11, 8), (12, 7), (0, 13), (2, 13), (99, 13)] as [(UInt32, UInt32)])
  func `a stream that is reset has the status that gRPC says`(code: UInt32, status: UInt32) throws {
    let client = try Client.called()
    client.hear([SentFrame(kind: Self.reset, stream: 1, payload: number(code))])
    #expect(client.answer.status == status)
    #expect(client.answer.keeps_connection)
    // The next call goes on beside what comes late for the first.
    client.call([1])
    _ = client.sent()
    client.hear([Self.data([1]), Self.headers(Self.head, stream: 3), Self.trailers(Self.end, stream: 3)])
    #expect(client.answer.verdict == UInt32(AXZ_VERDICT_TAKEN))
  }

  @Test func `an answer before the end of the request ends the connection`() throws {
    let client = try Client(greeted: true)
    client.call([UInt8](repeating: 1, count: 100_000))
    _ = client.sent()
    client.hear([Self.trailers(Self.head + literal("grpc-status", "16"))])
    #expect(client.answer.status == 16)
    #expect(!client.answer.keeps_connection)
  }

  @Test func `a message of a megabyte is read, and room is given for it`() throws {
    let client = try Client.called()
    let whole = Self.message([UInt8](repeating: 3, count: 1 << 20))
    client.hear([Self.headers(Self.head)])
    var given = 0
    for start in stride(from: 0, to: whole.count, by: 16384) {
      client.hear([Self.data(Array(whole[start..<min(start + 16384, whole.count)]))])
      for frame in SentFrame.all(client.sent()) where frame.kind == Self.windowUpdate && frame.stream == 0 {
        given += Int(frame.payload.reduce(0) { $0 << 8 | UInt32($1) })
      }
    }
    client.hear([Self.trailers(Self.end)])
    #expect(client.content.count == 1 << 20)
    #expect(given >= whole.count - 16384)
    #expect(given <= whole.count)
  }

  @Test func `a ping is answered`() throws {
    let client = try Client.called()
    client.hear([
      SentFrame(kind: Self.ping, payload: Array(1...8)), SentFrame(kind: Self.ping, flags: 1, payload: Array(1...8)),
    ])
    #expect(SentFrame.all(client.sent()) == [SentFrame(kind: Self.ping, flags: 1, payload: Array(1...8))])
  }
}
