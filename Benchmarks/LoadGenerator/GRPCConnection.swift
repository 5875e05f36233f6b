/// OTLP/gRPC over one HTTP/2 connection in clear text (RFC 9113, prior knowledge).
///
/// Frames are written by hand, because this program shares the machine with the server it measures and a general client
/// would cost more than the server.
final class GRPCConnection: Connection {
  private struct Stream {
    let token: UInt64
    var window: Int
    /// The message after its five-byte prefix; empty once all of it is written.
    var body: [UInt8]
    var bodyOffset = 0
    var response: [UInt8] = []
    var fields: [String: String] = [:]
  }

  private enum FrameType {
    static let data: UInt8 = 0
    static let headers: UInt8 = 1
    static let resetStream: UInt8 = 3
    static let settings: UInt8 = 4
    static let ping: UInt8 = 6
    static let goAway: UInt8 = 7
    static let windowUpdate: UInt8 = 8
    static let continuation: UInt8 = 9
  }

  private static let acknowledged: UInt8 = 0x1
  private static let endStream: UInt8 = 0x1
  private static let endHeaders: UInt8 = 0x4
  /// Stop making frames when this much waits for the kernel.
  private static let outputBytesMax = 1 << 20

  let socket: Socket
  private let inFlightMax: Int
  private let requestHeaders: [UInt8]
  private let isCompressed: Bool
  private let inflater: HeaderInflater
  private var output: [UInt8] = []
  private var outputOffset = 0
  private var input: [UInt8] = []
  private var streams: [UInt32: Stream] = [:]
  /// Streams whose body is not yet written, oldest first.
  private var sending: [UInt32] = []
  private var nextStream: UInt32 = 1
  private var connectionWindow = 65535
  private var streamWindow = 65535
  private var frameSizeMax = 16384
  private var peerStreamsMax = Int.max
  private(set) var bytesSent: UInt64 = 0

