import Glibc
import System

/// A folder of a test, removed with what is in it.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/axonize-dashboard-XXXXXX".utf8CString)
    // SAFETY: a C string that mkdtemp may change; it is copied.
    let made = unsafe mkdtemp(&template)
    guard let made = unsafe made else { throw SystemError(call: "mkdtemp", code: errno) }
    path = unsafe String(cString: made)
  }

  deinit {
    for folder in ["\(path)/assets", path] {
      for name in (try? File.entries(ofDirectory: folder)) ?? [] { _ = unsafe unlink("\(folder)/\(name)") }
      _ = unsafe rmdir(folder)
    }
  }
}
