import CNghttp2

/// The server's side of an HTTP/2 connection: bytes in, handler calls and bytes out.
///
/// No I/O.
///
/// A session belongs to one thread. nghttp2 does framing, HPACK, flow control, settings, pings and the limits against
/// floods (resets, settings, continuations; Debian's defaults).
@safe package final class HTTP2ServerSession {
  /// Makes the handler of a new stream.
  package typealias MakeHandler = (_ session: HTTP2ServerSession, _ stream: Int32) -> any HTTP2StreamHandler

  private let session: OpaquePointer
  private let makeHandler: MakeHandler
  /// Streams that have a handler.
  package private(set) var openStreamCount = 0

  /// Starts a session and queues its SETTINGS.
  package init(settings: HTTP2Settings, makeHandler: @escaping MakeHandler) throws(HTTP2Error) {
    self.makeHandler = makeHandler
    var option: OpaquePointer?
    var callbacks: OpaquePointer?
    var session: OpaquePointer?
    // SAFETY: nghttp2 allocates each object and hands it over; option and callbacks are copied by the session, so
    // they are freed here. The user data stays empty until `self` is whole.
    let result: Int32 = {
      guard unsafe nghttp2_option_new(&option) == 0 else { return NGHTTP2_ERR_NOMEM.rawValue }
      defer { unsafe nghttp2_option_del(option) }
      unsafe nghttp2_option_set_no_auto_window_update(option, 1)
      guard unsafe nghttp2_session_callbacks_new(&callbacks) == 0 else { return NGHTTP2_ERR_NOMEM.rawValue }
      defer { unsafe nghttp2_session_callbacks_del(callbacks) }
      unsafe HTTP2Callbacks.install(into: callbacks)
      return unsafe nghttp2_session_server_new2(&session, callbacks, nil, option)
    }()
    guard result == 0, let session = unsafe session else { throw HTTP2Error(code: result) }
    unsafe self.session = session
    // SAFETY: the callbacks run only inside calls on this object, which keeps itself alive during them.
    unsafe nghttp2_session_set_user_data(session, Unmanaged.passUnretained(self).toOpaque())
    try submit(settings)
  }

  deinit {
    // SAFETY: nobody else holds the session. Streams still open are released without a call to their handlers, which
    // `abandon` must have notified it before.
    unsafe nghttp2_session_del(session)
  }

  private func submit(_ settings: HTTP2Settings) throws(HTTP2Error) {
    let entries = [
      (NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings.concurrentStreamsMax),
      (NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, settings.streamWindowBytes),
      (NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, settings.headerListBytesMax),
      (NGHTTP2_SETTINGS_MAX_FRAME_SIZE, settings.frameBytesMax),
    ].map { nghttp2_settings_entry(settings_id: Int32($0.0.rawValue), value: $0.1) }
    // SAFETY: nghttp2 copies the entries.
    var result = unsafe nghttp2_submit_settings(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), entries, entries.count)
    guard result == 0 else { throw HTTP2Error(code: result) }
    result = unsafe nghttp2_session_set_local_window_size(
      session, UInt8(NGHTTP2_FLAG_NONE.rawValue), 0, Int32(clamping: settings.connectionWindowBytes))
    guard result == 0 else { throw HTTP2Error(code: result) }
  }

  /// Takes bytes from the peer; handlers are called from inside.
  ///
  /// An error ends the connection.
  package func receive(_ bytes: UnsafeRawBufferPointer) throws(HTTP2Error) {
    // SAFETY: nghttp2 reads the buffer during the call only.
    let taken = unsafe nghttp2_session_mem_recv(
      session, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
    guard taken >= 0 else { throw HTTP2Error(code: Int32(truncatingIfNeeded: taken)) }
  }

  /// Lends the next bytes to send; false when there are none now.
  ///
  /// Call until false, or until the socket is full.
  package func withOutput(_ body: (UnsafeRawBufferPointer) -> Void) throws(HTTP2Error) -> Bool {
    var data: UnsafePointer<UInt8>?
    // SAFETY: nghttp2 points at its own buffer, which stays until the next call on the session.
    let count = unsafe nghttp2_session_mem_send(session, &data)
    guard count >= 0 else { throw HTTP2Error(code: Int32(truncatingIfNeeded: count)) }
    guard count > 0 else { return false }
    unsafe body(UnsafeRawBufferPointer(start: data, count: count))
    return true
  }

  /// True when nothing more is to be read or written: the connection can be closed.
  package var isDone: Bool {
    unsafe nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0
  }

  /// Queues the head of a response; with a body, the handler is asked for it by `nextBody`.
  ///
  /// `fields` MUST begin with `:status`. Without effect on a stream that is gone.
  package func respond(_ stream: Int32, fields: HTTP2FieldList, hasBody: Bool) {
    var provider = unsafe nghttp2_data_provider()
    unsafe provider.read_callback = HTTP2Callbacks.readBody
    let result = unsafe fields.withPairs { pairs, count in
      // SAFETY: pairs and provider are copied during the call.
      unsafe hasBody
        ? nghttp2_submit_response(session, stream, pairs, count, &provider)
        : nghttp2_submit_response(session, stream, pairs, count, nil)
    }
    if result != 0 { reset(stream, .internalError) }
  }

  /// Queues an interim response such as `:status: 100`.
  package func respondInterim(_ stream: Int32, fields: HTTP2FieldList) {
    // SAFETY: the pairs are copied during the call.
    let result = unsafe fields.withPairs { pairs, count in
      unsafe nghttp2_submit_headers(
        session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream, nil, pairs, count, nil)
    }
    if result != 0 { reset(stream, .internalError) }
  }

  /// Says that a handler that returned `.later` has more of its body now.
  package func resume(_ stream: Int32) {
    // A stream that is gone or was not waiting answers with an error, which means there is nothing to resume.
    _ = unsafe nghttp2_session_resume_data(session, stream)
  }

  /// Returns body bytes to the windows, so that the peer may send as many more.
  package func consume(_ byteCount: Int, of stream: Int32) {
    guard byteCount > 0 else { return }
    if let box = box(of: stream) {
      box.unconsumedBytes -= byteCount
      _ = unsafe nghttp2_session_consume(session, stream, byteCount)
    }
    // A stream that is gone gave its bytes back to the connection when it closed.
  }

  /// Ends a stream with an error.
  package func reset(_ stream: Int32, _ code: HTTP2ErrorCode) {
    _ = unsafe nghttp2_submit_rst_stream(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream, code.rawValue)
  }

  /// First step of a graceful end: tells the peer to open no new streams, while those under way are still accepted.
  package func submitShutdownNotice() { _ = unsafe nghttp2_submit_shutdown_notice(session) }

  /// Second step, a round trip later: streams up to the last one seen are served, newer ones refused.
  package func submitGoAway(_ code: HTTP2ErrorCode = .none) {
    let last = unsafe nghttp2_session_get_last_proc_stream_id(session)
    _ = unsafe nghttp2_submit_goaway(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), last, code.rawValue, nil, 0)
  }

  /// Ends the connection with an error: once the GOAWAY is sent there is nothing more to read or write.
  package func terminate(_ code: HTTP2ErrorCode) {
    let last = unsafe nghttp2_session_get_last_proc_stream_id(session)
    _ = unsafe nghttp2_session_terminate_session2(session, last, code.rawValue)
  }

  /// Notifies every open stream's handler that it is closed; for a connection that broke.
  package func abandon() {
    for stream in openStreams { close(stream, code: HTTP2ErrorCode.cancel.rawValue) }
  }

  private var openStreams: Set<Int32> = []
}

