import CNghttp2

/// The C functions that nghttp2 calls; each finds its session and hands over.
enum HTTP2Callbacks {
  static func install(into callbacks: OpaquePointer?) {
    // SAFETY: the caller made `callbacks`; nghttp2 stores the function pointers.
    unsafe nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, userData in
      guard let frame = unsafe frame, let session = unsafe session(userData) else { return 0 }
      if unsafe frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST {
        session.open(unsafe frame.pointee.hd.stream_id)
      }
      return 0
    }
    unsafe nghttp2_session_callbacks_set_on_header_callback(callbacks) {
      _, frame, name, nameCount, value, valueCount, _, userData in
      guard let frame = unsafe frame, let box = unsafe session(userData)?.box(of: frame.pointee.hd.stream_id)
      else { return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue }
      // Each field is checked before it comes here, and one byte of the peer's can stand for kilobytes of it: only this
      // result lets nghttp2 skip the rest of the block.
      return unsafe box.handler.received(
        name: UnsafeRawBufferPointer(start: name, count: nameCount),
        value: UnsafeRawBufferPointer(start: value, count: valueCount))
        ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
    }
    unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, userData in
      guard let frame = unsafe frame, let box = unsafe session(userData)?.box(of: frame.pointee.hd.stream_id)
      else { return 0 }
      let type = UInt32(unsafe frame.pointee.hd.type)
      guard type == NGHTTP2_HEADERS.rawValue || type == NGHTTP2_DATA.rawValue else { return 0 }
      if type == NGHTTP2_HEADERS.rawValue, unsafe frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST {
        box.handler.receivedHead()
      }
      if UInt32(unsafe frame.pointee.hd.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0 { box.handler.receivedEnd() }
      return 0
    }
    unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) {
      _, _, stream, data, count, userData in
      unsafe session(userData)?.received(UnsafeRawBufferPointer(start: data, count: count), on: stream)
      return 0
    }
    unsafe nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, stream, code, userData in
      unsafe session(userData)?.close(stream, code: code)
      return 0
    }
  }

  /// Fills nghttp2's buffer with the next bytes of a response's body.
  static let readBody: nghttp2_data_source_read_callback = { _, stream, buffer, length, flags, _, userData in
    guard let session = unsafe session(userData), let box = session.box(of: stream) else {
      return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
    }
    // SAFETY: nghttp2 lends `length` writable bytes during the call.
    switch unsafe box.handler.nextBody(into: UnsafeMutableRawBufferPointer(start: buffer, count: length)) {
    case .some(let count):
      return count
    case .last(let count):
      unsafe flags?.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
      return count
    case .lastBeforeTrailers(let count, let fields):
      unsafe flags?.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue | NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
      return session.submitTrailers(fields, on: stream)
        ? count : Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
    case .later:
      return Int(NGHTTP2_ERR_DEFERRED.rawValue)
    case .failed:
      return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
    }
  }
}

/// The session whose address was given to nghttp2.
private func session(_ userData: UnsafeMutableRawPointer?) -> HTTP2ServerSession? {
  // SAFETY: the user data is the session object itself, alive during every call that leads here.
  unsafe userData.map { unsafe Unmanaged<HTTP2ServerSession>.fromOpaque($0).takeUnretainedValue() }
}
