import CSystemShims
import Glibc

/// An IPv4 or IPv6 address with a port.
package struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
  /// The version of the Internet protocol.
  package enum Family: Hashable, Sendable { case ipv4, ipv6 }

  package let family: Family
  /// The address in network order: 4 bytes for IPv4, 16 for IPv6.
  package let bytes: [UInt8]
  package let port: UInt16
  /// The zone of a link-local IPv6 address, else 0.
  package let scope: UInt32

  package init(family: Family, bytes: [UInt8], port: UInt16, scope: UInt32 = 0) {
    precondition(bytes.count == (family == .ipv4 ? 4 : 16), "an address has 4 or 16 bytes, not \(bytes.count)")
    self.family = family
    self.bytes = bytes
    self.port = port
    self.scope = scope
  }

  /// Reads `127.0.0.1:4317`, `[::1]:4317`, `localhost:4317` (IPv4) or `:4317` (every IPv4 address); nil otherwise.
  ///
  /// Names other than `localhost` are not looked up here; see ``resolve(host:port:)``.
  package init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = String(host.dropFirst().dropLast())
    } else if host.contains(":") {
      return nil
    }
    if host.isEmpty { host = "0.0.0.0" }
    if host == "localhost" { host = "127.0.0.1" }
    self.init(host: host, port: port)
  }

  /// Reads a numeric host; nil when it is a name.
  package init?(host: String, port: UInt16) {
    var v4 = in_addr()
    var v6 = in6_addr()
    // SAFETY: inet_pton writes exactly one in_addr or in6_addr to the local it is given.
    if unsafe inet_pton(AF_INET, host, &v4) == 1 {
      self.init(family: .ipv4, bytes: unsafe withUnsafeBytes(of: &v4) { unsafe Array($0) }, port: port)
    } else if unsafe inet_pton(AF_INET6, host, &v6) == 1 {
      self.init(family: .ipv6, bytes: unsafe withUnsafeBytes(of: &v6) { unsafe Array($0) }, port: port)
    } else {
      return nil
    }
  }

  /// Looks a host up with getaddrinfo(3).
  ///
  /// Blocks: call it on a worker thread.
  package static func resolve(host: String, port: UInt16) throws(NameError) -> [SocketAddress] {
    if let numeric = SocketAddress(host: host, port: port) { return [numeric] }
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    unsafe hints.ai_flags = AI_ADDRCONFIG
    var list: UnsafeMutablePointer<addrinfo>?
    let result = unsafe getaddrinfo(host, nil, &hints, &list)
    guard result == 0 else {
      throw NameError(host: host, code: result, reason: unsafe String(cString: gai_strerror(result)))
    }
    defer { unsafe freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var next = unsafe list
    // SAFETY: the list stays valid until freeaddrinfo; ai_addr points to ai_addrlen bytes.
    while let entry = unsafe next {
      if let address = unsafe entry.pointee.ai_addr,
        let found = unsafe SocketAddress(
          reading: UnsafeRawPointer(address), size: Int(entry.pointee.ai_addrlen), port: port)
      {
        addresses.append(found)
      }
      unsafe next = entry.pointee.ai_next
    }
    return addresses
  }

  /// The host name of this machine; nil when it is not known (gethostname(2)).
  package static var hostName: String? {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      // SAFETY: gethostname writes at most the size that it is given; the last byte ends the text in any case.
      guard let base = buffer.baseAddress, unsafe gethostname(base, buffer.count - 1) == 0 else { return nil }
      unsafe buffer[buffer.count - 1] = 0
      return unsafe String(cString: base)
    }
  }

  package var isLoopback: Bool {
    switch family {
    case .ipv4: bytes[0] == 127
    case .ipv6: bytes == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    }
  }

  /// The address without the port, for example `127.0.0.1` or `::1`.
  package var host: String {
    // SAFETY: inet_ntop writes a C string of at most INET6_ADDRSTRLEN bytes into the buffer.
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer in
      unsafe bytes.withUnsafeBytes { source in
        let result = unsafe inet_ntop(
          family == .ipv4 ? AF_INET : AF_INET6, source.baseAddress, buffer.baseAddress, socklen_t(buffer.count))
        guard let result = unsafe result else {
          preconditionFailure("inet_ntop failed for an address of \(bytes.count) bytes")
        }
        return unsafe String(cString: result)
      }
    }
  }

  package var description: String { family == .ipv4 ? "\(host):\(port)" : "[\(host)]:\(port)" }
}

/// A host name that could not be looked up.
package struct NameError: Error, Sendable, CustomStringConvertible {
  package let host: String
  /// The EAI_ value of getaddrinfo(3), or for records that of h_errno(3).
  package let code: Int32
  package let reason: String

  package init(host: String, code: Int32, reason: String) {
    self.host = host
    self.code = code
    self.reason = reason
  }

  package var description: String { "look up \(host): \(reason)" }
}

extension SocketAddress {
  /// Reads what accept4(2) or getsockname(2) wrote; a port given overrides the one in it.
  init?(reading pointer: UnsafeRawPointer, size: Int, port: UInt16? = nil) {
    // SAFETY: the family field is within any sockaddr; each branch checks the size before the larger load.
    guard size >= MemoryLayout<sa_family_t>.size else { return nil }
    switch Int32(unsafe pointer.loadUnaligned(as: sa_family_t.self)) {
    case AF_INET:
      guard size >= MemoryLayout<sockaddr_in>.size else { return nil }
      var address = unsafe pointer.loadUnaligned(as: sockaddr_in.self)
      let bytes = unsafe withUnsafeBytes(of: &address.sin_addr) { unsafe Array($0) }
      self.init(family: .ipv4, bytes: bytes, port: port ?? UInt16(bigEndian: address.sin_port))
    case AF_INET6:
      guard size >= MemoryLayout<sockaddr_in6>.size else { return nil }
      var address = unsafe pointer.loadUnaligned(as: sockaddr_in6.self)
      let bytes = unsafe withUnsafeBytes(of: &address.sin6_addr) { unsafe Array($0) }
      self.init(
        family: .ipv6, bytes: bytes, port: port ?? UInt16(bigEndian: address.sin6_port), scope: address.sin6_scope_id)
    default:
      return nil
    }
  }

  var domain: Int32 { family == .ipv4 ? AF_INET : AF_INET6 }

  /// Calls a function with this address as the kernel wants it.
  func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    // SAFETY: the storage is a local of the stated size, large enough for either family, bound for the call only.
    switch family {
    case .ipv4:
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      unsafe withUnsafeMutableBytes(of: &address.sin_addr) { unsafe $0.copyBytes(from: bytes) }
      return unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    case .ipv6:
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = port.bigEndian
      address.sin6_scope_id = scope
      unsafe withUnsafeMutableBytes(of: &address.sin6_addr) { unsafe $0.copyBytes(from: bytes) }
      return unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
        }
      }
    }
  }
}
