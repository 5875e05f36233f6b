/// The head of a response, as places in its bytes; valid as long as these bytes are.
package struct ResponseHead: Sendable {
  package internal(set) var status = 0
  package internal(set) var reason: ByteRange = .empty
  /// 1 for HTTP/1.1, 0 for HTTP/1.0.
  package internal(set) var minorVersion: UInt8 = 1
  package internal(set) var framing: BodyFraming = .none
  /// Whether another request may be sent on this connection once the body was read.
  package internal(set) var isKeepAlive = true
  package internal(set) var fields = HeadFields()
  /// Bytes of the head with its empty line; the body begins there.
  package internal(set) var byteCount = 0

  package init() {}

  /// Whether this is an interim response that another one follows, such as `100 Continue`.
  package var isInterim: Bool { status < 200 && status != 101 }
}
