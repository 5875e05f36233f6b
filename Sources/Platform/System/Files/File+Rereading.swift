import Glibc

// Files of proc(5) and sysfs(5), whose content the kernel makes anew when they are read from the beginning.

extension FileDescriptor {
  /// Reads the file from its beginning to its end into a buffer that grows as far as it must (pread(2)).
  ///
  /// Returns how many bytes there are; the rest of the buffer is of earlier uses. Throws `EFBIG` beyond a size.
  package borrowing func readAll(into buffer: inout [UInt8], sizeMax: Int) throws(SystemError) -> Int {
    let number = rawValue
    var count = 0
    while true {
      if count == buffer.count {
        guard count < sizeMax else { throw SystemError(call: "pread", code: EFBIG) }
        buffer += [UInt8](repeating: 0, count: max(4096, min(count, sizeMax - count)))
      }
      let begin = count
      let transfer = try checkedTransfer("pread") {
        // SAFETY: the call fills at most what is left of the buffer.
        unsafe buffer.withUnsafeMutableBytes { unsafe pread(number, $0.baseAddress! + begin, $0.count - begin, begin) }
      }
      guard case .bytes(let transferred) = transfer, transferred > 0 else { return count }
      count += transferred
    }
  }
}
