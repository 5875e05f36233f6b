import Glibc
import System
import Testing

struct ProcessTests {
  @Test func `another process is seen with its arguments and the files that it has open`() throws {
    var template = Array("/tmp/axonize-process-XXXXXX".utf8CString)
    let made = unsafe mkdtemp(&template)
    try #require(unsafe made != nil)
    let folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer {
      unsafe remove(folder + "/some.lock")
      unsafe remove(folder)
    }
    let id = try spawn(["sh", "-c", "exec sleep 60 9> \(folder)/some.lock"])
    defer {
      kill(id, SIGKILL)
      waitpid(id, nil, 0)
    }
    // The shell opens the file and becomes `sleep` in its own time.
    var process: ProcessTable.Entry?
    for _ in 0..<1000 where process == nil {
      usleep(10_000)
      process = try ProcessTable.all().first { $0.id == id && $0.arguments == ["sleep", "60"] }
    }
    let entry = try #require(process)
    let file = try #require(ProcessTable.openFiles(of: id, named: "some.lock")?.first)
    #expect(file.path == folder + "/some.lock")
    #expect(file.isSameHere)
    #expect(entry.userID == getuid())
    #expect(ProcessTable.openFiles(of: id, named: "other.lock")?.isEmpty == true)
    #expect(try !ProcessTable.all().contains { $0.id == getpid() })
  }

  private func spawn(_ words: [String]) throws -> pid_t {
    var id = pid_t(0)
    var arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
    defer { unsafe arguments.forEach { unsafe free($0) } }
    let code = unsafe posix_spawnp(&id, words[0], nil, nil, &arguments, environ)
    try #require(code == 0)
    return id
  }

  @Test(arguments: [("/tmp/../tmp", "/tmp"), ("/tmp/none/of/this", "/tmp/none/of/this"), ("/", "/")])
  func `a path is written from the root`(path: String, absolute: String) {
    #expect(File.absolutePath(path) == absolute)
  }

  @Test func `a relative path starts at the working directory`() {
    let here = File.absolutePath(".")
    #expect(here.hasPrefix("/"))
    #expect(File.absolutePath("no-such-folder") == here + "/no-such-folder")
    #expect(File.absolutePath("no-such-folder/below") == here + "/no-such-folder/below")
    #expect(File.absolutePath("./no-such-folder") == here + "/no-such-folder")
  }
}
