import Glibc

/// A data directory of a test's own, which is removed with the registry in it.
package func withDataDirectory(_ body: (String) throws -> Void) throws {
  var template = Array("/tmp/axonize-keys-XXXXXX".utf8CString)
  guard unsafe mkdtemp(&template) != nil else { preconditionFailure("no directory can be made in /tmp: \(errno)") }
  let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  defer {
    for name in ["/registry.sqlite", "/registry.sqlite-wal", "/registry.sqlite-shm", ""] { unsafe remove(path + name) }
  }
  try body(path)
}
