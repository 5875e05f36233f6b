import CommandTestSupport
import Commands
import JSON
import Testing

@testable import ScoresCommands

/// Goal: `axonize scores` asks the API for what its options say, and says what came of it.
///
/// Method: a world whose server has fixed responses; requests and output are compared.
@Suite struct ScoreCommandTests {
  private let world = CommandWorld(ScoreCommands.all)

  private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
  private static let score =
    #"{"id":"s1","name":"helpfulness","kind":"number","value":0.9,"trace_id":"\#(trace)","span_id":null,"#
    + #""session_id":null,"source":"human","comment":"good","author":null,"time":"2026-11-21T08:00:00Z"}"#

  @Test func `a list is a table, or JSON`() {
    world.answers["/api/v1/scores?name=helpfulness&max_value=1&limit=20"] = (
      200, #"{"data":[\#(Self.score)],"next_cursor":null}"#
    )
    #expect(world.run("scores", "list", "--name", "helpfulness", "--max", "1") == .success, "\(world.errors)")
    #expect(world.output.contains("helpfulness"))
    #expect(world.output.contains("0.9"))
    #expect(world.output.contains("trace \(Self.trace)"))
    #expect(world.run("scores", "list", "--name", "helpfulness", "--max", "1", "--json") == .success)
    #expect(world.output == #"{"data":[\#(Self.score)],"next_cursor":null}"# + "\n")
  }

  @Test func `names are a table`() {
    let name = #"{"name":"tone","kind":"category","count":3,"mean":null,"min":null,"max":null,"#
    world.answers["/api/v1/score-names?limit=20"] = (
      200, #"{"data":[\#(name)"categories":[{"name":"warm","count":2}]}],"next_cursor":null}"#
    )
    #expect(world.run("scores", "names") == .success, "\(world.errors)")
    #expect(world.output.contains("warm"))
  }

  @Test(arguments: [
    ("0.9", [], "0.9"), ("true", [], "true"), ("warm", [], #""warm""#), ("1", ["--kind", "category"], #""1""#),
  ])
  func `a value is a number, a boolean or a category`(text: String, words: [String], json: String) {
    world.answers["POST /api/v1/scores"] = (200, #"{"data":{"ids":["s1"]}}"#)
    let arguments = ["scores", "add", "tone", text, "--trace", Self.trace, "--comment", "so", "--id", "s1"] + words
    #expect(world.run(arguments) == .success, "\(world.errors)")
    #expect(world.output == "added s1\n")
    let expected =
      #"{"scores":[{"name":"tone","value":\#(json),"id":"s1","trace_id":"\#(Self.trace)","comment":"so","#
      + #""source":"human"}]}"#
    #expect(world.sent.last?.body == expected)
  }

  @Test func `a score is deleted by its id`() {
    world.answers["DELETE /api/v1/scores/a%2Fb"] = (204, "")
    #expect(world.run("scores", "delete", "a/b") == .success, "\(world.errors)")
    #expect(world.output == "deleted a/b\n")
  }

  @Test(arguments: [
    ([], "give --trace or --session"), (["--trace", "x", "--session", "y"], "only one of them"),
    (["--session", "y", "--span", "x"], "--span needs --trace"),
    (["--session", "y", "--kind", "number"], "not a number"),
    (["--session", "y", "--kind", "boolean"], "true or false"), (["--session", "y", "--kind", "what"], "--kind"),
  ])
  func `what makes no score is refused before it is sent`(words: [String], part: String) {
    #expect(world.run(["scores", "add", "tone", "warm"] + words) == .usage)
    #expect(world.errors.lowercased().contains(part.lowercased()), "\(world.errors)")
  }
}
