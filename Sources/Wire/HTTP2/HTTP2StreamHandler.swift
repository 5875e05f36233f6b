/// The application's side of one stream of a server connection.
///
/// All calls come on the thread that drives the session, from inside ``HTTP2ServerSession/receive(_:)`` or
/// ``HTTP2ServerSession/withOutput(_:)``. A handler MAY respond, consume or reset from inside a call; it MUST NOT call
/// `receive` or `withOutput` there. Pointers are valid only during the call.
package protocol HTTP2StreamHandler: AnyObject {
  /// One field of the head, pseudo-fields (`:method`, `:path`, …) first; of the trailers after the body.
  ///
  /// - Returns: false when it is one too many: the rest of the block is skipped unseen, which costs next to nothing, the
  ///   stream is reset, and nothing more is called but ``closed(code:)``. The handler MAY respond before.
  func received(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) -> Bool

  /// The head is complete.
  func receivedHead()

  /// Bytes of the body. They count against the windows until they are given to ``HTTP2ServerSession/consume(_:of:)``.
  func receivedBody(_ bytes: UnsafeRawBufferPointer)

  /// The peer has sent all it will send on this stream.
  func receivedEnd()

  /// Asks for the next bytes of the response's body.
  func nextBody(into buffer: UnsafeMutableRawBufferPointer) -> HTTP2BodyPart

  /// The stream is gone, normally (code 0) or not; nothing is called after this.
  func closed(code: UInt32)
}

/// What a handler put into the buffer when it was asked for more of the body.
package enum HTTP2BodyPart {
  /// This many bytes; more will follow.
  case some(Int)
  /// This many bytes; the response ends with them.
  case last(Int)
  /// This many bytes; trailers follow and end the response.
  case lastBeforeTrailers(Int, HTTP2FieldList)
  /// None now; ``HTTP2ServerSession/resume(_:)`` says when to ask again.
  case later
  /// The body cannot be completed; the stream is reset.
  case failed
}
