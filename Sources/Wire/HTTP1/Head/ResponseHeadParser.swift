/// Parses response heads strictly (RFC 9112); one serves a whole event loop.
package struct ResponseHeadParser {
  package let limits: HTTP1Limits
  /// The head that was parsed last.
  package private(set) var head = ResponseHead()

  package init(limits: HTTP1Limits = HTTP1Limits()) { self.limits = limits }

  /// Parses a head once it is there as a whole.
  ///
  /// - Parameters:
  ///   - bytes: everything received since the head began; may continue past the head.
  ///   - method: the method of the request, which decides whether there is a body.
  ///   - search: what is remembered between the calls for one head; a new one for every head.
  /// - Returns: false when more bytes are needed; true when ``head`` is valid.
  package mutating func parse(
    _ bytes: Span<UInt8>, method: RequestMethod, search: inout HeadSearch
  ) throws(HTTP1Error) -> Bool {
    guard let end = try search.end(in: bytes, headBytesMax: limits.headBytesMax) else { return false }
    try parse(head: bytes.extracting(0..<end), method: method)
    return true
  }

  private mutating func parse(head bytes: Span<UInt8>, method: RequestMethod) throws(HTTP1Error) {
    head.fields.removeAll()
    head.byteCount = bytes.count
    var lines = HeadLines()
    let line = try lines.next(in: bytes)
    try readStatusLine(bytes, line.start, line.end)
    try lines.readFields(of: bytes, into: &head.fields, fieldCountMax: limits.fieldCountMax)
    let rules = try MessageRules(head.fields, in: bytes)
    guard !rules.isChunked || head.minorVersion == 1 else { throw .transferEncodingInHTTP10 }
    head.framing = framing(rules, method: method)
    head.isKeepAlive =
      rules.isPersistent(minorVersion: head.minorVersion) && head.framing != .untilClose && head.status != 101
  }

  /// RFC 9112, section 6.3: the first rule that applies.
  private func framing(_ rules: MessageRules, method: RequestMethod) -> BodyFraming {
    if method == .head || head.status < 200 || head.status == 204 || head.status == 304 { return .none }
    if method == .connect, head.status < 300 { return .none }
    if rules.isChunked { return .chunked }
    guard let length = rules.contentLength else { return .untilClose }
    return length == 0 ? .none : .length(length)
  }

  /// RFC 9112, section 4; the space before an empty reason may be missing, as some servers leave it out.
  private mutating func readStatusLine(
    _ bytes: Span<UInt8>, _ start: Int, _ end: Int
  ) throws(HTTP1Error) {
    guard end - start >= 12, bytes[start + 8] == 0x20 else { throw .malformedStatusLine }
    head.minorVersion = try HeadLines.minorVersion(of: bytes, from: start, to: start + 8)
    var status = 0
    for index in (start + 9)..<(start + 12) {
      guard bytes[index] >= 0x30, bytes[index] <= 0x39 else { throw .malformedStatusLine }
      status = status * 10 + Int(bytes[index] - 0x30)
    }
    guard status >= 100, status <= 599 else { throw .malformedStatusLine }
    head.status = status
    guard end == start + 12 || bytes[start + 12] == 0x20 else { throw .malformedStatusLine }
    let reasonStart = min(start + 13, end)
    guard ByteSearch.invalidValueByte(in: bytes, from: reasonStart, to: end) == nil else {
      throw .malformedStatusLine
    }
    head.reason = ByteRange(reasonStart, end)
  }
}
