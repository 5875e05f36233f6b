import CAxonizeCore

/// Writes the header of a call of gRPC (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md) as a block of
/// HPACK: fields by number and literals that are kept in no table, so that every block stands for itself.
enum HeaderBlockWriter {
  /// Replaces a buffer's content; false without memory.
  static func write(_ buffer: UnsafeMutablePointer<axz_buffer>, _ call: UnsafePointer<axz_call>) -> Bool {
    axz_buffer_free(buffer)
    axz_buffer_init(buffer, nil, 0, 1 << 20)
    // The table that we write by has the size 0 whatever the peer allows (RFC 7541, 4.2). 3: POST, 6 and 7: the scheme.
    guard byte(buffer, 0x20), byte(buffer, 0x83), byte(buffer, call.pointee.is_tls ? 0x87 : 0x86),
      byte(buffer, 0x04), text(buffer, call.pointee.path), authority(buffer, call),
      literal(buffer, "te", "trailers"), byte(buffer, 0x0f), byte(buffer, 31 - 15),
      text(buffer, text("application/grpc+proto")), byte(buffer, 0x0f), byte(buffer, 58 - 15),
      text(buffer, call.pointee.user_agent), timeout(buffer, call.pointee.timeout)
    else { return false }
    switch call.pointee.compression {
    case UInt32(AXZ_COMPRESSION_GZIP): if !literal(buffer, "grpc-encoding", "gzip") { return false }
    case UInt32(AXZ_COMPRESSION_ZSTD): if !literal(buffer, "grpc-encoding", "zstd") { return false }
    default: break
    }
    return lines(buffer, call.pointee.headers)
  }

  /// Host and port; an address of IPv6 stands in brackets (RFC 3986, 3.2.2).
  private static func authority(
    _ buffer: UnsafeMutablePointer<axz_buffer>, _ call: UnsafePointer<axz_call>
  ) -> Bool {
    let host = UnsafeRawPointer(call.pointee.host).assumingMemoryBound(to: UInt8.self)
    let size = strlen(call.pointee.host)
    let isIPv6 = strchr(call.pointee.host, 58) != nil
    let isUsual = call.pointee.port == (call.pointee.is_tls ? 443 : 80)
    let digits = isUsual ? 0 : 1 &+ decimalSize(UInt64(call.pointee.port))
    guard byte(buffer, 0x01), integer(buffer, 0, bits: 7, size &+ (isIPv6 ? 2 : 0) &+ digits) else { return false }
    if isIPv6, !byte(buffer, 91) { return false }
    guard axz_buffer_append(buffer, host, size) else { return false }
    if isIPv6, !byte(buffer, 93) { return false }
    return isUsual || byte(buffer, 58) && decimal(buffer, UInt64(call.pointee.port))
  }

  /// grpc-timeout in milliseconds, which have at most eight digits.
  private static func timeout(_ buffer: UnsafeMutablePointer<axz_buffer>, _ nanoseconds: UInt64) -> Bool {
    let milliseconds = min(max(nanoseconds / 1_000_000, 1), 99_999_999)
    return byte(buffer, 0x00) && string(buffer, "grpc-timeout")
      && integer(buffer, 0, bits: 7, decimalSize(milliseconds) &+ 1) && decimal(buffer, milliseconds)
      && byte(buffer, 109)
  }

  /// The user's headers, "Name: value\r\n" for each, marked so that nobody on the way keeps them in a table: they may be
  /// secrets (RFC 7541, 7.1.3).
  private static func lines(_ buffer: UnsafeMutablePointer<axz_buffer>, _ headers: UnsafePointer<CChar>) -> Bool {
    var line = UnsafeRawPointer(headers).assumingMemoryBound(to: UInt8.self)
    while line.pointee != 0 {
      var end = line
      while end.pointee != 0, end.pointee != 13, end.pointee != 10 { end += 1 }
      var colon = line
      while colon < end, colon.pointee != 58 { colon += 1 }
      if colon > line, colon < end, !isReserved(line, colon - line), !field(buffer, line, colon, end) { return false }
      line = end
      while line.pointee == 13 || line.pointee == 10 { line += 1 }
    }
    return true
  }

