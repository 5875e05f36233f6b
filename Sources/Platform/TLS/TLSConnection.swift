import COpenSSL
import Glibc

/// TLS over a non-blocking socket that the caller owns.
///
/// One thread at a time.
///
/// After ``Progress/wantsRead`` or ``Progress/wantsWrite`` the caller waits for the socket and makes the same call again.
/// Reads go on until ``Progress/wantsRead``: OpenSSL may hold decrypted bytes that epoll does not know of.
@safe package final class TLSConnection {
  package enum Progress: Hashable, Sendable {
    /// This many bytes were moved, or the handshake is complete (0).
    case done(Int)
    case wantsRead
    case wantsWrite
    /// The peer closed its side properly.
    case closed
  }

  private let ssl: OpaquePointer
  private let context: TLSContext
  private var isBroken = false

  /// A server's side of a connection.
  package convenience init(accepting socket: Int32, context: TLSContext) throws(TLSError) {
    precondition(context.isServer)
    try self.init(socket: socket, context: context)
    unsafe SSL_set_accept_state(ssl)
  }

  /// A client's side; the peer's certificate must be valid for `host`, a name or an address, or for the server name of the
  /// context.
  package convenience init(connecting socket: Int32, host: String, context: TLSContext) throws(TLSError) {
    precondition(!context.isServer)
    try self.init(socket: socket, context: context)
    unsafe SSL_set_connect_state(ssl)
    let host = context.serverName ?? host
    let isAddress = host.contains(":") || host.utf8.allSatisfy { $0 == 0x2e || (0x30...0x39).contains($0) }
    if isAddress {
      guard unsafe X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1 else {
        throw .drained("verify the address \(host)")
      }
    } else {
      guard unsafe COpenSSL_set_server_name(ssl, host) == 1, unsafe SSL_set1_host(ssl, host) == 1 else {
        throw .drained("verify the name \(host)")
      }
    }
  }

  private init(socket: Int32, context: TLSContext) throws(TLSError) {
    // SAFETY: the SSL object is owned here and freed in deinit; it holds its own reference to the context.
    guard let ssl = unsafe SSL_new(context.context) else { throw .drained("make a TLS connection") }
    unsafe self.ssl = ssl
    self.context = context
    guard unsafe SSL_set_fd(ssl, socket) == 1 else { throw .drained("attach TLS to a socket") }
  }

  deinit { unsafe SSL_free(ssl) }

  /// Goes on with the handshake.
  package func handshake() throws(TLSError) -> Progress {
    ERR_clear_error()
    return try progress(unsafe SSL_do_handshake(ssl), "complete the TLS handshake")
  }

  /// Reads decrypted bytes.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(TLSError) -> Progress {
    ERR_clear_error()
    // SAFETY: the buffer's base and count describe memory that the caller owns during the call.
    let count = unsafe SSL_read(ssl, buffer.baseAddress, Int32(clamping: buffer.count))
    return try progress(count, "read from a TLS connection")
  }

  /// Encrypts and sends bytes; may take only part of them.
  ///
  /// An empty buffer is done at once.
  package func write(_ buffer: UnsafeRawBufferPointer) throws(TLSError) -> Progress {
    guard unsafe !buffer.isEmpty else { return .done(0) }
    ERR_clear_error()
    // SAFETY: as above; a repeated call may pass another address (ACCEPT_MOVING_WRITE_BUFFER).
    let count = unsafe SSL_write(ssl, buffer.baseAddress, Int32(clamping: buffer.count))
    return try progress(count, "write to a TLS connection")
  }

  /// Informs the peer that nothing more will be sent, as far as the socket takes it now.
  package func sendCloseNotify() {
    guard !isBroken else { return }
    ERR_clear_error()
    // Best effort: the connection is closed whatever comes of it.
    _ = unsafe SSL_shutdown(ssl)
    ERR_clear_error()
  }

  /// What ALPN agreed on, nil when the peer did not offer any.
  package var applicationProtocol: TLSContext.ApplicationProtocol? {
    var data: UnsafePointer<UInt8>?
    var count: UInt32 = 0
    unsafe SSL_get0_alpn_selected(ssl, &data, &count)
    // SAFETY: OpenSSL points into the connection's own memory, of `count` bytes.
    let name = unsafe String(decoding: UnsafeBufferPointer(start: data, count: Int(count)), as: UTF8.self)
    return TLSContext.ApplicationProtocol(rawValue: name)
  }

  private func progress(_ result: Int32, _ action: String) throws(TLSError) -> Progress {
    if result > 0 { return .done(action == "complete the TLS handshake" ? 0 : Int(result)) }
    let savedErrno = errno
    switch unsafe SSL_get_error(ssl, result) {
    case SSL_ERROR_WANT_READ: return .wantsRead
    case SSL_ERROR_WANT_WRITE: return .wantsWrite
    case SSL_ERROR_ZERO_RETURN: return .closed
    case SSL_ERROR_SYSCALL:
      isBroken = true
      let error = TLSError.drained(action)
      guard error.reasons.isEmpty else { throw error }
      throw TLSError(
        action: action, reasons: savedErrno == 0 ? [] : ["system error \(savedErrno)"],
        isUnexpectedEnd: savedErrno == 0 || savedErrno == ECONNRESET || savedErrno == EPIPE)
    default:
      isBroken = true
      let error = TLSError.drained(action)
      let verdict = unsafe SSL_get_verify_result(ssl)
      guard verdict != X509_V_OK else { throw error }
      // "certificate verify failed" does not say what to fix.
      // SAFETY: X509_verify_cert_error_string returns a static string.
      let reason = unsafe String(cString: X509_verify_cert_error_string(verdict))
      throw TLSError(action: action, reasons: error.reasons + [reason])
    }
  }
}
