/// Looks for the end of a head in bytes that come in pieces, and looks at no byte twice.
///
/// This is all that a connection must remember between two reads of one head.
package struct HeadSearch: Sendable {
  private var scanned = 0

  package init() {}

  /// The count of bytes of the head with its empty line; nil when more bytes are needed.
  ///
  /// - Parameter bytes: everything received since the head began; grows from call to call.
  /// - Throws: `headTooLarge` as soon as the head cannot end within the limit.
  package mutating func end(in bytes: Span<UInt8>, headBytesMax: Int) throws(HTTP1Error) -> Int? {
    while true {
      guard let lineFeed = ByteSearch.lineFeed(in: bytes, from: scanned) else {
        scanned = bytes.count
        break
      }
      // The empty line ends in LF alone or in CRLF; the parser then refuses a bare LF by name.
      var next = lineFeed + 1
      if next < bytes.count, bytes[next] == 0x0d { next += 1 }
      guard next < bytes.count else {
        scanned = lineFeed
        break
      }
      if bytes[next] == 0x0a {
        guard next < headBytesMax else { throw .headTooLarge }
        return next + 1
      }
      scanned = lineFeed + 1
    }
    guard bytes.count < headBytesMax else { throw .headTooLarge }
    return nil
  }
}
