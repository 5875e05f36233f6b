/// How the end of a body is known (RFC 9112, section 6.3).
package enum BodyFraming: Sendable, Hashable {
  /// There is no body.
  case none
  /// The body has this many bytes, at least one.
  case length(Int)
  case chunked
  /// The body ends where the connection ends; responses only.
  case untilClose
}
