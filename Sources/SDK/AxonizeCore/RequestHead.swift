import CAxonizeCore

extension Connection {
  /// Writes the head of a request (RFC 9112, 3).
  static func writeHead(
    _ connection: UnsafeMutablePointer<Connection>, _ sending: UnsafePointer<Sending>, _ request: Request
  ) -> Bool {
    axz_buffer_free(&connection.pointee.head)
    axz_buffer_init(&connection.pointee.head, nil, 0, 1 << 20)
    guard append(connection, "POST ") else { return false }
    // Proxies want the absolute form (RFC 9112, 3.2.2).
    if sending.pointee.proxyHost != nil,
      !append(connection, "http://") || !appendAuthority(connection, sending, always: false)
    {
      return false
    }
    guard append(connection, sending.pointee.path), append(connection, " HTTP/1.1\r\nHost: "),
      appendAuthority(connection, sending, always: false)
    else { return false }
    guard append(connection, "\r\n"), append(connection, sending.pointee.proxyHeaders),
      append(
        connection,
        "User-Agent: axonize-core/0.1\r\nContent-Type: application/x-protobuf\r\nContent-Length: "),
      append(connection, UInt64(request.size))
    else { return false }
    switch request.compression {
    case UInt32(AXZ_COMPRESSION_GZIP): if !append(connection, "\r\nContent-Encoding: gzip") { return false }
    case UInt32(AXZ_COMPRESSION_ZSTD): if !append(connection, "\r\nContent-Encoding: zstd") { return false }
    default: break
    }
    return append(connection, "\r\n") && append(connection, sending.pointee.headers) && append(connection, "\r\n")
  }

  /// Writes the head of the request that makes a proxy open a tunnel (RFC 9110, 9.3.6).
  static func writeTunnelHead(
    _ connection: UnsafeMutablePointer<Connection>, _ sending: UnsafePointer<Sending>
  ) -> Bool {
    axz_buffer_free(&connection.pointee.head)
    axz_buffer_init(&connection.pointee.head, nil, 0, 1 << 20)
    return append(connection, "CONNECT ") && appendAuthority(connection, sending, always: true)
      && append(connection, " HTTP/1.1\r\nHost: ") && appendAuthority(connection, sending, always: true)
      && append(connection, "\r\nUser-Agent: axonize-core/0.1\r\n") && append(connection, sending.pointee.proxyHeaders)
      && append(connection, "\r\n")
  }

  /// The receiver's host and port; the port of HTTP is left out unless `always`.
  private static func appendAuthority(
    _ connection: UnsafeMutablePointer<Connection>, _ sending: UnsafePointer<Sending>, always: Bool
  ) -> Bool {
    // An address of IPv6 stands in brackets (RFC 3986, 3.2.2).
    let isIPv6 = strchr(sending.pointee.host, 58) != nil
    if isIPv6, !append(connection, "[") { return false }
    guard append(connection, sending.pointee.host) else { return false }
    if isIPv6, !append(connection, "]") { return false }
    if sending.pointee.port == 80, !always { return true }
    return append(connection, ":") && append(connection, UInt64(sending.pointee.port))
  }

  private static func append(_ connection: UnsafeMutablePointer<Connection>, _ literal: StaticString) -> Bool {
    axz_buffer_append(&connection.pointee.head, literal.utf8Start, literal.utf8CodeUnitCount)
  }

  private static func append(_ connection: UnsafeMutablePointer<Connection>, _ text: UnsafePointer<CChar>) -> Bool {
    axz_buffer_append(
      &connection.pointee.head, UnsafeRawPointer(text).assumingMemoryBound(to: UInt8.self), strlen(text))
  }

  private static func append(_ connection: UnsafeMutablePointer<Connection>, _ number: UInt64) -> Bool {
    guard let place = room(&connection.pointee.head, 20) else { return false }
    connection.pointee.head.used &+= UInt32(truncatingIfNeeded: putDecimal(place, number))
    return true
  }
}