  init(options: Options) throws(LoadError) {
    socket = try Socket(host: options.host, port: options.port)
    inflater = try HeaderInflater()
    inFlightMax = options.inFlight
    isCompressed = options.gzip
    var fields: [(String, String)] = [
      (":method", "POST"), (":scheme", "http"), (":authority", "\(options.host):\(options.port)"),
      (":path", "/opentelemetry.proto.collector.trace.v1.TraceService/Export"),
      ("content-type", "application/grpc"), ("te", "trailers"), ("user-agent", "axonize-load"),
    ]
    if options.gzip { fields.append(("grpc-encoding", "gzip")) }
    if let key = options.key { fields.append(("authorization", "Bearer \(key)")) }
    requestHeaders = fields.flatMap { Self.literal(name: $0, value: $1) }
    output.append(contentsOf: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    appendFrame(FrameType.settings, flags: 0, stream: 0, payload: [])
    // A large window for answers, once; they are a few bytes each.
    appendFrame(FrameType.windowUpdate, flags: 0, stream: 0, payload: Self.bigEndian(1 << 30))
  }

  var isReadyForRequest: Bool { streams.count < min(inFlightMax, peerStreamsMax) && sending.isEmpty }
  var hasOutput: Bool { outputOffset < output.count }
  var inFlightCount: Int { streams.count }

  func enqueue(body: [UInt8], token: UInt64) {
    let id = nextStream
    nextStream += 2
    appendFrame(FrameType.headers, flags: Self.endHeaders, stream: id, payload: requestHeaders)
    let message = [isCompressed ? 1 : 0] + Self.bigEndian(UInt32(body.count)) + body
    streams[id] = Stream(token: token, window: streamWindow, body: message)
    sending.append(id)
    writeBodies()
  }

  func flush() throws(LoadError) {
    while hasOutput {
      let count = try socket.send(output, from: outputOffset)
      if count == 0 { return }
      outputOffset += count
      bytesSent += UInt64(count)
      if outputOffset == output.count {
        output.removeAll(keepingCapacity: true)
        outputOffset = 0
        writeBodies()
      }
    }
  }

  func read(_ report: (UInt64, Outcome) -> Void) throws(LoadError) {
    guard try socket.receive(into: &input) else { return }
    var offset = 0
    while input.count - offset >= 9 {
      let length = Int(input[offset]) << 16 | Int(input[offset + 1]) << 8 | Int(input[offset + 2])
      guard input.count - offset >= 9 + length else { break }
      let stream = Self.number(input[offset + 5..<offset + 9]) & 0x7FFF_FFFF
      let payload = input[offset + 9..<offset + 9 + length]
      try handle(type: input[offset + 3], flags: input[offset + 4], stream: stream, payload: payload, report)
      offset += 9 + length
    }
    input.removeFirst(offset)
    writeBodies()
  }

  // MARK: Sending

  /// Cuts waiting bodies into DATA frames as far as the windows of the stream and the connection allow.
  private func writeBodies() {
    while let id = sending.first, output.count - outputOffset < Self.outputBytesMax {
      guard var stream = streams.removeValue(forKey: id) else {
        sending.removeFirst()
        continue
      }
      let rest = stream.body.count - stream.bodyOffset
      let count = min(rest, frameSizeMax, connectionWindow, stream.window)
      guard count > 0 else {
        streams[id] = stream
        return
      }
      let isLast = count == rest
      let end = stream.bodyOffset + count
      appendFrame(
        FrameType.data, flags: isLast ? Self.endStream : 0, stream: id, payload: stream.body[stream.bodyOffset..<end])
      stream.bodyOffset = end
      stream.window -= count
      connectionWindow -= count
      if isLast {
        stream.body = []
        sending.removeFirst()
      }
      streams[id] = stream
    }
  }

  private func appendFrame(_ type: UInt8, flags: UInt8, stream: UInt32, payload: some Collection<UInt8>) {
    let length = payload.count
    output.append(UInt8(truncatingIfNeeded: length >> 16))
    output.append(UInt8(truncatingIfNeeded: length >> 8))
    output.append(UInt8(truncatingIfNeeded: length))
    output.append(type)
    output.append(flags)
    output.append(contentsOf: Self.bigEndian(stream))
    output.append(contentsOf: payload)
  }

  // MARK: Receiving

  private func handle(
    type: UInt8, flags: UInt8, stream id: UInt32, payload: ArraySlice<UInt8>, _ report: (UInt64, Outcome) -> Void
  ) throws(LoadError) {
    switch type {
    case FrameType.settings where flags & Self.acknowledged == 0:
      apply(settings: payload)
      appendFrame(FrameType.settings, flags: Self.acknowledged, stream: 0, payload: [])
    case FrameType.windowUpdate:
      let increment = Int(Self.number(payload) & 0x7FFF_FFFF)
      if id == 0 { connectionWindow += increment } else { streams[id]?.window += increment }
    case FrameType.ping where flags & Self.acknowledged == 0:
      appendFrame(FrameType.ping, flags: Self.acknowledged, stream: 0, payload: payload)
    case FrameType.data:
      streams[id]?.response.append(contentsOf: payload)
      if flags & Self.endStream != 0 { finish(id, report) }
    case FrameType.headers:
      // Padding and priority never come from a gRPC server's answers; a block fits one frame.
      guard flags & Self.endHeaders != 0 else { throw LoadError(message: "the server split a header block") }
      for (name, value) in try inflater.fields(of: payload) { streams[id]?.fields[name] = value }
      if flags & Self.endStream != 0 { finish(id, report) }
    case FrameType.resetStream:
      guard let stream = streams.removeValue(forKey: id) else { return }
      report(stream.token, Outcome(kind: .failed, detail: "stream reset with code \(Self.number(payload))"))
    case FrameType.goAway:
      let code = payload.count >= 8 ? Self.number(payload.dropFirst(4).prefix(4)) : 0
      throw LoadError(message: "the server ended the connection (GOAWAY, code \(code))")
    default: return
    }
  }

  private func apply(settings: ArraySlice<UInt8>) {
    var rest = settings
    while rest.count >= 6 {
      let identifier = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
      let value = Int(Self.number(rest.dropFirst(2).prefix(4)))
      switch identifier {
      case 3: peerStreamsMax = value
      case 4:
        for id in streams.keys { streams[id]?.window += value - streamWindow }
        streamWindow = value
      case 5: frameSizeMax = min(value, 1 << 20)
      default: break
      }
      rest = rest.dropFirst(6)
    }
  }

  private func finish(_ id: UInt32, _ report: (UInt64, Outcome) -> Void) {
    guard let stream = streams.removeValue(forKey: id) else { return }
    sending.removeAll { $0 == id }
    let status = stream.fields["grpc-status"] ?? "missing, HTTP status \(stream.fields[":status"] ?? "missing")"
    switch status {
    case "0": report(stream.token, .stored(response: stream.response.dropFirst(5)))
    // RESOURCE_EXHAUSTED, UNAVAILABLE
    case "8", "14": report(stream.token, Outcome(kind: .refused, detail: stream.fields["grpc-message"] ?? ""))
    default:
      report(
        stream.token,
        Outcome(kind: .failed, detail: "grpc-status \(status) \(stream.fields["grpc-message"] ?? "")"))
    }
  }

  // MARK: Bytes

  /// A literal field without indexing and without Huffman coding (RFC 7541, 6.2.2).
  private static func literal(name: String, value: String) -> [UInt8] {
    [0] + string(name) + string(value)
  }

  /// A string of any length: a 7-bit prefix integer, then the octets (RFC 7541, 5.1 and 5.2).
  private static func string(_ text: String) -> [UInt8] {
    var length = text.utf8.count
    guard length >= 127 else { return [UInt8(length)] + Array(text.utf8) }
    var bytes: [UInt8] = [127]
    length -= 127
    while length >= 128 {
      bytes.append(UInt8(length & 127) | 128)
      length >>= 7
    }
    return bytes + [UInt8(length)] + Array(text.utf8)
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
  }
}
