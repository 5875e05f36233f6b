import CSystemShims
import Glibc

// Files that grow at their end and go as a whole, such as logs. These calls block: keep them off event loops.

extension File {
  /// Makes a file that was not there, to be written at its end.
  ///
  /// Throws `EEXIST` for one that is.
  package static func create(_ path: String, mode: UInt32) throws(SystemError) -> FileDescriptor {
    FileDescriptor(
      takingOwnershipOf: try checkedCall("open") {
        unsafe CSystemShims_open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, mode)
      })
  }

  /// Takes a file out of its directory; who has it open goes on reading it (unlink(2)).
  package static func remove(_ path: String) throws(SystemError) {
    _ = try checkedCall("unlink") { unsafe unlink(path) }
  }

  /// Gives a file another name on the same file system, and takes that from whatever has it (rename(2)).
  package static func move(_ path: String, to other: String) throws(SystemError) {
    _ = try checkedCall("rename") { unsafe rename(path, other) }
  }

  /// The bytes of a file, and when they changed last, in nanoseconds since 1970 (stat(2)).
  package static func size(_ path: String) throws(SystemError) -> (bytes: Int, modifiedAt: Int64) {
    var found = stat()
    // SAFETY: a whole stat that lives through the call.
    _ = try checkedCall("stat") { unsafe stat(path, &found) }
    return (Int(found.st_size), Int64(found.st_mtim.tv_sec) * 1_000_000_000 + Int64(found.st_mtim.tv_nsec))
  }

  /// Waits until the names in a directory are on the device (fsync(2)).
  package static func synchronizeDirectory(_ path: String) throws(SystemError) { try open(path).synchronize() }

  /// Waits until all that was written to the file system of a path is on the device (syncfs(2)).
  package static func synchronizeFileSystem(of path: String) throws(SystemError) {
    let descriptor = try open(path)
    let number = descriptor.rawValue
    _ = try checkedCall("syncfs") { CSystemShims_syncfs(number) }
  }
}

extension FileDescriptor {
  /// Writes all bytes, in as many calls as it takes.
  package borrowing func writeAll(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
    var offset = 0
    while offset < bytes.count {
      // SAFETY: the offset is less than the count.
      let transfer = try unsafe write(UnsafeRawBufferPointer(rebasing: bytes[offset...]))
      if case .bytes(let count) = transfer { offset += count }
    }
  }

  /// Writes all bytes, in as many calls as it takes.
  package borrowing func writeAll(_ bytes: ArraySlice<UInt8>) throws(SystemError) {
    let written = unsafe bytes.withUnsafeBytes { bytes in
      Result { () throws(SystemError) in try unsafe writeAll(bytes) }
    }
    try written.get()
  }

  /// This many bytes of the file from an offset, fewer where it ends before (pread(2)).
  package borrowing func read(at offset: Int, count: Int) throws(SystemError) -> [UInt8] {
    let number = rawValue
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let begin = filled
      let transfer = try checkedTransfer("pread") {
        // SAFETY: the call fills at most what is left of the buffer.
        unsafe bytes.withUnsafeMutableBytes {
          unsafe pread(number, $0.baseAddress! + begin, count - begin, offset + begin)
        }
      }
      guard case .bytes(let transferred) = transfer, transferred > 0 else { break }
      filled += transferred
    }
    return Array(bytes.prefix(filled))
  }

  /// Waits until the bytes of the file, and what is needed to read them, are on the device (fdatasync(2)).
  package borrowing func synchronizeData() throws(SystemError) {
    let number = rawValue
    _ = try checkedCall("fdatasync") { fdatasync(number) }
  }

  /// Truncates the file to this many bytes (ftruncate(2)).
  package borrowing func truncate(to byteCount: Int) throws(SystemError) {
    let number = rawValue
    _ = try checkedCall("ftruncate") { ftruncate(number, byteCount) }
  }

  /// Whether the file still has a name in some directory (fstat(2)).
  package borrowing func hasName() throws(SystemError) -> Bool {
    let number = rawValue
    var found = stat()
    // SAFETY: a whole stat that lives through the call.
    _ = try checkedCall("fstat") { unsafe fstat(number, &found) }
    return found.st_nlink > 0
  }
}
