import CNghttp2
import Testing

/// nghttp2's client session, the peer of the tests.
@safe final class NghttpClient {
  private var session: OpaquePointer?
  private var pending: [Int32: (body: [UInt8], sent: Int)] = [:]
  private(set) var bodies: [Int32: [UInt8]] = [:]
  private(set) var fields: [Int32: [String: String]] = [:]
  private(set) var goAwayCount = 0

  init() {
    var callbacks: OpaquePointer?
    unsafe nghttp2_session_callbacks_new(&callbacks)
    unsafe nghttp2_session_callbacks_set_on_header_callback(callbacks) {
      _, frame, name, nameCount, value, valueCount, _, userData in
      let name = unsafe String(decoding: UnsafeBufferPointer(start: name, count: nameCount), as: UTF8.self)
      let value = unsafe String(decoding: UnsafeBufferPointer(start: value, count: valueCount), as: UTF8.self)
      unsafe client(userData).fields[frame!.pointee.hd.stream_id, default: [:]][name] = value
      return 0
    }
    unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) {
      _, _, stream, data, count, userData in
      unsafe client(userData).bodies[stream, default: []].append(
        contentsOf: UnsafeBufferPointer(start: data, count: count))
      return 0
    }
    unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, userData in
      if unsafe UInt32(frame!.pointee.hd.type) == NGHTTP2_GOAWAY.rawValue { unsafe client(userData).goAwayCount += 1 }
      return 0
    }
    unsafe nghttp2_session_client_new(&session, callbacks, Unmanaged.passUnretained(self).toOpaque())
    unsafe nghttp2_session_callbacks_del(callbacks)
    unsafe nghttp2_submit_settings(session, 0, nil, 0)
  }

  deinit { unsafe nghttp2_session_del(session) }

  /// Sends a POST with a body; bodies are sent one request at a time, in order.
  func request(body: [UInt8]) throws -> Int32 {
    let lines = [(":method", "POST"), (":path", "/echo"), (":scheme", "http"), (":authority", "test")]
    let storage = lines.map { (Array($0.0.utf8), Array($0.1.utf8)) }
    var provider = unsafe nghttp2_data_provider()
    unsafe provider.read_callback = { _, stream, buffer, length, flags, _, userData in
      let client = unsafe client(userData)
      guard var (body, sent) = client.pending[stream] else { return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue) }
      let count = min(length, body.count - sent)
      for index in 0..<count { unsafe buffer![index] = body[sent + index] }
      sent += count
      client.pending[stream] = (body, sent)
      if sent == body.count { unsafe flags!.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue }
      body = []
      return count
    }
    let pairs = unsafe storage.map { name, value in
      let nameCopy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: name.count)
      _ = unsafe nameCopy.initialize(from: name)
      let valueCopy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: value.count)
      _ = unsafe valueCopy.initialize(from: value)
      return unsafe nghttp2_nv(
        name: nameCopy.baseAddress, value: valueCopy.baseAddress, namelen: name.count, valuelen: value.count, flags: 0)
    }
    defer {
      for index in unsafe pairs.indices {
        unsafe pairs[index].name.deallocate()
        unsafe pairs[index].value.deallocate()
      }
    }
    let stream = unsafe nghttp2_submit_request(session, nil, pairs, pairs.count, &provider, nil)
    try #require(stream > 0)
    pending[stream] = (body, 0)
    return stream
  }

  func feed(_ bytes: [UInt8]) {
    let taken = unsafe nghttp2_session_mem_recv(session, bytes, bytes.count)
    #expect(taken == bytes.count)
  }

  func output() -> [UInt8] {
    var output: [UInt8] = []
    while true {
      var data: UnsafePointer<UInt8>?
      let count = unsafe nghttp2_session_mem_send(session, &data)
      guard count > 0 else { return output }
      unsafe output.append(contentsOf: UnsafeBufferPointer(start: data, count: count))
    }
  }
}

private func client(_ userData: UnsafeMutableRawPointer?) -> NghttpClient {
  unsafe Unmanaged<NghttpClient>.fromOpaque(userData!).takeUnretainedValue()
}
