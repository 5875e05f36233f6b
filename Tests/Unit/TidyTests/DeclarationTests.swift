import Testing

/// Goal: no declaration without a use, and no two types of one name.
///
/// Method: all code is read as text; the lists of exceptions say why each is one, and fail when it is none any more.
@Suite struct DeclarationTests {
  private static let tree = Result {
    Declarations(
      try ["Sources", "Tests", "Benchmarks", "Fuzz", "examples"].flatMap {
        try SourceTree.files(below: $0, endings: [".swift"])
      }.filter { !$0.path.contains("/.build/") && !$0.path.hasPrefix("Tests/Unit/TidyTests/") })
  }

  /// Declarations that are used without being named.
  private static let usedUnnamed = [
    "appendLiteral": "the compiler calls it for string interpolations",
    "asWritten": "reached through allCases",
    "callAsFunction": "a call of the value calls it",
    "checkIsolated": "the run-time calls it (SerialExecutor)",
    "customMirror": "dump and reflection call it",
    "debugDescription": "String(reflecting:) calls it",
    "fewestTracesFirst": "made from its raw value, a parameter of the API",
    "llm": "made from its raw value, a member of scores",
  ]

  /// Declarations that only tests use, for now or for good.
  private static let onlyForTests = [
    "channelCount": "how tests see that a loop has let go of its channels",
    "CommandReference": "its test writes docs/cli.md with it",
    "labeled": "for the metrics by label that the gateway and the fleet will have",
    "StreamDecoder": "for the bodies that the gateway will pass on",
  ]

  /// Names of types that modules of the server share.
  ///
  /// What is on the list may go; nothing may come.
  private static let shared = [
    "AttributeKey": "a row of the store, and a key that the API lists",
    "SpanDetailText": "the column that the decoder writes, and the lines that a command writes",
  ]

  private static func isOfServer(_ target: String) -> Bool { Rooms.ofTarget[target]?.room != "SDK" }

  @Test func `every declaration is used`() throws {
    let tree = try Self.tree.get()
    let unused = tree.unused(except: Self.usedUnnamed)
    #expect(unused.isEmpty, "\(unused.joined(separator: "\n"))")
    let onlyTested = tree.onlyTested(except: Self.onlyForTests)
    #expect(onlyTested.isEmpty, "\(onlyTested.joined(separator: "\n"))")
  }

  @Test func `no two modules of the server have a type of the same name`() throws {
    let found = try Self.tree.get().sharedNames(except: Self.shared, in: Self.isOfServer)
    #expect(found.isEmpty, "\(found.joined(separator: "\n"))\nname one of them for what sets it apart")
  }

  @Test func `the lists of exceptions hold nothing else`() throws {
    let tree = try Self.tree.get()
    #expect(tree.needless(Self.usedUnnamed, tree.unused) == [])
    #expect(tree.needless(Self.onlyForTests, tree.onlyTested) == [])
    #expect(tree.needless(Self.shared) { tree.sharedNames(except: $0, in: Self.isOfServer) } == [])
  }

  private static let sample = [
    SourceFile(
      path: "Sources/Ground/Base/A.swift",
      text: """
        package struct Box {
          let used = 1, line = "neverRead is a text"
          var neverRead: Int { used }  // neverRead
          package static func forTests() {}
          case lonely
          func text() -> String { "\\(interpolated) \\(#"a " in \\#(deep)"#)" }
          let interpolated = 1, deep = 2
        }
        private struct Local {}
        """),
    SourceFile(
      path: "Sources/Wire/JSON/A.swift",
      text: "struct Box {}\nprivate struct Local {}\nlet a = (Local(), b.line, b.text)\nswitch b { case NEVER: a }"),
    SourceFile(path: "Tests/Unit/BaseTests/A.swift", text: "Box.forTests()\nlet mine = 1"),
  ]

  @Test func `an unused declaration is found`() {
    #expect(
      Declarations(Self.sample).unused(except: ["lonely": "used"])
        == ["Sources/Ground/Base/A.swift:3: nothing uses 'neverRead'; delete it"])
  }

  @Test func `a declaration that only tests use is found`() {
    let found = Declarations(Self.sample).onlyTested(except: [:])
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("Sources/Ground/Base/A.swift:4: only tests use 'forTests'") == true)
    #expect(Declarations(Self.sample).onlyTested(except: ["forTests": "why"]) == [])
  }

  @Test func `a type of the same name in another module is found`() {
    #expect(
      Declarations(Self.sample).sharedNames(except: [:]) { _ in true }
        == ["'Box' is declared at Sources/Ground/Base/A.swift:1 and Sources/Wire/JSON/A.swift:1"])
    #expect(Declarations(Self.sample).sharedNames(except: [:]) { $0 == "Base" } == [])
  }

  @Test func `an exception that is needless is found`() {
    let sample = Declarations(Self.sample)
    let found = sample.needless(["neverRead": "a", "gone": "b"]) { sample.unused(except: $0) }
    #expect(found == ["'gone' is no exception any more; take it off the list"])
  }

  @Test(arguments: [
    ("a // b\n/* c /* d */ e */f", ["a", "f"]),
    (#"x = "text \"quoted\" \(y + "\(z)") w" // v"#, ["x", "y", "z"]),
    (##"x = #"a \(b) \#(c)"#; d"##, ["x", "c", "d"]),
    ("x = \"\"\"\n  a \"b\" \\(c)\n  \"\"\"\nd", ["x", "c", "d"]),
    ("#expect(a) /b", ["expect", "a", "b"]),
  ])
  func `code is what is neither comment nor text`(text: String, words: [String]) {
    #expect(SwiftCode(text).words.map(String.init) == words)
    #expect(SwiftCode(text).lines.count == text.split(separator: "\n", omittingEmptySubsequences: false).count)
  }
}
