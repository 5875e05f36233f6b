import CNghttp2

/// A fault that ends an HTTP/2 connection.
package struct HTTP2Error: Error, Hashable, Sendable, CustomStringConvertible {
  /// nghttp2's error number, for example -903 for a client that does not begin with the connection preface.
  package let code: Int32

  package var description: String {
    // SAFETY: nghttp2_strerror returns a static, NUL-terminated string for every number.
    unsafe "HTTP/2: \(String(cString: nghttp2_strerror(code))) (\(code))"
  }
}

/// The error codes of RST_STREAM and GOAWAY (RFC 9113, section 7) that we send.
package enum HTTP2ErrorCode: UInt32, Sendable {
  case none = 0x0
  case internalError = 0x2
  case refusedStream = 0x7
  case cancel = 0x8
  case enhanceYourCalm = 0xb
}
