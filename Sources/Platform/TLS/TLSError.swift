import COpenSSL

/// What OpenSSL said when a call failed.
package struct TLSError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What was tried, e.g. `read the certificate chain server.pem`.
  package let action: String
  /// OpenSSL's reasons, oldest first; empty when it gave none.
  package let reasons: [String]

  package var description: String {
    reasons.isEmpty ? "could not \(action)" : "could not \(action): \(reasons.joined(separator: "; "))"
  }

  /// Empties this thread's OpenSSL error queue into an error.
  static func drained(_ action: String) -> TLSError {
    var reasons: [String] = []
    while reasons.count < 16 {
      let code = ERR_get_error()
      guard code != 0 else { break }
      // SAFETY: ERR_reason_error_string returns a static string or nil.
      reasons.append(unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) } ?? "error \(code)")
    }
    ERR_clear_error()
    return TLSError(action: action, reasons: reasons)
  }
}
