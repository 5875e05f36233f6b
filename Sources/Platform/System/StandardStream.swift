import Glibc

/// Whole texts to standard output and standard error.
package enum StandardStream {
  /// write(2) until everything is out.
  ///
  /// It ends if the reader is gone, without an error: no one would see it.
  package static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      // SAFETY: the buffer's own address and count.
      let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      if count < 0 && errno == EAGAIN {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        // SAFETY: one pollfd that lives through the call. Whatever it returns, the write is tried again.
        _ = unsafe poll(&entry, 1, -1)
        continue
      }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }
}
