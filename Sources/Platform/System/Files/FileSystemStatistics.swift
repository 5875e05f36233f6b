import Glibc

/// How full a file system is, in bytes and files.
package struct FileSystemStatistics: Sendable, Equatable {
  package let totalBytes: Double
  package let freeBytes: Double
  /// What an ordinary user may still write.
  package let availableBytes: Double
  package let files: Double
  package let freeFiles: Double

  /// Asks the kernel, which may wait for another machine for as long as that does not respond (statvfs(3)).
  package init(of path: String) throws(SystemError) {
    var status = statvfs()
    // SAFETY: statvfs fills the struct it is given.
    _ = try checkedCall("statvfs") { unsafe statvfs(path, &status) }
    let unit = Double(status.f_frsize)
    totalBytes = Double(status.f_blocks) * unit
    freeBytes = Double(status.f_bfree) * unit
    availableBytes = Double(status.f_bavail) * unit
    files = Double(status.f_files)
    freeFiles = Double(status.f_ffree)
  }
}
