import Glibc

/// A non-blocking TCP connection over IPv4.
final class Socket {
  let descriptor: Int32

  /// Connects, blocking until that is done.
  init(host: String, port: UInt16) throws(LoadError) {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw LoadError(message: "socket: error \(errno)") }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    // SAFETY: both pointers live for the call, and the lengths are those of the structures.
    guard unsafe inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
      throw LoadError(message: "'\(host)' is not an IPv4 address")
    }
    let connected = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
        unsafe connect(descriptor, general, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { throw LoadError(message: "cannot connect to \(host):\(port): error \(errno)") }
    var one: Int32 = 1
    // SAFETY: the option is an Int32, as its length says.
    _ = unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }

  deinit { _ = close(descriptor) }

  /// Sends a part of `bytes` from `offset`; how many bytes the kernel took, 0 when it takes none now.
  func send(_ bytes: [UInt8], from offset: Int) throws(LoadError) -> Int {
    // SAFETY: the range offset..<count lies inside the array for the length of the call.
    let count = unsafe bytes.withUnsafeBytes { buffer in
      let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[offset...])
      return unsafe Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
    }
    if count >= 0 { return count }
    if errno == EAGAIN || errno == EINTR { return 0 }
    throw LoadError(message: "the server closed the connection while it was sent to (error \(errno))")
  }

  /// Appends what has arrived, at most 64 KiB; false when nothing has.
  func receive(into bytes: inout [UInt8]) throws(LoadError) -> Bool {
    let sizeMax = 65536
    let before = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: sizeMax))
    // SAFETY: the array has `sizeMax` bytes after `before`.
    let count = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe recv(descriptor, buffer.baseAddress! + before, sizeMax, 0)
    }
    bytes.removeLast(sizeMax - max(0, count))
    if count > 0 { return true }
    if count < 0, errno == EAGAIN || errno == EINTR { return false }
    throw LoadError(message: count == 0 ? "the server closed the connection" : "receive: error \(errno)")
  }
}

/// Nanoseconds of the monotonic clock.
func monotonicNanoseconds() -> UInt64 { nanoseconds(of: CLOCK_MONOTONIC) }

/// Nanoseconds since 1970.
func unixNanoseconds() -> UInt64 { nanoseconds(of: CLOCK_REALTIME) }

private func nanoseconds(of clock: clockid_t) -> UInt64 {
  var time = timespec()
  // SAFETY: `time` lives for the call.
  _ = unsafe clock_gettime(clock, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
