import CSystemShims
import Glibc

extension File {
  /// Takes the lock of a file, which is made if it is not there, and writes the process number into it.
  ///
  /// The lock goes when the descriptor is closed, and so with the process, however it ends (flock(2)). Throws
  /// `EWOULDBLOCK` if another descriptor holds it.
  package static func lock(_ path: String) throws(SystemError) -> FileDescriptor {
    let descriptor = FileDescriptor(
      takingOwnershipOf: try checkedCall("open") { unsafe CSystemShims_open(path, O_RDWR | O_CREAT, 0o600) })
    let number = descriptor.rawValue
    _ = try checkedCall("flock") { flock(number, LOCK_EX | LOCK_NB) }
    _ = try checkedCall("ftruncate") { ftruncate(number, 0) }
    let text = "\(getpid())\n"
    let written = try checkedCall("write") { unsafe Int32(write(number, text, text.utf8.count)) }
    guard written == Int32(text.utf8.count) else { throw SystemError(call: "write", code: EIO) }
    return descriptor
  }
}

extension File {
  /// Takes the lock of a directory, for as long as the descriptor is open (flock(2)).
  ///
  /// Throws `EWOULDBLOCK` if another descriptor holds it.
  package static func lock(directory path: String) throws(SystemError) -> FileDescriptor {
    let descriptor = try open(path)
    let number = descriptor.rawValue
    _ = try checkedCall("flock") { flock(number, LOCK_EX | LOCK_NB) }
    return descriptor
  }
}

extension SystemError {
  /// Whether the call would have had to wait, for example for a lock.
  package var isWouldBlock: Bool { code == EWOULDBLOCK }
}
