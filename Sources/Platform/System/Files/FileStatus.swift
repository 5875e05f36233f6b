import Glibc

/// What the file system knows of a file (stat(2)).
package struct FileStatus: Sendable {
  /// Identifies a file on this machine.
  package struct Identity: Hashable, Sendable {
    let device: UInt
    let number: UInt
  }

  package let identity: Identity
  package let userID: UInt32
  package let groupID: UInt32
  /// The permission bits, the sticky bit among them.
  package let mode: UInt32
  package let isDirectory: Bool
  package let sizeBytes: Int
  /// When the content changed last, in nanoseconds since 1970.
  package let modifiedAt: Int64
}

extension File {
  /// What is at a path; links are followed.
  package static func status(_ path: String) throws(SystemError) -> FileStatus {
    var found = stat()
    // SAFETY: a whole stat that lives through the call.
    _ = try checkedCall("stat") { unsafe stat(path, &found) }
    return FileStatus(
      identity: .init(device: UInt(found.st_dev), number: UInt(found.st_ino)), userID: found.st_uid,
      groupID: found.st_gid, mode: found.st_mode & 0o7777, isDirectory: found.st_mode & S_IFMT == S_IFDIR,
      sizeBytes: Int(found.st_size),
      modifiedAt: Int64(found.st_mtim.tv_sec) * 1_000_000_000 + Int64(found.st_mtim.tv_nsec))
  }

  /// Where a symbolic link leads (readlink(2)).
  package static func target(ofLink path: String) throws(SystemError) -> String {
    // SAFETY: readlink writes at most the given count of bytes and returns how many.
    let text = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer -> String? in
      let count = unsafe readlink(path, buffer.baseAddress!, buffer.count)
      guard count > 0 else { return nil }
      return unsafe String(
        decoding: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]), as: UTF8.self)
    }
    guard let text else { throw SystemError(call: "readlink", code: errno) }
    return text
  }

  /// A path from the root, links resolved as far as the path exists (realpath(3)).
  package static func absolutePath(_ path: String) -> String {
    // SAFETY: realpath gives a C string from malloc or NULL; it is copied before it is freed.
    if let resolved = unsafe realpath(path, nil) {
      defer { unsafe free(resolved) }
      return unsafe String(cString: resolved)
    }
    var parent = path[...]
    while parent.hasSuffix("/") { parent = parent.dropLast() }
    guard let slash = parent.lastIndex(of: "/") else {
      return path.isEmpty || path == "." ? path : absolutePath(".") + "/" + parent
    }
    let above = slash == parent.startIndex ? "/" : absolutePath(String(parent[..<slash]))
    return (above == "/" ? "" : above) + parent[slash...]
  }

  /// The names in a directory, without `.` and `..` (readdir(3)).
  package static func entries(ofDirectory path: String) throws(SystemError) -> [String] {
    // SAFETY: the stream is closed on return; each name is copied before the next read.
    guard let stream = unsafe opendir(path) else { throw SystemError(call: "opendir", code: errno) }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}
