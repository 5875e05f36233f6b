import Testing

/// Style as a test: each rule runs over the whole repository, and each rule is shown to catch what it is for.
@Suite struct TidyTests {
  @Test(arguments: Rule.all)
  func `the repository keeps the rule`(rule: Rule) throws {
    let problems = try SourceTree.everything().flatMap(rule.problems)
    #expect(problems.isEmpty, "\(rule.name):\n\(problems.joined(separator: "\n"))")
  }

  @Test func `the repository has sources in every room`() throws {
    let rooms = Set(try SourceTree.swiftSources().compactMap { $0.place?.room })
    #expect(rooms.isSuperset(of: Set(Rule.roomsBelow.keys).subtracting(["C"])))
  }

  @Test(arguments: [
    ("Sources/Ground/Base/A.swift", "import HTTPTypes"),
    ("Sources/Wire/HTTPTypes/A.swift", "package import Engine"),
    ("Sources/Domain/Identity/A.swift", "import HTTPTypes"),
    ("Sources/Domain/Identity/A.swift", "@testable import CSystemShims"),
    ("Sources/Wire/HTTPTypes/A.swift", "import struct Elsewhere.Thing"),
    ("Sources/Basement/Thing/A.swift", ""),
  ])
  func `an import upwards is found`(path: String, text: String) {
    #expect(Rule.directions.problems(SourceFile(path: path, text: text)).count == 1)
  }

  @Test(arguments: [
    ("Sources/Wire/HTTPTypes/A.swift", "package import Base\nimport Synchronization"),
    ("Sources/Store/Engine/A.swift", "import Identity"),
    ("Sources/Wire/HTTP2/A.swift", "import CNghttp2"),
    ("Tests/Unit/BaseTests/A.swift", "import HTTPTypes"),
  ])
  func `an import downwards is allowed`(path: String, text: String) {
    #expect(Rule.directions.problems(SourceFile(path: path, text: text)).isEmpty)
  }

  @Test func `a feature does not import another one`() {
    let file = SourceFile(path: "Sources/Features/Elsewhere/ElsewhereAPI/A.swift", text: "import TelemetryQueries")
    #expect(Rule.slices.problems(file).count == 1)
    let own = SourceFile(path: "Sources/Features/Telemetry/TelemetryAPI/A.swift", text: "import TelemetryQueries")
    #expect(Rule.slices.problems(own).isEmpty)
  }

  @Test(arguments: ["System", "EmbeddedEngine"])
  func `an endpoint imports neither an engine nor the platform`(module: String) {
    let path = "Sources/Features/Elsewhere/ElsewhereAPI/A.swift"
    #expect(Rule.surfaces.problems(SourceFile(path: path, text: "import \(module)")).count == 1)
    let ingest = "Sources/Features/Elsewhere/ElsewhereIngest/A.swift"
    #expect(Rule.surfaces.problems(SourceFile(path: ingest, text: "import \(module)")).isEmpty)
  }

  @Test(arguments: [
    (Rule.noFoundation, "internal import FoundationEssentials"),
    (Rule.fileLength, String(repeating: "// a line\n", count: Rule.lineCountMax + 1)),
    (Rule.leftovers, "// TO" + "DO: later"),
    (Rule.machinePaths, "let path = \"/ro" + "ot/thing\""),
    (Rule.uncheckedSendable, "final class Box: @unchecked" + " Sendable {"),
    (Rule.settings, "  static let depth = Setting<Int>(\n    \"ingest.depth\", expected: \"a number\","),
    (Rule.settings, "  static let depth: Setting<Int> = depth()"),
    (Rule.documentation, "\npackage final class Box {}"),
    (Rule.documentation, "// why\n@frozen\npublic struct Box {}"),
  ])
  func `a breach is found`(rule: Rule, text: String) {
    #expect(rule.problems(SourceFile(path: "Sources/Ground/Base/A.swift", text: text)).count == 1)
  }

  @Test(arguments: [
    (Rule.fileLength, String(repeating: "// a line\n", count: Rule.lineCountMax)),
    (Rule.uncheckedSendable, "final class Box: @unchecked" + " Sendable {  // the mutex guards it"),
    (Rule.uncheckedSendable, "// One owner at a time.\nextension Box: @unchecked" + " Sendable {}"),
    (Rule.settings, "  static let rows = Setting<Int>(\n    \"ingest.commit_rows\", expected: \"a number\","),
    (Rule.documentation, "/// A box.\n@frozen\npublic struct Box {}"),
    (Rule.documentation, "package extension Box {}\nstruct Inner {}"),
  ])
  func `what keeps a rule passes`(rule: Rule, text: String) {
    #expect(rule.problems(SourceFile(path: "Sources/Ground/Base/A.swift", text: text)).isEmpty)
  }

  @Test(arguments: [
    (Rule.boundedWaits, "while !isDone { await Task.yield() }"),
    (Rule.boundedWaits, "while queue.first { $0.isOpen } == nil {\n  usleep(100)  // a little\n}"),
    (Rule.boundedWaits, "while !isDone {}"),
    (Rule.singleExpectations, "#expect(a && b)"),
    (Rule.singleExpectations, "let c = try #require(\n  f(a) == 1\n    && d, \"why\")"),
  ])
  func `a test that hides its failure is found`(rule: Rule, text: String) {
    #expect(rule.problems(SourceFile(path: "Tests/Unit/BaseTests/A.swift", text: text)).count == 1)
    #expect(rule.problems(SourceFile(path: "Sources/Ground/Base/A.swift", text: text)).isEmpty)
  }

  @Test(arguments: [
    (Rule.boundedWaits, "await eventually { isDone }"),
    (Rule.boundedWaits, "while let piece = read() {\n  usleep(100)\n  text += piece\n}"),
    (Rule.boundedWaits, "while try session.send() {}"),
    (Rule.boundedWaits, "for _ in 0..<9 where !isDone { usleep(100) }"),
    (Rule.singleExpectations, "#expect(all.allSatisfy { $0.a && $0.b }, \"a && b\")"),
    (Rule.singleExpectations, "#expect(flag == (a && b), \"\\(a && b)\")"),
    (Rule.singleExpectations, "#expect(a & b == 0)"),
  ])
  func `a test that says what fails passes`(rule: Rule, text: String) {
    #expect(rule.problems(SourceFile(path: "Tests/Unit/BaseTests/A.swift", text: text)).isEmpty)
  }
}
