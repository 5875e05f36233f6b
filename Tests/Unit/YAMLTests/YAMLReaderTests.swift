import Testing
import YAML

struct YAMLReaderTests {
  private func read(_ text: String) throws(YAMLError) -> YAMLNode? { try YAMLReader.read(Array(text.utf8)) }

  @Test func `mappings, sequences and scalars keep their order and places`() throws {
    let node = try #require(try read("# head\nhttp: 127.0.0.1:8080\ntls:\n  key: \"a\\u00e9\"\nlist: [1, ~]\n"))
    guard case .mapping(let entries) = node.content else {
      Issue.record("no mapping")
      return
    }
    #expect(entries.map(\.key) == ["http", "tls", "list"])
    #expect(entries.map(\.line) == [2, 3, 5])
    #expect(entries[0].value == YAMLNode(content: .scalar("127.0.0.1:8080", isPlain: true), line: 2, column: 7))
    guard case .mapping(let inner) = entries[1].value.content, case .sequence(let list) = entries[2].value.content
    else {
      Issue.record("no inner values")
      return
    }
    #expect(inner[0].value == YAMLNode(content: .scalar("aé", isPlain: false), line: 4, column: 8))
    #expect(list.map(\.isNull) == [false, true])
  }

  @Test(arguments: ["", "\n", "# only a comment\n"])
  func `an empty text has no value`(text: String) throws { #expect(try read(text) == nil) }

  @Test(arguments: [
    ("a: 1\na: 2", 2, "line 1"), ("a: &x 1\nb: *x", 1, "anchors"), ("b: *x", 1, "aliases"), ("a: !!str 1", 1, "tags"),
    ("a:\n  <<: {}", 2, "merge"), ("a: 1\n---\nb: 2", 2, "second"), ("[a]: 1", 1, "key"), ("a: [1", 2, "did not find"),
    ("a: 1\n\tb: 2", 2, ""), ("a: \"\\q\"", 1, "escape"), ("a: b: c", 1, "not allowed"),
  ])
  func `what a reader could mistake is refused with its place`(text: String, line: Int, reason: String) {
    do throws(YAMLError) {
      _ = try read(text)
      Issue.record("read \(text)")
    } catch {
      #expect(error.line == line, "\(error)")
      #expect((reason.isEmpty || error.reason.contains(reason)), "\(error)")
    }
  }

  @Test func `bytes that are no UTF-8, deep nesting and long texts are refused`() {
    #expect(throws: YAMLError.self) { try YAMLReader.read([0x61, 0x3a, 0x20, 0xff]) }
    #expect(throws: YAMLError.self) { try read(String(repeating: "[", count: 40) + String(repeating: "]", count: 40)) }
    #expect(throws: YAMLError.self) { try YAMLReader.read([UInt8](repeating: 0x20, count: YAMLReader.bytesMax + 1)) }
  }
}
