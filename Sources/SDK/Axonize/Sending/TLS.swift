internal import CAxonizeCore
internal import Glibc

/// OpenSSL's library, opened when the first receiver over TLS is met: a program without one does not need it.
///
/// The functions and constants are those that OpenSSL 1.1.1 and 3 share (https://docs.openssl.org/3.0/man3/).
@safe struct TLSLibrary: Sendable {
  // SAFETY for every use in this file: pointers of functions come from the library of that name, which is never closed,
  // and are called with the types of its documentation; contexts and sessions are freed once, by their owners.
  /// Only handed to dlsym(3), which threads may call at once; never closed.
  private nonisolated(unsafe) let handle: UnsafeMutableRawPointer

  private static let opened: TLSLibrary? = {
    for name in ["libssl.so.3", "libssl.so.1.1"] {
      if let handle = unsafe axz_library(name) { return unsafe TLSLibrary(handle: handle) }
    }
    return nil
  }()

  static func open() throws(TransportError) -> TLSLibrary {
    guard let library = opened else { throw TransportError("TLS needs libssl.so.3 or libssl.so.1.1") }
    return library
  }

  /// Initialises the library, which then has its own function for the end of the process; what is registered for the
  /// end after this still finds the library working.
  static func initialise() throws(TransportError) {
    let initialise = try unsafe open().function(
      "OPENSSL_init_ssl", as: (@convention(c) (UInt64, Pointer?) -> Int32).self)
    guard initialise(0, nil) == 1 else { throw TransportError("OpenSSL's library cannot be initialised") }
  }

  /// A function of the library.
  @unsafe func function<Function>(_ name: String, as type: Function.Type) throws(TransportError) -> Function {
    guard let symbol = unsafe axz_library_symbol(handle, name) else {
      throw TransportError("\(name) is missing in OpenSSL's library")
    }
    return unsafe unsafeBitCast(symbol, to: type)
  }
}

private typealias Pointer = UnsafeMutableRawPointer
private typealias Text = UnsafePointer<CChar>

/// Settings of TLS: whom to trust and who we are.
@safe final class TLSContext: Sendable {
  /// Changed in `init` only, before another thread can see it; sessions of threads may share it then (openssl-threads(7)).
  fileprivate nonisolated(unsafe) let context: UnsafeMutableRawPointer
  fileprivate let library: TLSLibrary
  /// A function of the library, which is never closed.
  private nonisolated(unsafe) let release: @convention(c) (UnsafeMutableRawPointer) -> Void

  init(_ files: TLSFiles) throws(TransportError) {
    library = try TLSLibrary.open()
    unsafe release = try library.function("SSL_CTX_free", as: (@convention(c) (Pointer) -> Void).self)
    let method = try unsafe library.function("TLS_client_method", as: (@convention(c) () -> Pointer?).self)
    let new = try unsafe library.function("SSL_CTX_new", as: (@convention(c) (Pointer?) -> Pointer?).self)
    guard let made = unsafe new(method()) else { throw TransportError("SSL_CTX_new failed") }
    unsafe context = made
    try configure(files)
  }

  private func configure(_ files: TLSFiles) throws(TransportError) {
    let control = try unsafe library.function(
      "SSL_CTX_ctrl", as: (@convention(c) (Pointer, Int32, Int, Pointer?) -> Int).self)
    // SSL_CTRL_SET_MIN_PROTO_VERSION is 123, TLS1_2_VERSION 0x0303.
    _ = unsafe control(context, 123, 0x0303, nil)
    let verify = try unsafe library.function(
      "SSL_CTX_set_verify", as: (@convention(c) (Pointer, Int32, Pointer?) -> Void).self)
    // SSL_VERIFY_PEER is 1.
    unsafe verify(context, 1, nil)
    if let file = files.caFile {
      let load = try unsafe library.function(
        "SSL_CTX_load_verify_locations", as: (@convention(c) (Pointer, Text?, Text?) -> Int32).self)
      guard unsafe load(context, file, nil) == 1 else { throw TransportError("\(file) holds no certificates") }
    } else {
      let paths = try unsafe library.function(
        "SSL_CTX_set_default_verify_paths", as: (@convention(c) (Pointer) -> Int32).self)
      _ = unsafe paths(context)
    }
    guard let certificate = files.clientCertificate else { return }
    let chain = try unsafe library.function(
      "SSL_CTX_use_certificate_chain_file", as: (@convention(c) (Pointer, Text) -> Int32).self)
    let key = try unsafe library.function(
      "SSL_CTX_use_PrivateKey_file", as: (@convention(c) (Pointer, Text, Int32) -> Int32).self)
    // SSL_FILETYPE_PEM is 1. The key may stand in the file of the certificate.
    guard unsafe chain(context, certificate) == 1, unsafe key(context, files.clientKey ?? certificate, 1) == 1 else {
      throw TransportError("the client's certificate or its key cannot be used")
    }
  }

  deinit {
    unsafe release(context)
  }
}

/// A connection over TLS whose peer has shown a certificate of the host's name.
@safe final class TLSSession {
  private let session: UnsafeMutableRawPointer
  private let context: TLSContext
  private let socket: ConnectedSocket
  private let writeFunction: @convention(c) (UnsafeMutableRawPointer, UnsafeRawPointer?, Int32) -> Int32
  private let readFunction: @convention(c) (UnsafeMutableRawPointer, UnsafeMutableRawPointer?, Int32) -> Int32
  private let release: @convention(c) (UnsafeMutableRawPointer) -> Void
  private let errorFunction: @convention(c) (UnsafeMutableRawPointer, Int32) -> Int32

