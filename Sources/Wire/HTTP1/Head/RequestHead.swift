package import HTTPTypes

/// A method that the parser knows.
package enum RequestMethod: UInt8, Sendable, Hashable {
  case other, get, head, post, put, delete, patch, options, connect, trace

  /// The method of a token, with regard to case.
  package init(_ token: ByteRange, in bytes: Span<UInt8>) {
    // Methods are compared with regard to case (RFC 9110, section 9.1).
    var word: UInt64 = 0
    guard token.count <= 8 else {
      self = .other
      return
    }
    for index in token.indices { word = word << 8 | UInt64(bytes[index]) }
    switch word {
    case 0x47_4554: self = .get
    case 0x4845_4144: self = .head
    case 0x504f_5354: self = .post
    case 0x50_5554: self = .put
    case 0x4445_4c45_5445: self = .delete
    case 0x50_4154_4348: self = .patch
    case 0x4f50_5449_4f4e_53: self = .options
    case 0x434f_4e4e_4543_54: self = .connect
    case 0x54_5241_4345: self = .trace
    default: self = .other
    }
  }
}

/// The head of a request, as places in its bytes; valid as long as these bytes are.
package struct RequestHead: Sendable {
  package internal(set) var method: RequestMethod = .other
  package internal(set) var methodToken: ByteRange = .empty
  /// The request target as it came.
  package internal(set) var target: ByteRange = .empty
  /// The path of the target, percent-encoded as it came; `*` for `OPTIONS *`, empty for CONNECT and for an absolute
  /// target without a path.
  package internal(set) var path: ByteRange = .empty
  /// The query of the target without `?`.
  package internal(set) var query: ByteRange = .empty
  /// The host of an absolute target, else the value of the host field; empty when there is none.
  package internal(set) var authority: ByteRange = .empty
  /// 1 for HTTP/1.1, 0 for HTTP/1.0.
  package internal(set) var minorVersion: UInt8 = 1
  package internal(set) var framing: BodyFraming = .none
  /// Whether the client wants to send another request on this connection.
  package internal(set) var isKeepAlive = true
  /// Whether the client waits for `100 Continue` before it sends the body.
  package internal(set) var expectsContinue = false
  /// Whether the client asks for another protocol: an upgrade field that the connection field names.
  package internal(set) var isUpgrade = false
  package internal(set) var fields = HeadFields()
  /// Bytes of the head with its empty line; the body begins there.
  package internal(set) var byteCount = 0

  package init() {}

  /// The method as text, for handlers off the hot path.
  package func httpMethod(in bytes: Span<UInt8>) -> HTTPMethod {
    switch method {
    case .get: .get
    case .head: .head
    case .post: .post
    case .put: .put
    case .delete: .delete
    case .patch: .patch
    case .options: .options
    case .other, .connect, .trace: HTTPMethod(methodToken.text(in: bytes))
    }
  }
}
