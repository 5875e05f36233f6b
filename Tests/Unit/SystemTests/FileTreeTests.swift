import Glibc
import System
import Testing

@Suite struct `Trees of files` {
  @Test func `a folder is removed with all in it, and what a link leads to stays`() throws {
    let base = try File.makeTemporaryFolder(in: "/tmp", prefix: "axonize-tree-")
    let (tree, outside) = ("\(base)/tree", "\(base)/outside")
    try File.makeDirectories("\(tree)/a/b")
    try File.makeDirectories(outside)
    try File.writeAtomically("\(outside)/kept", [1])
    try File.writeAtomically("\(tree)/a/b/file", [1])
    #expect(unsafe symlink(outside, "\(tree)/a/link") == 0)
    #expect(unsafe symlink("/does/not/exist", "\(tree)/dangling") == 0)
    try File.removeTree(tree)
    #expect(!File.exists(tree))
    #expect(File.exists("\(outside)/kept"))
    try File.removeTree(base)
    #expect(!File.exists(base))
    // What is not there is fine.
    try File.removeTree(base)
  }

  @Test func `temporary folders are their owner's alone, and differ`() throws {
    let one = try File.makeTemporaryFolder(in: "/tmp", prefix: "axonize-tree-")
    let other = try File.makeTemporaryFolder(in: "/tmp", prefix: "axonize-tree-")
    #expect(one != other)
    var status = stat()
    #expect(unsafe stat(one, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o700)
    for folder in [one, other] { try File.removeTree(folder) }
    #expect(throws: SystemError.self) { try File.makeTemporaryFolder(in: "/does/not/exist", prefix: "x") }
  }
}
