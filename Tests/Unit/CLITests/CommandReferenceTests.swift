import CLI
import Glibc
import Testing

struct CommandReferenceTests {
  @Test func `the reference page is that of the declarations`() {
    let root = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()
    let path = root + "/docs/cli.md"
    let text = CommandReference.markdown()
    if unsafe getenv("AXONIZE_UPDATE_SNAPSHOTS") != nil, let file = unsafe fopen(path, "w") {
      unsafe fputs(text, file)
      unsafe fclose(file)
    }
    guard let file = unsafe fopen(path, "r") else {
      Issue.record("no docs/cli.md")
      return
    }
    defer { unsafe fclose(file) }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    let count = unsafe fread(&buffer, 1, buffer.count, file)
    #expect(
      String(decoding: buffer[..<count], as: UTF8.self) == text,
      "run this test with AXONIZE_UPDATE_SNAPSHOTS=1 and look at the difference")
  }
}
