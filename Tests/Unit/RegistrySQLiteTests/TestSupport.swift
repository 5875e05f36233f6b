import Base
import Glibc
import Identity
import Testing

/// The time of the tests.
let now = UnixNanoseconds(1_795_248_000_000_000_000)

/// A path of a registry in a directory of its own, which is removed afterwards.
func withPath(_ body: (String) async throws -> Void) async throws {
  var template = Array("/tmp/axonize-registry-XXXXXX".utf8CString)
  let made = unsafe mkdtemp(&template)
  try #require(unsafe made != nil)
  let directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  let path = directory + "/registry.sqlite"
  defer { for name in [path, path + "-wal", path + "-shm", directory] { unsafe remove(name) } }
  try await body(path)
}

/// The kind of error that a call throws; nil when it does not throw one of the registry's.
func kind(_ body: () throws -> some Any) -> RegistryError.Kind? {
  do { _ = try body() } catch { return (error as? RegistryError)?.kind }
  return nil
}