// MARK: - What the callbacks need

/// What nghttp2 keeps for a stream of ours.
final class HTTP2StreamBox {
  let handler: any HTTP2StreamHandler
  /// Body bytes the handler has not given back; the connection's window gets them when the stream closes.
  var unconsumedBytes = 0

  init(handler: any HTTP2StreamHandler) { self.handler = handler }
}

extension HTTP2ServerSession {
  func box(of stream: Int32) -> HTTP2StreamBox? {
    // SAFETY: a stream's user data is nothing or the box that `open` retained and only `close` releases.
    guard let data = unsafe nghttp2_session_get_stream_user_data(session, stream) else { return nil }
    return unsafe Unmanaged<HTTP2StreamBox>.fromOpaque(data).takeUnretainedValue()
  }

  func open(_ stream: Int32) {
    let box = HTTP2StreamBox(handler: makeHandler(self, stream))
    let retained = unsafe Unmanaged.passRetained(box)
    // SAFETY: the reference is handed to nghttp2 and taken back in `close`; if nghttp2 refuses it, it is dropped here.
    guard unsafe nghttp2_session_set_stream_user_data(session, stream, retained.toOpaque()) == 0 else {
      unsafe retained.release()
      return
    }
    openStreams.insert(stream)
    openStreamCount += 1
  }

  func received(_ bytes: UnsafeRawBufferPointer, on stream: Int32) {
    guard let box = box(of: stream) else {
      _ = unsafe nghttp2_session_consume_connection(session, bytes.count)
      return
    }
    box.unconsumedBytes += bytes.count
    unsafe box.handler.receivedBody(bytes)
  }

  func close(_ stream: Int32, code: UInt32) {
    guard let data = unsafe nghttp2_session_get_stream_user_data(session, stream) else { return }
    _ = unsafe nghttp2_session_set_stream_user_data(session, stream, nil)
    // SAFETY: this is the one reference that `open` handed over, and it was just taken out.
    let box = unsafe Unmanaged<HTTP2StreamBox>.fromOpaque(data).takeRetainedValue()
    openStreams.remove(stream)
    openStreamCount -= 1
    if box.unconsumedBytes > 0 {
      _ = unsafe nghttp2_session_consume_connection(session, box.unconsumedBytes)
    }
    box.handler.closed(code: code)
  }

  func submitTrailers(_ fields: HTTP2FieldList, on stream: Int32) -> Bool {
    // SAFETY: the pairs are copied during the call.
    unsafe fields.withPairs { pairs, count in unsafe nghttp2_submit_trailer(session, stream, pairs, count) } == 0
  }
}