  /// - Parameter applicationProtocol: What is spoken over the connection, "h2" for HTTP/2 (RFC 7301); nil: not said.
  init(
    _ context: TLSContext, socket: ConnectedSocket, host: String, applicationProtocol: String?, _ deadline: Deadline
  ) throws(TransportError) {
    let library = context.library
    self.context = context
    self.socket = socket
    unsafe release = try library.function("SSL_free", as: (@convention(c) (Pointer) -> Void).self)
    unsafe writeFunction = try library.function(
      "SSL_write", as: (@convention(c) (Pointer, UnsafeRawPointer?, Int32) -> Int32).self)
    unsafe readFunction = try library.function(
      "SSL_read", as: (@convention(c) (Pointer, Pointer?, Int32) -> Int32).self)
    unsafe errorFunction = try library.function("SSL_get_error", as: (@convention(c) (Pointer, Int32) -> Int32).self)
    let new = try unsafe library.function("SSL_new", as: (@convention(c) (Pointer) -> Pointer?).self)
    guard let made = unsafe new(context.context) else { throw TransportError("SSL_new failed") }
    unsafe session = made
    try name(host)
    if let applicationProtocol { try offer(applicationProtocol) }
    let attach = try unsafe library.function("SSL_set_fd", as: (@convention(c) (Pointer, Int32) -> Int32).self)
    guard unsafe attach(session, socket.descriptor) == 1 else { throw TransportError("SSL_set_fd failed") }
    let connect = try unsafe library.function("SSL_connect", as: (@convention(c) (Pointer) -> Int32).self)
    _ = try retrying(deadline, "the receiver's TLS handshake failed; is its certificate trusted?") {
      unsafe connect(session)
    }
  }

  deinit {
    unsafe release(session)
  }

  /// What the peer may choose of; a peer that knows nothing of it goes on as if it had chosen.
  private func offer(_ applicationProtocol: String) throws(TransportError) {
    let set = try unsafe context.library.function(
      "SSL_set_alpn_protos", as: (@convention(c) (Pointer, UnsafePointer<UInt8>?, UInt32) -> Int32).self)
    let list = [UInt8(applicationProtocol.utf8.count)] + Array(applicationProtocol.utf8)
    // SAFETY: the library copies the list. 0 means success here.
    let result = unsafe list.withUnsafeBufferPointer { unsafe set(session, $0.baseAddress, UInt32($0.count)) }
    guard result == 0 else { throw TransportError("SSL_set_alpn_protos failed") }
  }

  /// Whose certificate the peer has to show.
  private func name(_ host: String) throws(TransportError) {
    let library = context.library
    let parameters = try unsafe library.function("SSL_get0_param", as: (@convention(c) (Pointer) -> Pointer?).self)
    let address = try unsafe library.function(
      "X509_VERIFY_PARAM_set1_ip_asc", as: (@convention(c) (Pointer?, Text) -> Int32).self)
    // An address is no name: it stands in another field of the certificate, and not in the handshake.
    if unsafe address(parameters(session), host) == 1 { return }
    let control = try unsafe library.function(
      "SSL_ctrl", as: (@convention(c) (Pointer, Int32, Int, Text?) -> Int).self)
    // SSL_CTRL_SET_TLSEXT_HOSTNAME is 55, TLSEXT_NAMETYPE_host_name 0.
    _ = unsafe control(session, 55, 0, host)
    let expect = try unsafe library.function("SSL_set1_host", as: (@convention(c) (Pointer, Text) -> Int32).self)
    guard unsafe expect(session, host) == 1 else { throw TransportError("\(host) is no name of a host") }
  }

  func write(_ bytes: [UInt8], _ deadline: Deadline) throws(TransportError) {
    var sent = 0
    while sent < bytes.count {
      sent += try retrying(deadline, "the connection broke while sending") {
        // SAFETY: the array lives while the library reads from it.
        unsafe bytes.withUnsafeBytes { memory in
          unsafe writeFunction(
            session, memory.baseAddress.map { unsafe $0 + sent }, Int32(clamping: bytes.count - sent))
        }
      }
    }
  }

  /// Fills the array from a place on; 0 at the end of the stream.
  func read(_ bytes: inout [UInt8], from start: Int, _ deadline: Deadline) throws(TransportError) -> Int {
    try retrying(deadline, "the connection broke while reading", isEndFine: true) {
      // SAFETY: the library writes at most what is left of the array.
      unsafe bytes.withUnsafeMutableBytes { memory in
        unsafe readFunction(
          session, memory.baseAddress.map { unsafe $0 + start }, Int32(clamping: memory.count - start))
      }
    }
  }

  /// Calls a function of the library again whenever the socket is ready for what it waits for.
  private func retrying(
    _ deadline: Deadline, _ failure: String, isEndFine: Bool = false, _ call: () -> Int32
  ) throws(TransportError) -> Int {
    while true {
      let result = call()
      if result > 0 { return Int(result) }
      switch unsafe errorFunction(session, result) {
      // SSL_ERROR_WANT_READ is 2, SSL_ERROR_WANT_WRITE 3, SSL_ERROR_ZERO_RETURN 6.
      case 2: try socket.wait(POLLIN, deadline)
      case 3: try socket.wait(POLLOUT, deadline)
      case 6 where isEndFine: return 0
      default: throw TransportError(failure)
      }
    }
  }
}
