/// What the fields of a head say about its body and its connection.
struct MessageRules {
  var contentLength: Int?
  var isChunked = false
  var isClose = false
  var isKeepAlive = false
  var isUpgrade = false
  var expectsContinue = false
  var hostCount = 0
  var hasUpgradeField = false

  init(_ fields: HeadFields, in bytes: Span<UInt8>) throws(HTTP1Error) {
    for field in fields.all {
      switch field.id {
      case .contentLength: try readContentLength(field.value, bytes)
      case .transferEncoding:
        // RFC 9112, section 6.1: only chunked, only once, nothing before it.
        guard !isChunked, field.value.equals(ignoringCase: "chunked", in: bytes) else {
          throw .unsupportedTransferEncoding
        }
        isChunked = true
      case .connection: readConnection(field.value, bytes)
      case .expect:
        guard field.value.equals(ignoringCase: "100-continue", in: bytes) else { throw .unsupportedExpectation }
        expectsContinue = true
      case .host:
        hostCount += 1
        for index in field.value.indices where !Characters.isHost(bytes[index]) { throw .invalidHost }
      case .upgrade: hasUpgradeField = true
      default: break
      }
    }
    // RFC 9112, section 6.3: a sign of request smuggling.
    guard contentLength == nil || !isChunked else { throw .contentLengthWithTransferEncoding }
  }

  /// RFC 9112, section 9.3.
  func isPersistent(minorVersion: UInt8) -> Bool { !isClose && (minorVersion == 1 || isKeepAlive) }

  private mutating func readContentLength(_ value: ByteRange, _ bytes: Span<UInt8>) throws(HTTP1Error) {
    guard value.count >= 1, value.count <= 18 else { throw .invalidContentLength }
    var length = 0
    for index in value.indices {
      let byte = bytes[index]
      guard byte >= 0x30, byte <= 0x39 else { throw .invalidContentLength }
      length = length * 10 + Int(byte - 0x30)
    }
    guard contentLength == nil || contentLength == length else { throw .differingContentLengths }
    contentLength = length
  }

  private mutating func readConnection(_ value: ByteRange, _ bytes: Span<UInt8>) {
    var start = value.indices.lowerBound
    let end = value.indices.upperBound
    while start < end {
      var stop = start
      while stop < end, bytes[stop] != UInt8(ascii: ",") { stop += 1 }
      var last = stop
      while start < last, Characters.isBlank(bytes[start]) { start += 1 }
      while last > start, Characters.isBlank(bytes[last - 1]) { last -= 1 }
      let option = ByteRange(start, last)
      if option.equals(ignoringCase: "close", in: bytes) { isClose = true }
      if option.equals(ignoringCase: "keep-alive", in: bytes) { isKeepAlive = true }
      if option.equals(ignoringCase: "upgrade", in: bytes) { isUpgrade = true }
      start = stop + 1
    }
  }
}
