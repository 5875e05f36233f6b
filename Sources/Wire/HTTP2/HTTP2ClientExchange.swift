import CNghttp2

/// A connection to a server on which one request is made.
///
/// It holds no socket, as ``HTTP2ServerSession`` does not: bytes that came are given to ``receive(_:)``, and bytes to send
/// are taken with ``withOutput(_:)``. One thread uses it.
@safe package final class HTTP2ClientExchange {
  /// Bounds of what a server may send.
  package struct Limits: Sendable {
    /// Of names and values of all fields; gRPC's own default is 16 KiB.
    package var fieldBytesMax = 16 << 10
    package var bodyBytesMax: Int

    package init(bodyBytesMax: Int) { self.bodyBytesMax = bodyBytesMax }
  }

  /// Why the response is not to be used.
  package enum Refusal: Sendable, Equatable {
    case fieldsTooLarge
    case bodyTooLarge
  }

  private let session: OpaquePointer
  private let limits: Limits
  private let request: [UInt8]
  private var requestOffset = 0
  private var fieldByteCount = 0
  private var stream: Int32 = 0

  /// Fields of the head and the trailers; of two with one name the last.
  package private(set) var fields: [String: String] = [:]
  package private(set) var body: [UInt8] = []
  package private(set) var refusal: Refusal?
  /// With which code the request's stream has ended, 0 for the regular end; nil while it has not.
  package private(set) var endCode: UInt32?

  /// Starts a connection and queues the request.
  ///
  /// - Parameter fields: the head of the request, those beginning with `:` first.
  package init(_ fields: HTTP2FieldList, body: [UInt8], limits: Limits) throws(HTTP2Error) {
    self.limits = limits
    request = body
    var callbacks: OpaquePointer?
    var session: OpaquePointer?
    // SAFETY: nghttp2 allocates both objects and hands them over; callbacks are copied by the session. The user data
    // stays empty until `self` is whole.
    let result: Int32 = {
      guard unsafe nghttp2_session_callbacks_new(&callbacks) == 0 else { return NGHTTP2_ERR_NOMEM.rawValue }
      defer { unsafe nghttp2_session_callbacks_del(callbacks) }
      unsafe Self.install(into: callbacks)
      return unsafe nghttp2_session_client_new(&session, callbacks, nil)
    }()
    guard result == 0, let session = unsafe session else { throw HTTP2Error(code: result) }
    unsafe self.session = session
    // SAFETY: the callbacks run only inside calls on this object, which keeps itself alive during them.
    unsafe nghttp2_session_set_user_data(session, Unmanaged.passUnretained(self).toOpaque())
    try submit(fields)
  }

  deinit {
    // SAFETY: nobody else holds the session.
    unsafe nghttp2_session_del(session)
  }

  private func submit(_ fields: HTTP2FieldList) throws(HTTP2Error) {
    // Pushed responses are of no use to a client of one request.
    var entry = nghttp2_settings_entry(settings_id: Int32(NGHTTP2_SETTINGS_ENABLE_PUSH.rawValue), value: 0)
    // SAFETY: the entry is copied.
    let result = unsafe nghttp2_submit_settings(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), &entry, 1)
    guard result == 0 else { throw HTTP2Error(code: result) }
    var provider = unsafe nghttp2_data_provider()
    unsafe provider.read_callback = { _, _, buffer, length, flags, _, userData in
      guard let exchange = unsafe exchange(userData), let buffer = unsafe buffer else {
        return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
      }
      // SAFETY: nghttp2 lends `length` writable bytes during the call.
      let count = unsafe exchange.nextBody(into: UnsafeMutableRawBufferPointer(start: buffer, count: length))
      if exchange.isRequestSent { unsafe flags?.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue }
      return count
    }
    // SAFETY: pairs and provider are copied during the call.
    stream = unsafe fields.withPairs { pairs, count in
      unsafe nghttp2_submit_request(session, nil, pairs, count, &provider, nil)
    }
    guard stream > 0 else { throw HTTP2Error(code: stream) }
  }

  /// Takes bytes from the server.
  ///
  /// An error ends the connection.
  package func receive(_ bytes: UnsafeRawBufferPointer) throws(HTTP2Error) {
    // SAFETY: nghttp2 reads the buffer during the call only.
    let taken = unsafe nghttp2_session_mem_recv(
      session, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
    guard taken >= 0 else { throw HTTP2Error(code: Int32(truncatingIfNeeded: taken)) }
  }

  /// The next bytes to send; empty when there are none now.
  package func nextOutput() throws(HTTP2Error) -> [UInt8] {
    var data: UnsafePointer<UInt8>?
    // SAFETY: nghttp2 points at its own buffer, which stays until the next call on the session; it is copied.
    let count = unsafe nghttp2_session_mem_send(session, &data)
    guard count >= 0 else { throw HTTP2Error(code: Int32(truncatingIfNeeded: count)) }
    return unsafe Array(UnsafeBufferPointer(start: data, count: count))
  }

  /// True when nothing more is to be read or written, as after bytes that are not HTTP/2.
  package var isDone: Bool {
    unsafe nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0
  }

  // MARK: - What the callbacks need

  private var isRequestSent: Bool { requestOffset == request.count }

  private func nextBody(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(buffer.count, request.count - requestOffset)
    // SAFETY: `count` is within both.
    unsafe buffer.copyBytes(from: request[requestOffset..<(requestOffset + count)])
    requestOffset += count
    return count
  }

  private func received(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) -> Bool {
    fieldByteCount += name.count + value.count
    guard fieldByteCount <= limits.fieldBytesMax else {
      refusal = .fieldsTooLarge
      return false
    }
    // SAFETY: nghttp2 lends both during the call; they are copied.
    fields[unsafe String(decoding: name, as: UTF8.self)] = unsafe String(decoding: value, as: UTF8.self)
    return true
  }

  private func received(body bytes: UnsafeRawBufferPointer) -> Bool {
    guard body.count + bytes.count <= limits.bodyBytesMax else {
      refusal = .bodyTooLarge
      body = []
      return false
    }
    // SAFETY: nghttp2 lends the bytes during the call; they are copied.
    unsafe body.append(contentsOf: bytes)
    return true
  }

  private static func install(into callbacks: OpaquePointer?) {
    // SAFETY: the caller made `callbacks`; nghttp2 stores the function pointers.
    unsafe nghttp2_session_callbacks_set_on_header_callback(callbacks) {
      _, _, name, nameCount, value, valueCount, _, userData in
      // The result has nghttp2 skip the rest of the block and reset the stream.
      unsafe exchange(userData)?.received(
        name: UnsafeRawBufferPointer(start: name, count: nameCount),
        value: UnsafeRawBufferPointer(start: value, count: valueCount)) == true
        ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
    }
    unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) {
      session, _, stream, data, count, userData in
      guard let exchange = unsafe exchange(userData) else { return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue }
      if unsafe !exchange.received(body: UnsafeRawBufferPointer(start: data, count: count)) {
        // The rest of what comes is dropped.
        _ = unsafe nghttp2_submit_rst_stream(
          session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream, HTTP2ErrorCode.cancel.rawValue)
      }
      return 0
    }
    unsafe nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, _, code, userData in
      unsafe exchange(userData)?.endCode = code
      return 0
    }
  }
}

/// The exchange whose address was given to nghttp2.
private func exchange(_ userData: UnsafeMutableRawPointer?) -> HTTP2ClientExchange? {
  // SAFETY: the user data is the exchange itself, alive during every call that leads here.
  unsafe userData.map { unsafe Unmanaged<HTTP2ClientExchange>.fromOpaque($0).takeUnretainedValue() }
}
