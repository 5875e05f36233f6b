import CNghttp2

/// Reads HPACK header blocks with libnghttp2 (RFC 7541).
@safe final class HeaderInflater {
  private let inflater: OpaquePointer

  init() throws(LoadError) {
    var made: OpaquePointer?
    // SAFETY: `made` lives for the call; the inflater is freed in deinit and nowhere else.
    guard unsafe nghttp2_hd_inflate_new(&made) == 0, let made = unsafe made else {
      throw LoadError(message: "no memory for a header inflater")
    }
    unsafe inflater = made
  }

  deinit { unsafe nghttp2_hd_inflate_del(inflater) }

  /// The fields of one whole block, in order.
  func fields(of block: ArraySlice<UInt8>) throws(LoadError) -> [(name: String, value: String)] {
    var fields: [(name: String, value: String)] = []
    var rest = Array(block)
    while true {
      var pair = unsafe nghttp2_nv()
      var flags: Int32 = 0
      // SAFETY: the buffer lives for the call; name and value are copied before the next call changes them.
      let used = unsafe rest.withUnsafeMutableBufferPointer { buffer in
        unsafe nghttp2_hd_inflate_hd2(inflater, &pair, &flags, buffer.baseAddress, buffer.count, 1)
      }
      guard used >= 0 else { throw LoadError(message: "the server sent a bad header block") }
      rest.removeFirst(used)
      if flags & Int32(NGHTTP2_HD_INFLATE_EMIT.rawValue) != 0 {
        let name = unsafe String(decoding: UnsafeBufferPointer(start: pair.name, count: pair.namelen), as: UTF8.self)
        let value = unsafe String(decoding: UnsafeBufferPointer(start: pair.value, count: pair.valuelen), as: UTF8.self)
        fields.append((name, value))
      }
      if flags & Int32(NGHTTP2_HD_INFLATE_FINAL.rawValue) != 0 {
        unsafe nghttp2_hd_inflate_end_headers(inflater)
        return fields
      }
      if rest.isEmpty, flags & Int32(NGHTTP2_HD_INFLATE_EMIT.rawValue) == 0 { return fields }
    }
  }
}
