import Columns
import Glibc
import Testing

@testable import EmbeddedClickHouse

struct EngineLibraryTests {
  @Test func `the library is looked for beside the program, in its checkout and in the system's folders`() {
    let installed = EngineLibrary.candidates(configured: nil, executable: "/opt/axonize/bin/axonize")
    #expect(installed.first == "/opt/axonize/lib/axonize/libchdb.so")
    #expect(installed.contains("/opt/axonize/lib/axonize/chdb/_chdb.abi3.so"))
    #expect(installed.contains("/usr/lib/axonize/libchdb.so"))
    #expect(!installed.contains { $0.contains(".deps") }, "folders above a program may belong to anyone")
    let built = EngineLibrary.candidates(configured: nil, executable: "/home/a/src/.build/release/axonize")
    #expect(built.contains("/home/a/src/.deps/chdb/_chdb.abi3.so"))
    #expect(!built.contains { $0.hasPrefix("/home/a/.deps") })
    #expect(EngineLibrary.candidates(configured: "/x.so", executable: "/a/b") == ["/x.so"])
  }

  @Test func `a configured library that is missing is named alone`() {
    do throws(EngineFailure) {
      _ = try EngineLibrary.load(configured: "/does/not/exist.so")
      Issue.record("it was loaded")
    } catch {
      #expect(error.message == "engine.library names /does/not/exist.so, which does not exist.")
    }
  }

  /// Makes a folder with a file; modes are set afterwards, whatever the umask.
  private func withLibrary(
    folderMode: mode_t, fileMode: mode_t, _ body: (_ library: String, _ folder: String) -> Void
  ) throws {
    var template = Array("/tmp/axonize-library-XXXXXX".utf8CString)
    let made = unsafe mkdtemp(&template)
    try #require(unsafe made != nil)
    let top = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    let folder = top + "/lib"
    let library = folder + "/libchdb.so"
    defer { for path in [library, folder, top] { unsafe remove(path) } }
    try #require(unsafe mkdir(folder, 0o755) == 0)
    let descriptor = unsafe creat(library, 0o644)
    try #require(descriptor >= 0)
    close(descriptor)
    let areSet = unsafe chmod(library, fileMode) == 0 && chmod(folder, folderMode) == 0
    try #require(areSet)
    body(library, folder)
  }

  @Test(
    arguments: [
      (0o755, 0o644, nil), (0o700, 0o600, nil), (0o777, 0o644, "can be written by every user"),
      (0o755, 0o666, "can be written by every user"), (0o1777, 0o644, nil), (0o775, 0o664, nil),
    ] as [(mode_t, mode_t, String?)])
  func `a library that others can exchange is not trusted`(folder: mode_t, file: mode_t, reason: String?) throws {
    try withLibrary(folderMode: folder, fileMode: file) { library, _ in
      let found = EngineLibrary.reasonNotToTrust(library, executable: "/usr/bin/env")
      #expect(reason == nil ? found == nil : found?.contains(reason ?? "") == true, "\(found ?? "trusted")")
    }
  }

  @Test func `a folder that holds the program as well is passed over`() throws {
    try withLibrary(folderMode: 0o777, fileMode: 0o644) { library, folder in
      #expect(EngineLibrary.reasonNotToTrust(library, executable: folder + "/axonize") == nil)
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
  func `another user's library is not trusted`() throws {
    try withLibrary(folderMode: 0o755, fileMode: 0o644) { library, folder in
      _ = unsafe chown(library, 12_345, 12_345)
      let byOwner = EngineLibrary.reasonNotToTrust(library, executable: "/usr/bin/env")
      #expect(byOwner?.contains("belongs to another user") == true)
      _ = unsafe chown(library, 0, 0)
      _ = unsafe chown(folder, 0, 12_345)
      _ = unsafe chmod(folder, 0o775)
      let byGroup = EngineLibrary.reasonNotToTrust(library, executable: "/usr/bin/env")
      #expect(byGroup?.contains("by a group of users") == true)
    }
  }
}
