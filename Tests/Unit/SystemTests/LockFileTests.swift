import Glibc
import System
import Testing

@Suite struct `Lock files` {
  @Test func `one descriptor holds the lock until it is closed, and names its process`() throws {
    let path = "/tmp/axonize-lock-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    defer { _ = unsafe unlink(path) }
    do {
      let held = try File.lock(path)
      let error = #expect(throws: SystemError.self) { _ = try File.lock(path).release() }
      #expect(error?.isWouldBlock == true)
      #expect(String(decoding: try File.read(path), as: UTF8.self) == "\(getpid())\n")
      _ = held.rawValue
    }
    _ = try File.lock(path)
  }

  @Test func `the room of a file system is known`() throws {
    let space = try FileSystemSpace(of: "/tmp")
    #expect(space.totalBytes > 0)
    #expect(space.freeBytes <= space.totalBytes)
    #expect(throws: SystemError.self) { try FileSystemSpace(of: "/does/not/exist") }
  }
}
