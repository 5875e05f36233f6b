import CSystemShims
import Glibc

/// A connection that is being established.
package struct ConnectionAttempt: ~Copyable {
  package let descriptor: FileDescriptor
  /// False: wait for the descriptor to be writable, then ask ``Socket/error(of:)``.
  package let isConnected: Bool

  package consuming func take() -> FileDescriptor { descriptor }
}

/// A connection taken from a listener.
package struct AcceptedConnection: ~Copyable {
  package let descriptor: FileDescriptor
  package let peer: SocketAddress

  package consuming func take() -> FileDescriptor { descriptor }
}

/// Operations on TCP sockets; all are non-blocking and close on exec.
package enum Socket {
  /// A listening socket.
  ///
  /// With a shared port, other sockets of the same user may listen there too and the kernel spreads connections
  /// (SO_REUSEPORT). Without, `EADDRINUSE` is thrown when anybody listens there, sharing or not.
  package static func listen(
    _ address: SocketAddress, sharingPort: Bool, backlog: Int32 = 4096
  ) throws(SystemError) -> FileDescriptor {
    let descriptor = try bound(address, sharingPort: sharingPort)
    let number = descriptor.rawValue
    // The kernel looks for conflicts once more here, so of two sockets that are to be alone only one gets this far.
    _ = try checkedCall("listen") { Glibc.listen(number, backlog) }
    return descriptor
  }

  /// Lets further sockets share the port of one that listens alone so far.
  package static func sharePort(_ number: Int32) throws(SystemError) {
    try setOption(number, SOL_SOCKET, SO_REUSEPORT, 1)
  }

  /// Throws `EADDRINUSE` when somebody listens where an address would; without listening there.
  package static func checkFree(_ address: SocketAddress) throws(SystemError) {
    _ = try bound(address, sharingPort: false)
  }

  private static func bound(_ address: SocketAddress, sharingPort: Bool) throws(SystemError) -> FileDescriptor {
    let descriptor = try make(address.domain)
    let number = descriptor.rawValue
    try setOption(number, SOL_SOCKET, SO_REUSEADDR, 1)
    if sharingPort { try setOption(number, SOL_SOCKET, SO_REUSEPORT, 1) }
    if address.family == .ipv6 { try setOption(number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
    _ = try checkedCall("bind") { unsafe address.withSockaddr { unsafe bind(number, $0, $1) } }
    return descriptor
  }

  /// Starts to connect; true when the connection is there at once, else wait for it to be writable and ask ``error(of:)``.
  package static func connect(
    to address: SocketAddress
  ) throws(SystemError) -> ConnectionAttempt {
    let descriptor = try make(address.domain)
    let number = descriptor.rawValue
    try setOption(number, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    do throws(SystemError) {
      _ = try checkedCall("connect") { unsafe address.withSockaddr { unsafe Glibc.connect(number, $0, $1) } }
      return ConnectionAttempt(descriptor: descriptor, isConnected: true)
    } catch {
      guard error.code == EINPROGRESS else { throw error }
      return ConnectionAttempt(descriptor: descriptor, isConnected: false)
    }
  }

  /// Connects to a socket in the file system (unix(7)), which is done at once or fails.
  package static func connect(toPath path: String) throws(SystemError) -> FileDescriptor {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    // SAFETY: the bytes go to the beginning of a field that is known to be larger; the rest of it is zero.
    let isShort = unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in
      guard bytes.count < field.count, !bytes.contains(0) else { return false }
      unsafe field.copyBytes(from: bytes)
      return true
    }
    guard isShort else { throw SystemError(call: "connect", code: ENAMETOOLONG) }
    let descriptor = try make(AF_UNIX)
    let number = descriptor.rawValue
    _ = try checkedCall("connect") {
      // SAFETY: the address lives during the call and its size is passed along.
      unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe Glibc.connect(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
    }
    return descriptor
  }

  /// The pending error of a socket (SO_ERROR), nil when there is none.
  package static func error(of number: Int32) throws(SystemError) -> SystemError? {
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    // SAFETY: the option's value is one int, which is what the local can hold.
    _ = try checkedCall("getsockopt") { unsafe getsockopt(number, SOL_SOCKET, SO_ERROR, &code, &size) }
    return code == 0 ? nil : SystemError(call: "connect", code: code)
  }

  /// accept4(2): the next connection of a listener with its peer, nil when there is none now.
  ///
  /// A connection that died in the queue (ECONNABORTED and the network errors the manual page lists) is skipped.
  package static func accept(
    from number: Int32
  ) throws(SystemError) -> AcceptedConnection? {
    while true {
      var storage = sockaddr_storage()
      var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
      let accepted: Int32
      do throws(SystemError) {
        // SAFETY: the storage is large enough for every family, and size says so.
        accepted = try checkedCall("accept4") {
          unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
              unsafe CSystemShims_accept4(number, $0, &size)
            }
          }
        }
      } catch {
        switch error.code {
        case EAGAIN, EWOULDBLOCK: return nil
        case ECONNABORTED, ENETDOWN, EPROTO, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH:
          continue
        default: throw error
        }
      }
      let descriptor = FileDescriptor(takingOwnershipOf: accepted)
      // SAFETY: the kernel wrote size bytes of an address into the storage.
      let peer = unsafe withUnsafeBytes(of: &storage) { bytes -> SocketAddress? in
        guard let base = bytes.baseAddress else { return nil }
        return unsafe SocketAddress(reading: base, size: Int(size))
      }
      guard let peer else { continue }
      return AcceptedConnection(descriptor: descriptor, peer: peer)
    }
  }

  /// Lets a listener take no new handshakes, while those that have begun still reach its queue.
  ///
  /// The kernel drops the first segment of a connection, and the peer sends it again a second later (RFC 6298, section
  /// 2.1): to another process on the port by then, or to be refused. Closing the listener at once instead resets whoever
  /// is between the first segment and `accept`.
  package static func dropNewHandshakes(_ number: Int32) throws(SystemError) {
    _ = try checkedCall("setsockopt") { CSystemShims_drop_new_handshakes(number) }
  }

  /// The address a socket is bound to, with the port that the kernel chose for port 0.
  package static func localAddress(of number: Int32) throws(SystemError) -> SocketAddress? {
    var storage = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    // SAFETY: the storage is large enough for every family, and size says so.
    _ = try checkedCall("getsockname") {
      unsafe withUnsafeMutablePointer(to: &storage) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(number, $0, &size) }
      }
    }
    return unsafe withUnsafeBytes(of: &storage) { bytes -> SocketAddress? in
      guard let base = bytes.baseAddress else { return nil }
      return unsafe SocketAddress(reading: base, size: Int(size))
    }
  }

  /// recv(2).
  package static func receive(
    _ number: Int32, into buffer: UnsafeMutableRawBufferPointer
  ) throws(SystemError) -> Transfer {
    // SAFETY: the buffer's base and count describe memory that the caller owns during the call.
    try checkedTransfer("recv") { unsafe recv(number, buffer.baseAddress, buffer.count, 0) }
  }

  /// send(2) without SIGPIPE; may take only part of the bytes.
  package static func send(_ number: Int32, _ bytes: UnsafeRawBufferPointer) throws(SystemError) -> Transfer {
    // SAFETY: the buffer's base and count describe memory that the caller owns during the call.
    try checkedTransfer("send") { unsafe Glibc.send(number, bytes.baseAddress, bytes.count, noSignal) }
  }

  /// Sends small segments at once (TCP_NODELAY).
  package static func setNoDelay(_ number: Int32) throws(SystemError) {
    try setOption(number, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
  }

  /// shutdown(2) of the sending side: the peer reads the end of the stream, we can still receive.
  package static func finishSending(_ number: Int32) throws(SystemError) {
    _ = try checkedCall("shutdown") { shutdown(number, Int32(SHUT_WR)) }
  }

  private static let noSignal = Int32(MSG_NOSIGNAL)

  private static func make(_ domain: Int32) throws(SystemError) -> FileDescriptor {
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    return FileDescriptor(takingOwnershipOf: try checkedCall("socket") { socket(domain, type, 0) })
  }

  private static func setOption(_ number: Int32, _ level: Int32, _ name: Int32, _ value: Int32) throws(SystemError) {
    var value = value
    // SAFETY: the option's value is one int, passed with its size.
    _ = try checkedCall("setsockopt") {
      unsafe setsockopt(number, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
    }
  }
}
