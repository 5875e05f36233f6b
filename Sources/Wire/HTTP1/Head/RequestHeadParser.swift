/// Parses request heads strictly (RFC 9112); one serves a whole event loop.
///
/// It refuses what two parsers could read in two ways: bare LF, folded fields, a space before a colon, content-length
/// with transfer-encoding, differing lengths, unknown transfer codings.
package struct RequestHeadParser {
  package let limits: HTTP1Limits
  /// The head that was parsed last.
  package private(set) var head = RequestHead()

  package init(limits: HTTP1Limits = HTTP1Limits()) { self.limits = limits }

  /// Parses a head once it is there as a whole.
  ///
  /// - Parameters:
  ///   - bytes: everything received since the head began; may continue past the head.
  ///   - search: what is remembered between the calls for one head; a new one for every head.
  /// - Returns: false when more bytes are needed; true when ``head`` is valid.
  package mutating func parse(_ bytes: Span<UInt8>, search: inout HeadSearch) throws(HTTP1Error) -> Bool {
    guard let end = try search.end(in: bytes, headBytesMax: limits.headBytesMax) else { return false }
    try parse(head: bytes.extracting(0..<end))
    return true
  }

  private mutating func parse(head bytes: Span<UInt8>) throws(HTTP1Error) {
    head.fields.removeAll()
    head.byteCount = bytes.count
    var lines = HeadLines()
    lines.skipEmptyLine(in: bytes)
    let line = try lines.next(in: bytes)
    try readRequestLine(bytes, line.start, line.end)
    try lines.readFields(of: bytes, into: &head.fields, fieldCountMax: limits.fieldCountMax)
    try applyRules(MessageRules(head.fields, in: bytes))
  }

  /// RFC 9112, section 3: single spaces between the three parts.
  private mutating func readRequestLine(
    _ bytes: Span<UInt8>, _ start: Int, _ end: Int
  ) throws(HTTP1Error) {
    var index = start
    while index < end, Characters.isToken(bytes[index]) { index += 1 }
    guard index > start, index - start <= 24 else { throw .invalidMethod }
    guard index < end, bytes[index] == 0x20 else {
      throw index < end && !Characters.isBlank(bytes[index]) ? .invalidMethod : .malformedRequestLine
    }
    head.methodToken = ByteRange(start, index)
    head.method = RequestMethod(head.methodToken, in: bytes)
    let targetStart = index + 1
    index = targetStart
    while index < end, Characters.isTarget(bytes[index]) { index += 1 }
    guard index < end else { throw .malformedRequestLine }
    guard bytes[index] == 0x20 else {
      throw bytes[index] == 0x0d ? .bareCarriageReturn : .invalidTarget
    }
    guard index > targetStart else { throw .malformedRequestLine }
    guard index - targetStart <= limits.targetBytesMax else { throw .targetTooLong }
    head.minorVersion = try HeadLines.minorVersion(of: bytes, from: index + 1, to: end)
    try readTarget(bytes, targetStart, index)
  }

  /// RFC 9112, section 3.2: the four forms of a target.
  private mutating func readTarget(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) throws(HTTP1Error) {
    head.target = ByteRange(start, end)
    head.authority = .empty
    head.query = .empty
    if head.method == .connect {
      for index in start..<end where !Characters.isHost(bytes[index]) { throw .invalidTarget }
      head.authority = head.target
      head.path = .empty
      return
    }
    if bytes[start] == UInt8(ascii: "*") {
      guard end - start == 1, head.method == .options else { throw .invalidTarget }
      head.path = head.target
      return
    }
    var pathStart = start
    if bytes[start] != UInt8(ascii: "/") { pathStart = try readAuthority(bytes, start, end) }
    var pathEnd = pathStart
    while pathEnd < end, bytes[pathEnd] != UInt8(ascii: "?") { pathEnd += 1 }
    head.path = ByteRange(pathStart, pathEnd)
    if pathEnd < end { head.query = ByteRange(pathEnd + 1, end) }
  }

  /// Reads `http://host` or `https://host` and returns where the path begins.
  private mutating func readAuthority(
    _ bytes: Span<UInt8>, _ start: Int, _ end: Int
  ) throws(HTTP1Error) -> Int {
    let http = ByteRange(start, min(start + 7, end))
    let https = ByteRange(start, min(start + 8, end))
    let hostStart: Int
    if http.equals(ignoringCase: "http://", in: bytes) {
      hostStart = start + 7
    } else if https.equals(ignoringCase: "https://", in: bytes) {
      hostStart = start + 8
    } else {
      throw .invalidTarget
    }
    var index = hostStart
    while index < end, Characters.isHost(bytes[index]) { index += 1 }
    guard index > hostStart else { throw .invalidTarget }
    guard index == end || bytes[index] == UInt8(ascii: "/") || bytes[index] == UInt8(ascii: "?") else {
      throw .invalidTarget
    }
    head.authority = ByteRange(hostStart, index)
    return index
  }

  private mutating func applyRules(_ rules: MessageRules) throws(HTTP1Error) {
    // RFC 9112, section 3.2: exactly one host field in HTTP/1.1.
    guard rules.hostCount <= 1 else { throw .repeatedHost }
    guard rules.hostCount == 1 || head.minorVersion == 0 else { throw .missingHost }
    if head.authority.isEmpty, let host = head.fields.first(.host) { head.authority = host }
    // RFC 9112, section 6.1: a faulty framing in HTTP/1.0.
    guard !rules.isChunked || head.minorVersion == 1 else { throw .transferEncodingInHTTP10 }
    head.framing = rules.isChunked ? .chunked : rules.contentLength.map { $0 == 0 ? .none : .length($0) } ?? .none
    head.isKeepAlive = rules.isPersistent(minorVersion: head.minorVersion)
    // RFC 9110, section 10.1.1: no such expectation in HTTP/1.0 or without a body.
    head.expectsContinue = rules.expectsContinue && head.minorVersion == 1 && head.framing != .none
    head.isUpgrade = rules.isUpgrade && rules.hasUpgradeField && head.minorVersion == 1
  }
}
