import EventLoop
import HTTP1
import HTTPTypes

/// Reads one response from received bytes: interim heads, the head, the body.
struct AnswerReader {
  enum Step {
    case needsMore
    case head(status: Int, fields: HTTPFields)
    case piece([UInt8])
    case end
  }

  private var method: RequestMethod = .get
  private var search = HeadSearch()
  private var body: MessageBodyReader?
  private var framing: BodyFraming = .none
  private var interimCount = 0
  /// Whether any byte of the response has come.
  private(set) var hasReceived = false
  private(set) var isKeepAlive = false

  /// Interim heads before a response; a server that sends more is broken or hostile.
  private static let interimCountMax = 8

  var hasHead: Bool { body != nil }
  /// Whether the response is over with its head.
  var isComplete: Bool { hasHead && framing == .none }

  mutating func begin(method: HTTPMethod) {
    self = AnswerReader()
    self.method = method == .head ? .head : .get
  }

  mutating func next(
    from input: inout ByteQueue, parser: inout ResponseHeadParser
  ) throws(HTTP1Error) -> Step {
    if body != nil { return try readBody(&input) }
    guard !input.isEmpty else { return .needsMore }
    hasReceived = true
    return try readHead(&input, &parser)
  }

  private mutating func readHead(
    _ input: inout ByteQueue, _ parser: inout ResponseHeadParser
  ) throws(HTTP1Error) -> Step {
    while true {
      // SAFETY: the queue is not changed while the span is used.
      let bytes = unsafe Span<UInt8>(_unsafeBytes: input.bytes)
      guard try parser.parse(bytes, method: method, search: &search) else { return .needsMore }
      let head = parser.head
      if !head.isInterim {
        let fields = head.fields.fields(in: bytes)
        body = try MessageBodyReader(head.framing, bodyBytesMax: .max)
        framing = head.framing
        isKeepAlive = head.isKeepAlive
        input.removeFirst(head.byteCount)
        return .head(status: head.status, fields: fields)
      }
      interimCount += 1
      guard interimCount <= Self.interimCountMax else { throw .malformedStatusLine }
      input.removeFirst(head.byteCount)
      search = HeadSearch()
    }
  }

  private mutating func readBody(_ input: inout ByteQueue) throws(HTTP1Error) -> Step {
    var offset = 0
    var piece: [UInt8] = []
    defer { input.removeFirst(offset) }
    // SAFETY: the queue is not changed while the span is used.
    let bytes = unsafe Span<UInt8>(_unsafeBytes: input.bytes)
    while true {
      switch try body?.next(bytes, from: &offset) {
      case .data(let range):
        // SAFETY: the reader gives ranges within the span.
        unsafe piece.append(contentsOf: input.bytes[range])
      case .end:
        guard piece.isEmpty else { return .piece(piece) }
        return .end
      case .needsMore, nil: return piece.isEmpty ? .needsMore : .piece(piece)
      }
    }
  }

  /// Whether the end of the connection ends the response.
  func finishAtClose() throws(HTTP1Error) {
    guard let body else { throw .incompleteBody }
    try body.finishAtClose()
  }
}
