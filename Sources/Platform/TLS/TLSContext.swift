import COpenSSL

/// The keys, trust and protocol choices that connections share.
///
/// TLS 1.2 or newer. Immutable once made.
@safe package final class TLSContext: @unchecked Sendable {  // OpenSSL counts references of SSL_CTX atomically
  /// A protocol that ALPN can agree on (RFC 7301).
  package enum ApplicationProtocol: String, Sendable { case http2 = "h2", http1 = "http/1.1" }

  let context: OpaquePointer
  let isServer: Bool

  private init(isServer: Bool) throws(TLSError) {
    // SAFETY: the methods are static tables; the context is owned by this object and freed in deinit.
    guard let context = unsafe SSL_CTX_new(isServer ? TLS_server_method() : TLS_client_method()) else {
      throw .drained("make a TLS context")
    }
    unsafe self.context = context
    self.isServer = isServer
    _ = unsafe COpenSSL_set_mode(context, Int(COpenSSL_default_modes()))
    guard unsafe COpenSSL_set_min_proto_version(context, TLS1_2_VERSION) == 1 else {
      throw .drained("set TLS 1.2 as the oldest version")
    }
  }

  deinit { unsafe SSL_CTX_free(context) }

  /// A server's context from PEM files: the certificate chain, leaf first, and its private key.
  ///
  /// The key is checked against the certificate. ALPN prefers h2 to http/1.1.
  package convenience init(certificateChainFile: String, privateKeyFile: String) throws(TLSError) {
    try self.init(isServer: true)
    guard unsafe SSL_CTX_use_certificate_chain_file(context, certificateChainFile) == 1 else {
      throw .drained("read the certificate chain \(certificateChainFile)")
    }
    guard unsafe SSL_CTX_use_PrivateKey_file(context, privateKeyFile, SSL_FILETYPE_PEM) == 1 else {
      throw .drained("read the private key \(privateKeyFile)")
    }
    guard unsafe SSL_CTX_check_private_key(context) == 1 else {
      throw .drained("use the private key \(privateKeyFile) with the certificate \(certificateChainFile)")
    }
    // Ciphers of TLS 1.2 with forward secrecy and authenticated encryption; HTTP/2 forbids all others (RFC 9113, appendix
    // A). Those of TLS 1.3 are all of this kind.
    guard unsafe SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 else {
      throw .drained("choose the ciphers of TLS 1.2")
    }
    unsafe SSL_CTX_set_alpn_select_cb(
      context,
      { _, out, outCount, offered, offeredCount, _ in
        // SAFETY: OpenSSL lends `offered` during the call; the answer points into it or into our static list.
        let supported: StaticString = "\u{2}h2\u{8}http/1.1"
        var chosen: UnsafeMutablePointer<UInt8>?
        let result = unsafe SSL_select_next_proto(
          &chosen, outCount, supported.utf8Start, UInt32(supported.utf8CodeUnitCount), offered, offeredCount)
        guard result == OPENSSL_NPN_NEGOTIATED else { return SSL_TLSEXT_ERR_ALERT_FATAL }
        unsafe out?.pointee = unsafe UnsafePointer(chosen)
        return SSL_TLSEXT_ERR_OK
      }, nil)
  }

  /// A client's context that verifies peers against the system's trust store, or a PEM file of authorities.
  package convenience init(trustedAuthoritiesFile: String?) throws(TLSError) {
    try self.init(isServer: false)
    if let file = trustedAuthoritiesFile {
      guard unsafe SSL_CTX_load_verify_locations(context, file, nil) == 1 else {
        throw .drained("read the trusted authorities \(file)")
      }
    } else {
      guard unsafe SSL_CTX_set_default_verify_paths(context) == 1 else {
        throw .drained("find the system's trusted authorities")
      }
    }
    unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
  }
}
