import CSystemShims
import Glibc

/// Whole-file operations.
///
/// They block: keep them off event loops.
package enum File {
  /// Opens a file for reading.
  ///
  /// - Parameter isWaiting: false does not wait for a writer where a pipe is in the place of the file.
  package static func open(_ path: String, isWaiting: Bool = true) throws(SystemError) -> FileDescriptor {
    let flags = O_RDONLY | (isWaiting ? 0 : O_NONBLOCK | O_NOCTTY)
    return FileDescriptor(takingOwnershipOf: try checkedCall("open") { unsafe CSystemShims_open(path, flags, 0) })
  }

  /// The bytes of a file, refused with EFBIG beyond a size.
  package static func read(
    _ path: String, sizeMax: Int = 64 << 20, isWaiting: Bool = true
  ) throws(SystemError) -> [UInt8] {
    let descriptor = try open(path, isWaiting: isWaiting)
    var bytes: [UInt8] = []
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    defer { unsafe chunk.deallocate() }
    while true {
      let transfer = try unsafe descriptor.read(into: chunk)
      guard case .bytes(let count) = transfer, count > 0 else { return bytes }
      guard bytes.count + count <= sizeMax else { throw SystemError(call: "read", code: EFBIG) }
      // SAFETY: the read filled the first count bytes of the chunk.
      unsafe bytes.append(contentsOf: chunk[..<count])
    }
  }

  /// Writes a file so that a reader sees the old or the new content, never a part: temporary file, fsync, rename.
  package static func writeAtomically(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o644) throws(SystemError) {
    let temporary = "\(path).\(getpid()).new"
    do throws(SystemError) {
      let descriptor = FileDescriptor(
        takingOwnershipOf: try checkedCall("open") {
          unsafe CSystemShims_open(temporary, O_WRONLY | O_CREAT | O_TRUNC, mode)
        })
      var offset = 0
      while offset < bytes.count {
        let number = descriptor.rawValue
        let transfer = try checkedTransfer("write") {
          // SAFETY: the offset is less than the count.
          unsafe bytes.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress! + offset, $0.count - offset) }
        }
        if case .bytes(let count) = transfer { offset += count }
      }
      try descriptor.synchronize()
      _ = try checkedCall("rename") { unsafe rename(temporary, path) }
    } catch {
      _ = unsafe unlink(temporary)
      throw error
    }
  }

  /// Makes a directory and those above it; one that exists is fine.
  package static func makeDirectories(_ path: String, mode: UInt32 = 0o755) throws(SystemError) {
    var current = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      current += "/\(part)"
      do throws(SystemError) {
        _ = try checkedCall("mkdir") { unsafe mkdir(current, mode) }
      } catch {
        guard error.code == EEXIST else { throw error }
      }
    }
  }

  /// Takes every access to a file or directory from everybody but its owner (chmod(2)).
  package static func makePrivate(_ path: String, mode: UInt32) throws(SystemError) {
    _ = try checkedCall("chmod") { unsafe chmod(path, mode) }
  }

  /// How many entries a directory has, without `.` and `..` (readdir(3)).
  package static func entryCount(ofDirectory path: String) throws(SystemError) -> Int {
    // SAFETY: the stream is closed on return; entries are only counted, so none outlives the next read.
    guard let stream = unsafe opendir(path) else { throw SystemError(call: "opendir", code: errno) }
    defer { unsafe closedir(stream) }
    var count = -2
    while unsafe readdir(stream) != nil { count += 1 }
    return max(0, count)
  }

  /// Whether anything is at a path.
  package static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }
}
