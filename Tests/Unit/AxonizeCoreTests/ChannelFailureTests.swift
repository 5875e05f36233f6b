import CAxonizeCore
import Testing

@testable import AxonizeCore

/// How a connection ends.
extension ChannelTests {
  @Test func `a server that leaves and has not looked at the call says so`() throws {
    let client = try Client.called()
    client.hear([SentFrame(kind: Self.goAway, payload: number(0) + number(0))])
    #expect(client.state == UInt32(AXZ_CHANNEL_UNPROCESSED))
  }

  @Test func `a server that leaves ends the call first`() throws {
    let client = try Client.called()
    client.hear([SentFrame(kind: Self.goAway, payload: number(0x7fff_ffff) + number(0))] + Self.fine)
    #expect(client.state == UInt32(AXZ_CHANNEL_ANSWERED))
    #expect(!client.answer.keeps_connection)
    #expect(!client.call([1]))
  }

  @Test func `the end of the connection is told`() throws {
    let client = try Client.called()
    client.hear([UInt8]())
    #expect(client.state == UInt32(AXZ_CHANNEL_CLOSED))
    let other = try Client.called()
    other.hear([Self.headers(Self.head)])
    other.hear([UInt8]())
    #expect(other.state == UInt32(AXZ_CHANNEL_MALFORMED))
  }

  @Test(arguments: [
    "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "<html>what?</html>", "\u{15}\u{3}\u{1}\0\u{2}\u{2}F",
  ])
  func `a server of something else is known by its first words`(words: String) throws {
    let client = try Client()
    client.call([1])
    client.hear(Array(words.utf8))
    client.hear([UInt8]())
    #expect(client.state == UInt32(AXZ_CHANNEL_FOREIGN))
    #expect(client.sent().isEmpty)
  }

  static let broken: [(String, [SentFrame])] = [
    ("data before a header", [data([1])]),
    ("data of a stream that is not there", [data([1], stream: 3)]),
    ("data of no stream", [data([1], stream: 0)]),
    ("a header of a stream of the server's", [headers(head, stream: 2)]),
    ("a header without a status", [headers(end)]),
    ("a status that is none", [headers(literal(":status", "ok"))]),
    ("trailers that do not end", [headers(head), headers(end)]),
    ("a status in trailers", [headers(head), trailers([0x88])]),
    ("an interim answer that ends", [trailers(literal(":status", "100"))]),
    ("padding longer than the frame", [headers([9, 0x88], endOfHeaders | 8)]),
    ("padding of nothing", [headers([], endOfHeaders | 8)]),
    ("a priority cut off", [headers([0, 0, 0, 0], endOfHeaders | 0x20)]),
    ("something between parts of a header", [headers([0x88], 0), SentFrame(kind: ping, payload: Array(1...8))]),
    ("a part of another stream's header", [headers([0x88], 0), SentFrame(kind: continuation, flags: 4, stream: 3)]),
    ("a part of no header", [SentFrame(kind: continuation, flags: 4, stream: 1)]),
    ("parts without end", [headers([0x88], 0)] + (0..<80).map { _ in SentFrame(kind: continuation, stream: 1) }),
    (
      "a header of 20 KB",
      [
        headers([UInt8](repeating: 0x88, count: 10000), 0),
        SentFrame(kind: continuation, flags: 4, stream: 1, payload: [UInt8](repeating: 0x88, count: 10000)),
      ]
    ),
    ("a block that is none", [headers([0xff, 0xff])]),
    ("a frame of 16,385 bytes", [SentFrame(kind: 0x42, payload: [UInt8](repeating: 0, count: 16385))]),
    ("a pushed stream", [SentFrame(kind: 5, flags: 4, stream: 1, payload: number(2) + [0x82])]),
    ("a reset of 3 bytes", [SentFrame(kind: reset, stream: 1, payload: [0, 0, 0])]),
    ("a reset of no stream", [SentFrame(kind: reset, payload: number(8))]),
    ("settings of 5 bytes", [SentFrame(kind: settings, payload: [0, 1, 0, 0, 0])]),
    ("settings of a stream", [SentFrame(kind: settings, stream: 1)]),
    ("settings acknowledged with a payload", [SentFrame(kind: settings, flags: 1, payload: [0, 1, 0, 0, 0, 0])]),
    ("a window of 2 GiB", [SentFrame(kind: settings, payload: [0, 4] + number(0x8000_0000))]),
    ("frames of 1 KiB", [SentFrame(kind: settings, payload: [0, 5] + number(1024))]),
    ("frames of 16 MiB", [SentFrame(kind: settings, payload: [0, 5] + number(1 << 24))]),
    ("pushing switched on", [SentFrame(kind: settings, payload: [0, 2] + number(1))]),
    ("a ping of 7 bytes", [SentFrame(kind: ping, payload: Array(1...7))]),
    ("a ping of a stream", [SentFrame(kind: ping, stream: 1, payload: Array(1...8))]),
    ("a farewell of 7 bytes", [SentFrame(kind: goAway, payload: Array(1...7))]),
    ("a window that grows by nothing", [SentFrame(kind: windowUpdate, payload: number(0))]),
    ("a window of 3 bytes", [SentFrame(kind: windowUpdate, payload: [0, 0, 1])]),
    ("a connection's window beyond 2 GiB", [SentFrame(kind: windowUpdate, payload: number(0x7fff_ffff))]),
    ("a stream's window beyond 2 GiB", [SentFrame(kind: windowUpdate, stream: 1, payload: number(0x7fff_ffff))]),
    (
      "a message of more than a megabyte",
      [headers(head)]
        + (0..<80).map { _ in data([UInt8](repeating: 0, count: 16384)) }
    ),
    ("a hundred thousand pings", (0..<100_000).map { _ in SentFrame(kind: ping, payload: Array(1...8)) }),
  ]

  @Test(arguments: broken)
  func `what breaks the rules ends the connection`(what: String, frames: [SentFrame]) throws {
    let client = try Client.called()
    client.hear(frames)
    #expect(client.state == UInt32(AXZ_CHANNEL_MALFORMED), Comment(rawValue: what))
    #expect(client.sent().isEmpty)
    #expect(!client.call([1]))
    // A new connection begins from nothing.
    client.reset()
    client.call([1])
    client.hear([SentFrame(kind: Self.settings)])
    _ = client.sent()
    client.hear(Self.fine)
    #expect(client.content == [9, 8, 7])
  }

  @Test func `random frames end in an answer or a closed connection`() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      let client = try Client.called()
      for _ in 0..<20 {
        var frame = Self.fine.randomElement(using: &generator) ?? Self.data([])
        if Bool.random(using: &generator) {
          frame = SentFrame(
            kind: .random(in: 0...10, using: &generator), flags: .random(in: 0...255, using: &generator),
            stream: .random(in: 0...3, using: &generator),
            payload: (0..<Int.random(in: 0...40, using: &generator)).map { _ in .random(in: 0...255, using: &generator)
            })
        } else if !frame.payload.isEmpty {
          frame.payload[.random(in: 0..<frame.payload.count, using: &generator)] = .random(
            in: 0...255, using: &generator)
        }
        client.hear([frame])
        #expect(client.sent().count < 200_000)
      }
      #expect(client.state <= UInt32(AXZ_CHANNEL_FOREIGN))
    }
  }
}
