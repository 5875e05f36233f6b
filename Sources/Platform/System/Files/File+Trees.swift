import Glibc

extension File {
  /// Makes a new folder below another one, which its owner alone may use, and gives its path (mkdtemp(3)).
  package static func makeTemporaryFolder(in folder: String, prefix: String) throws(SystemError) -> String {
    var template = Array("\(folder)/\(prefix)XXXXXX".utf8CString)
    // SAFETY: mkdtemp changes the local template in place, which ends with a zero.
    guard unsafe mkdtemp(&template) != nil else { throw SystemError(call: "mkdtemp", code: errno) }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Removes a file, or a folder with everything in it; links are removed and not followed.
  ///
  /// What is not there is fine.
  package static func removeTree(_ path: String) throws(SystemError) {
    var status = stat()
    // SAFETY: a whole stat that lives through the call.
    guard unsafe lstat(path, &status) == 0 else {
      if errno == ENOENT { return }
      throw SystemError(call: "lstat", code: errno)
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      _ = try checkedCall("unlink") { unsafe unlink(path) }
      return
    }
    for name in try names(inFolder: path) { try removeTree("\(path)/\(name)") }
    _ = try checkedCall("rmdir") { unsafe rmdir(path) }
  }

  /// The names in a folder, without `.` and `..`.
  private static func names(inFolder path: String) throws(SystemError) -> [String] {
    // SAFETY: the stream is closed on return; names are copied before the next read.
    guard let stream = unsafe opendir(path) else { throw SystemError(call: "opendir", code: errno) }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}
