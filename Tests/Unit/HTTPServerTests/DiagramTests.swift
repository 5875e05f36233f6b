import Testing

@Suite struct DiagramTests {
  /// What the comments at the cases of an enum allow; final states have none.
  private func documented(_ type: String, in path: String) throws -> Set<String> {
    let lines = try Diagram.lines(of: path).map { $0.drop { $0 == " " } }
    let start = try #require(lines.firstIndex { $0.hasPrefix("enum \(type):") })
    var edges: Set<String> = []
    var comment = ""
    for line in lines[(start + 1)...].prefix(while: { $0 != "}" }) {
      if line.hasPrefix("///") {
        comment += line.dropFirst(3)
      } else if line.hasPrefix("case ") {
        let name = Diagram.name(of: line.dropFirst(5))
        let parts = comment.split(separator: "Can transition to: ")
        #expect(parts.count == 2 || comment.contains("Final."), "\(name) does not say what can follow")
        let targets = parts.count == 2 ? parts[1].split(whereSeparator: { ",. ".contains($0) }) : []
        for target in targets { edges.insert("\(name) --> \(target)") }
        comment = ""
      }
    }
    return edges
  }

  @Test(arguments: [
    (Diagram.life, "Phase", "ConnectionLifeStateMachine"), (.http1, "State", "HTTP1ExchangeStateMachine"),
    (.http2, "State", "HTTP2ConnectionStateMachine"), (.stream, "State", "HTTP2StreamStateMachine"),
  ])
  func `a diagram shows what the states of a machine say of themselves`(
    diagram: Diagram, type: String, machine: String
  ) throws {
    let drawn = try diagram.edges()
    let documented = try documented(type, in: "Sources/Transport/HTTPServer/Connections/\(machine).swift")
    #expect(drawn.count > 5)
    #expect(drawn.subtracting(documented).sorted() == [], "drawn only")
    #expect(documented.subtracting(drawn).sorted() == [], "said only")
  }
}
