import COpenSSL

/// What OpenSSL said when a call failed.
package struct TLSError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What was tried, for example `read the certificate chain server.pem`.
  package let action: String
  /// OpenSSL's reasons, oldest first; empty when it gave none.
  package let reasons: [String]
  /// Whether the peer's side ended without the close_notify that says that nothing was cut off (RFC 8446, section 6.1).
  package let isUnexpectedEnd: Bool
  /// Whether the peer sent a request of plain HTTP/1 instead of a handshake.
  package let isPlainRequest: Bool

  init(action: String, reasons: [String], isUnexpectedEnd: Bool = false, isPlainRequest: Bool = false) {
    self.action = action
    self.reasons = reasons
    self.isUnexpectedEnd = isUnexpectedEnd
    self.isPlainRequest = isPlainRequest
  }

  package var description: String {
    reasons.isEmpty ? "could not \(action)" : "could not \(action): \(reasons.joined(separator: "; "))"
  }

  /// Empties this thread's OpenSSL error queue into an error.
  static func drained(_ action: String) -> TLSError {
    var reasons: [String] = []
    var isUnexpectedEnd = false
    var isPlainRequest = false
    while reasons.count < 16 {
      let code = ERR_get_error()
      guard code != 0 else { break }
      if ERR_GET_LIB(code) == ERR_LIB_SSL, ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING {
        isUnexpectedEnd = true
      }
      if ERR_GET_LIB(code) == ERR_LIB_SSL, ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST { isPlainRequest = true }
      // SAFETY: ERR_reason_error_string returns a static string or nil.
      reasons.append(unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) } ?? "error \(code)")
    }
    ERR_clear_error()
    return TLSError(action: action, reasons: reasons, isUnexpectedEnd: isUnexpectedEnd, isPlainRequest: isPlainRequest)
  }
}
