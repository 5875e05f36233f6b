internal import CAxonizeCore
internal import Glibc

/// OTLP over HTTP/1.1, over a connection that is kept open.
final class HTTPTransport: Transport {
  private let endpoint: Endpoint
  private let path: String
  private let headerLines: String
  /// Of a proxy that is sent requests in absolute form: what stands before the path, and headers for it alone.
  private let proxyPrefix: String
  private let proxyHeaders: String
  private let compression: Axonize.Compression
  private let timeout: Duration
  private let connector: Connector
  private let onMissingCompression: @Sendable () -> Void
  private var connection: HTTPConnection?

  init(
    _ configuration: ResolvedConfiguration, _ signal: Endpoint.Signal,
    onMissingCompression: @escaping @Sendable () -> Void = {}
  ) {
    endpoint = configuration.endpoint
    path = configuration.path(of: signal)
    headerLines = configuration.headerLines
    let sendsToProxy = configuration.proxy != nil && !endpoint.isTLS
    proxyPrefix = sendsToProxy ? "http://\(endpoint.authority)" : ""
    proxyHeaders = sendsToProxy ? configuration.proxy?.headerLines ?? "" : ""
    compression = configuration.compression
    timeout = configuration.timeout
    connector = Connector(configuration, applicationProtocol: nil)
    self.onMissingCompression = onMissingCompression
  }

  func send(_ body: [UInt8]) throws(TransportError) -> Reply {
    let (packed, coding) = pack(body)
    let request = head(size: packed.count, coding: coding) + packed
    if connection != nil {
      // The receiver may close an idle connection at any time; that says nothing about this request.
      if let reply = try attempt(request, isReused: true, packed.count) { return reply }
    }
    guard let reply = try attempt(request, isReused: false, packed.count) else {
      throw TransportError("the connection was closed")
    }
    return reply
  }

  func close() { connection = nil }

  /// Sends and reads the answer; nil when a connection that was kept open turned out to be closed.
  private func attempt(
    _ request: [UInt8], isReused: Bool, _ sentBytes: Int
  ) throws(TransportError) -> Reply? {
    let deadline = Deadline(after: timeout)
    let current = if let connection { connection } else { try connector.connect(deadline) }
    connection = nil
    do throws(TransportError) {
      try current.write(request, deadline)
      let response = try current.readResponse(deadline)
      if response.keepsConnection { connection = current }
      return Reply(
        verdict: response.verdict, status: response.status,
        retryAfter: response.retryAfter > 0
          ? min(.seconds(Int64(clamping: response.retryAfter)), Reply.retryAfterMax) : nil,
        body: response.content, sentBytes: sentBytes)
    } catch {
      if isReused, !deadline.hasPassed { return nil }
      throw error
    }
  }

  private func pack(_ body: [UInt8]) -> (bytes: [UInt8], coding: String?) {
    guard compression != .uncompressed else { return (body, nil) }
    guard let packed = compression.pack(body) else {
      onMissingCompression()
      return (body, nil)
    }
    return (packed, compression.rawValue)
  }

  private func head(size: Int, coding: String?) -> [UInt8] {
    // An address of IPv6 stands in brackets (RFC 3986, 3.2.2).
    let host = endpoint.host.contains(":") ? "[\(endpoint.host)]" : endpoint.host
    let isUsual = endpoint.port == (endpoint.isTLS ? 443 : 80)
    return Array(
      """
      POST \(proxyPrefix)\(path) HTTP/1.1\r
      Host: \(host)\(isUsual ? "" : ":\(endpoint.port)")\r
      User-Agent: axonize-swift/\(axonizeVersion)\r
      Content-Type: application/x-protobuf\r
      Content-Length: \(size)\r
      \(coding.map { "Content-Encoding: \($0)\r\n" } ?? "")\(proxyHeaders)\(headerLines)\r

      """.utf8)
  }
}

extension Axonize.Compression {
  /// The bytes compressed; nil when the library is not there.
  func pack(_ bytes: [UInt8]) -> [UInt8]? {
    let kind = UInt32(self == .gzip ? AXZ_COMPRESSION_GZIP : AXZ_COMPRESSION_ZSTD)
    var size = 0
    // SAFETY: the core reads the array while the closure runs and returns `size` bytes of malloc(3), ours to free.
    guard
      let packed = unsafe bytes.withUnsafeBufferPointer({ bytes in
        unsafe axz_compress(kind, bytes.baseAddress, bytes.count, &size)
      })
    else { return nil }
    defer { unsafe free(packed) }
    return unsafe Array(UnsafeBufferPointer(start: packed, count: size))
  }
}
