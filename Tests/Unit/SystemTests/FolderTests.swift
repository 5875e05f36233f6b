import FoundationEssentials
import Glibc
import Testing

@testable import System

/// Goal: nothing outside of a folder is read, and nothing that is not a file.
@Suite struct FolderTests {
  private func with(_ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "axonize-folder-\(UUID().uuidString)").path()
    try File.makeDirectories(path + "/in/below")
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }

  private func link(_ target: String, _ path: String) { #expect(unsafe symlink(target, path) == 0) }

  @Test func `files and links to files of the folder are read`() throws {
    try with { path in
      try File.writeAtomically(path + "/in/a", Array("text".utf8))
      try File.writeAtomically(path + "/in/below/b", Array("below".utf8))
      link("a", path + "/in/link")
      link("below/../below/b", path + "/in/link-below")
      let folder = try Folder(path + "/in")
      #expect(try folder.read("a", bytesMax: 4).get().bytes == Array("text".utf8))
      #expect(try folder.read("link", bytesMax: 10).get().bytes == Array("text".utf8))
      #expect(try folder.read("link-below", bytesMax: 10).get().bytes == Array("below".utf8))
      let modifiedAt = try File.status(path + "/in/a").modifiedAt
      #expect(try folder.read("a", bytesMax: 4).get().modifiedAt == modifiedAt)
    }
  }

  @Test func `anything else is refused, and nothing is waited for`() throws {
    try with { path in
      try File.writeAtomically(path + "/secret", Array("secret".utf8))
      try File.writeAtomically(path + "/in/large", Array("12345".utf8))
      link("../secret", path + "/in/out")
      link(path + "/in/large", path + "/in/absolute")
      link("nowhere", path + "/in/dangling")
      link("loop", path + "/in/loop")
      link("/dev/null", path + "/in/device")
      // The folder itself may be reached by a link, but what it holds may not lead out through its parent.
      link("in/below/../../secret", path + "/in/up")
      #expect(unsafe mkfifo(path + "/in/pipe", 0o600) == 0)
      let folder = try Folder(path + "/in")
      func refusal(_ name: String, bytesMax: Int = 100) -> Folder.Refusal? {
        guard case .failure(let refusal) = folder.read(name, bytesMax: bytesMax) else { return nil }
        return refusal
      }
      for name in ["out", "absolute", "loop", "device"] { #expect(refusal(name) == .outside, "\(name)") }
      for name in ["pipe", "below"] { #expect(refusal(name) == .notRegular, "\(name)") }
      #expect(refusal("large", bytesMax: 4) == .tooLarge)
      for name in ["dangling", "none", "up"] {
        guard case .failed(let error) = refusal(name) else {
          Issue.record("\(name) is \(String(describing: refusal(name)))")
          continue
        }
        #expect(error.code == ENOENT)
      }
    }
  }

  @Test func `a folder has to be one`() throws {
    try with { path in
      try File.writeAtomically(path + "/file", [])
      for name in ["/file", "/none"] { #expect(throws: SystemError.self) { _ = try Folder(path + name) } }
    }
  }
}
