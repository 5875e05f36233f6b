import COpenSSL

/// The keys, trust and protocol choices that connections share.
///
/// TLS 1.2 or newer. Immutable once made.
@safe package final class TLSContext: @unchecked Sendable {  // OpenSSL counts references of SSL_CTX atomically
  /// A protocol that ALPN can agree on (RFC 7301).
  package enum ApplicationProtocol: String, Sendable { case http2 = "h2", http1 = "http/1.1" }

  let context: OpaquePointer
  let isServer: Bool
  /// What a client asks the peer's certificate for instead of the host that it connects to; nil for the host.
  let serverName: String?

  private init(isServer: Bool, serverName: String? = nil) throws(TLSError) {
    // SAFETY: the methods are static tables; the context is owned by this object and freed in deinit.
    guard let context = unsafe SSL_CTX_new(isServer ? TLS_server_method() : TLS_client_method()) else {
      throw .drained("make a TLS context")
    }
    unsafe self.context = context
    self.isServer = isServer
    self.serverName = serverName
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
    try use(certificateChainFile: certificateChainFile, privateKeyFile: privateKeyFile)
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
  ///
  /// - Parameters:
  ///   - clientCertificate: what a client shows when the server asks for it: PEM files of the chain, leaf first, and of its
  ///     private key.
  ///   - serverName: what the peer's certificate must be valid for instead of the host, and what is sent as SNI.
  ///   - verifiesPeer: false takes any certificate: whoever is on the way can then read and change everything.
  package convenience init(
    trustedAuthoritiesFile: String?, clientCertificate: (chainFile: String, privateKeyFile: String)? = nil,
    serverName: String? = nil, verifiesPeer: Bool = true
  ) throws(TLSError) {
    try self.init(isServer: false, serverName: serverName)
    if let file = trustedAuthoritiesFile {
      guard unsafe SSL_CTX_load_verify_locations(context, file, nil) == 1 else {
        throw .drained("read the trusted authorities \(file)")
      }
    } else {
      guard unsafe SSL_CTX_set_default_verify_paths(context) == 1 else {
        throw .drained("find the system's trusted authorities")
      }
    }
    if let clientCertificate {
      try use(
        certificateChainFile: clientCertificate.chainFile, privateKeyFile: clientCertificate.privateKeyFile)
    }
    unsafe SSL_CTX_set_verify(context, verifiesPeer ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nil)
  }

  private func use(certificateChainFile: String, privateKeyFile: String) throws(TLSError) {
    guard unsafe SSL_CTX_use_certificate_chain_file(context, certificateChainFile) == 1 else {
      throw .drained("read the certificate chain \(certificateChainFile)")
    }
    guard unsafe SSL_CTX_use_PrivateKey_file(context, privateKeyFile, SSL_FILETYPE_PEM) == 1 else {
      throw .drained("read the private key \(privateKeyFile)")
    }
    guard unsafe SSL_CTX_check_private_key(context) == 1 else {
      throw .drained("use the private key \(privateKeyFile) with the certificate \(certificateChainFile)")
    }
  }
}