  private static func field(
    _ buffer: UnsafeMutablePointer<axz_buffer>, _ name: UnsafePointer<UInt8>, _ colon: UnsafePointer<UInt8>,
    _ end: UnsafePointer<UInt8>
  ) -> Bool {
    let nameSize = colon - name
    guard byte(buffer, 0x10), integer(buffer, 0, bits: 7, nameSize), let place = room(buffer, nameSize) else {
      return false
    }
    // Names are in lower case (RFC 9113, 8.2).
    for index in 0..<nameSize { place[index] = lower(name[index]) }
    buffer.pointee.used &+= UInt32(truncatingIfNeeded: nameSize)
    var value = colon + 1
    while value < end, value.pointee == 32 || value.pointee == 9 { value += 1 }
    var last = end
    while last > value, (last - 1).pointee == 32 || (last - 1).pointee == 9 { last -= 1 }
    return integer(buffer, 0, bits: 7, last - value) && axz_buffer_append(buffer, value, last - value)
  }

  /// Fields that are ours to say, and those of a connection, which HTTP/2 does not have (RFC 9113, 8.2.2).
  private static func isReserved(_ name: UnsafePointer<UInt8>, _ size: Int) -> Bool {
    isName(name, size, "te") || isName(name, size, "host") || isName(name, size, "connection")
      || isName(name, size, "keep-alive") || isName(name, size, "proxy-connection")
      || isName(name, size, "transfer-encoding") || isName(name, size, "upgrade")
      || isName(name, size, "content-length") || isName(name, size, "content-type")
      || isName(name, size, "content-encoding") || isName(name, size, "user-agent")
      || isName(name, size, "grpc-timeout") || isName(name, size, "grpc-encoding")
  }

  private static func isName(_ name: UnsafePointer<UInt8>, _ size: Int, _ other: StaticString) -> Bool {
    guard size == other.utf8CodeUnitCount else { return false }
    for index in 0..<size where lower(name[index]) != other.utf8Start[index] { return false }
    return true
  }

  private static func lower(_ byte: UInt8) -> UInt8 { byte >= 65 && byte <= 90 ? byte | 0x20 : byte }

  // MARK: Parts of a block

  private static func byte(_ buffer: UnsafeMutablePointer<axz_buffer>, _ value: UInt8) -> Bool {
    guard let place = room(buffer, 1) else { return false }
    place.pointee = value
    buffer.pointee.used &+= 1
    return true
  }

  /// RFC 7541, 5.1.
  private static func integer(
    _ buffer: UnsafeMutablePointer<axz_buffer>, _ prefix: UInt8, bits: UInt8, _ value: Int
  ) -> Bool {
    let most = Int(UInt8(1) &<< bits &- 1)
    if value < most { return byte(buffer, prefix | UInt8(truncatingIfNeeded: value)) }
    guard byte(buffer, prefix | UInt8(truncatingIfNeeded: most)) else { return false }
    return axz_buffer_varint(buffer, UInt64(value &- most))
  }

  private static func string(_ buffer: UnsafeMutablePointer<axz_buffer>, _ value: StaticString) -> Bool {
    integer(buffer, 0, bits: 7, value.utf8CodeUnitCount)
      && axz_buffer_append(buffer, value.utf8Start, value.utf8CodeUnitCount)
  }

  private static func text(_ buffer: UnsafeMutablePointer<axz_buffer>, _ value: UnsafePointer<CChar>) -> Bool {
    let size = strlen(value)
    return integer(buffer, 0, bits: 7, size)
      && axz_buffer_append(buffer, UnsafeRawPointer(value).assumingMemoryBound(to: UInt8.self), size)
  }

  private static func text(_ literal: StaticString) -> UnsafePointer<CChar> { AxonizeCore.text(literal) }

  private static func literal(
    _ buffer: UnsafeMutablePointer<axz_buffer>, _ name: StaticString, _ value: StaticString
  ) -> Bool {
    byte(buffer, 0x00) && string(buffer, name) && string(buffer, value)
  }

  private static func decimalSize(_ value: UInt64) -> Int {
    var count = 1
    var rest = value / 10
    while rest > 0 {
      count &+= 1
      rest /= 10
    }
    return count
  }

  private static func decimal(_ buffer: UnsafeMutablePointer<axz_buffer>, _ value: UInt64) -> Bool {
    guard let place = room(buffer, 20) else { return false }
    buffer.pointee.used &+= UInt32(truncatingIfNeeded: putDecimal(place, value))
    return true
  }
}
