import Glibc
import System

/// A folder for sockets, short enough for their paths.
package final class SocketFolder: Sendable {
  package let path: String
  package var socket: String { path + "/s" }

  package init() throws {
    // SAFETY: getenv gives null or a C string; mkdtemp changes the local template, which ends with a zero.
    let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/axonize-socket-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw SystemError(call: "mkdtemp", code: errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    _ = unsafe unlink(socket)
    _ = unsafe rmdir(path)
  }
}
