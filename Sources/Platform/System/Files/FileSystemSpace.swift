import Glibc

/// The room on the file system of a path.
package struct FileSystemSpace: Sendable, Equatable {
  /// Bytes that an ordinary user may still write.
  package let freeBytes: Int
  package let totalBytes: Int
  package let isReadOnly: Bool

  package init(freeBytes: Int, totalBytes: Int, isReadOnly: Bool) {
    self.freeBytes = freeBytes
    self.totalBytes = totalBytes
    self.isReadOnly = isReadOnly
  }

  /// Asks the kernel; some microseconds on a local disk (statvfs(3)).
  package init(of path: String) throws(SystemError) {
    var status = statvfs()
    // SAFETY: statvfs fills the struct it is given.
    _ = try checkedCall("statvfs") { unsafe statvfs(path, &status) }
    freeBytes = Int(status.f_bavail) * Int(status.f_frsize)
    totalBytes = Int(status.f_blocks) * Int(status.f_frsize)
    // ST_RDONLY is 1 (sys/statvfs.h).
    let isWritable = unsafe access(path, W_OK) == 0
    isReadOnly = status.f_flag & 1 != 0 || !isWritable
  }
}
