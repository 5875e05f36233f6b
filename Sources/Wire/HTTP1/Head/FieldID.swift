/// Fields whose names the parser knows, so that the hot path compares no text.
package enum FieldID: UInt8, Sendable, Hashable, CaseIterable {
  case other
  case te, host, date, accept, expect, server, cookie, upgrade, trailer, location, connection
  case keepAlive, userAgent, retryAfter, traceparent, contentType, authorization, contentLength
  case acceptEncoding, contentEncoding, transferEncoding

  /// The name in lower case; empty for `other`.
  package var name: StaticString {
    switch self {
    case .other: ""
    case .te: "te"
    case .host: "host"
    case .date: "date"
    case .accept: "accept"
    case .expect: "expect"
    case .server: "server"
    case .cookie: "cookie"
    case .upgrade: "upgrade"
    case .trailer: "trailer"
    case .location: "location"
    case .connection: "connection"
    case .keepAlive: "keep-alive"
    case .userAgent: "user-agent"
    case .retryAfter: "retry-after"
    case .traceparent: "traceparent"
    case .contentType: "content-type"
    case .authorization: "authorization"
    case .contentLength: "content-length"
    case .acceptEncoding: "accept-encoding"
    case .contentEncoding: "content-encoding"
    case .transferEncoding: "transfer-encoding"
    }
  }

  /// The field with this name, without regard to case.
  package static func named(_ name: ByteRange, in bytes: Span<UInt8>) -> FieldID {
    let first = ByteRange.lowercased(bytes[Int(name.start)])
    let candidate: FieldID
    switch (name.count, first) {
    case (2, UInt8(ascii: "t")): candidate = .te
    case (4, UInt8(ascii: "h")): candidate = .host
    case (4, UInt8(ascii: "d")): candidate = .date
    case (6, UInt8(ascii: "a")): candidate = .accept
    case (6, UInt8(ascii: "e")): candidate = .expect
    case (6, UInt8(ascii: "s")): candidate = .server
    case (6, UInt8(ascii: "c")): candidate = .cookie
    case (7, UInt8(ascii: "u")): candidate = .upgrade
    case (7, UInt8(ascii: "t")): candidate = .trailer
    case (8, UInt8(ascii: "l")): candidate = .location
    case (10, UInt8(ascii: "c")): candidate = .connection
    case (10, UInt8(ascii: "k")): candidate = .keepAlive
    case (10, UInt8(ascii: "u")): candidate = .userAgent
    case (11, UInt8(ascii: "r")): candidate = .retryAfter
    case (11, UInt8(ascii: "t")): candidate = .traceparent
    case (12, UInt8(ascii: "c")): candidate = .contentType
    case (13, UInt8(ascii: "a")): candidate = .authorization
    case (14, UInt8(ascii: "c")): candidate = .contentLength
    case (15, UInt8(ascii: "a")): candidate = .acceptEncoding
    case (16, UInt8(ascii: "c")): candidate = .contentEncoding
    case (17, UInt8(ascii: "t")): candidate = .transferEncoding
    default: return .other
    }
    return name.equals(ignoringCase: candidate.name, in: bytes) ? candidate : .other
  }
}
