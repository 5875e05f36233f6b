/// What a body decoder found.
package enum BodyStep: Sendable, Hashable {
  /// Everything given was taken; the body goes on.
  case needsMore
  /// Bytes of the body, as a range of the bytes given.
  case data(Range<Int>)
  /// The body has ended; what follows belongs to the next message.
  case end
}

/// Takes the framing off a body, whichever it is.
package struct MessageBodyReader: Sendable {
  private enum Kind: Sendable {
    case length(remaining: Int)
    case chunked(ChunkedDecoder)
    case untilClose
  }

  private var kind: Kind
  private var bodyBytesMax: Int
  private var bodyBytes = 0

  /// - Parameter bodyBytesMax: the most bytes of the body without its framing.
  /// - Throws: `bodyTooLarge` when the head states more already.
  package init(_ framing: BodyFraming, bodyBytesMax: Int) throws(HTTP1Error) {
    self.bodyBytesMax = bodyBytesMax
    switch framing {
    case .none: kind = .length(remaining: 0)
    case .length(let length):
      guard length <= bodyBytesMax else { throw .bodyTooLarge }
      kind = .length(remaining: length)
    case .chunked: kind = .chunked(ChunkedDecoder())
    case .untilClose: kind = .untilClose
    }
  }

  /// Sets what is known only after the head was routed: the most bytes of the body.
  package mutating func limit(bodyBytesMax: Int) { self.bodyBytesMax = bodyBytesMax }

  /// Goes on from an offset and moves it over what was taken; call until it says `needsMore` or `end`.
  package mutating func next(
    _ bytes: Span<UInt8>, from offset: inout Int
  ) throws(HTTP1Error) -> BodyStep {
    let available = bytes.count - offset
    switch kind {
    case .length(let remaining):
      guard remaining > 0 else { return .end }
      guard available > 0 else { return .needsMore }
      let count = min(remaining, available)
      let part = offset..<(offset + count)
      offset += count
      kind = .length(remaining: remaining - count)
      return .data(part)
    case .chunked(var decoder):
      let step = try decoder.next(bytes, from: &offset)
      kind = .chunked(decoder)
      if case .data(let part) = step { try count(part) }
      // What is announced is refused before it comes.
      guard decoder.announcedByteCount <= bodyBytesMax - bodyBytes else { throw .bodyTooLarge }
      return step
    case .untilClose:
      guard available > 0 else { return .needsMore }
      let part = offset..<bytes.count
      offset = bytes.count
      try count(part)
      return .data(part)
    }
  }

  /// Notes that the connection ended before the body did.
  ///
  /// - Throws: `incompleteBody` unless the body ends with its connection.
  package func finishAtClose() throws(HTTP1Error) {
    guard case .untilClose = kind else { throw .incompleteBody }
  }

  private mutating func count(_ part: Range<Int>) throws(HTTP1Error) {
    bodyBytes += part.count
    guard bodyBytes <= bodyBytesMax else { throw .bodyTooLarge }
  }
}
