import CommandTestSupport
import Commands
import Testing

@testable import MetricsCommands

/// `series` and `labels`.
@Suite struct SeriesCommandTests {
  private let world = CommandWorld(MetricsCommands.all)

  @Test func `series are listed by their labels`() {
    let body = #"{"status":"success","data":[{"__name__":"up","job":"a"},{"__name__":"up"}],"warnings":["cut"]}"#
    world.answers["/api/v1/series?match%5B%5D=up&limit=1000"] = (200, body)
    #expect(world.run("series", "up") == .success, "\(world.errors) \(world.requests.map(\.target))")
    #expect(world.output == "NAME  job\nup    a\nup\n")
    #expect(world.errors == "warning: cut\n")
    #expect(world.run("series", "up", "--json") == .success)
    #expect(world.output == body + "\n")
  }

  @Test(arguments: [
    ([], "/labels?limit=1000"), (["job"], "/label/job/values?limit=1000"),
    (["a/ü"], "/label/a%2F%C3%BC/values?limit=1000"),
    (
      ["-m", "up", "-m", "x", "--since", "1h", "-n2"],
      "/labels?match%5B%5D=up&match%5B%5D=x&start=2026-11-21T07%3A00%3A00Z&limit=2"
    ),
  ])
  func `labels are listed by name or value`(words: [String], target: String) {
    world.answers["/api/v1" + target] = (200, #"{"status":"success","data":["instance","job"]}"#)
    #expect(world.run(["labels"] + words) == .success, "\(world.errors) \(world.requests.map(\.target))")
    let isValue = words.first?.hasPrefix("-") == false
    #expect(world.output == "\(isValue ? "VALUE" : "NAME")\ninstance\njob\n")
  }

  @Test func `nothing found is said, and a broken selector has a mark`() {
    world.answers["/api/v1/labels?limit=1000"] = (200, #"{"status":"success","data":[]}"#)
    #expect(world.run("labels") == .success)
    #expect(world.errors == "Nothing matches. --since widens the range of time.\n")
    let error =
      #"{"status":"error","errorType":"bad_data","error":"invalid parameter \"match[]\": 1:3: parse error: p"}"#
    world.answers["/api/v1/series?match%5B%5D=a%7B&limit=1000"] = (400, error)
    #expect(world.run("series", "a{") == .usage)
    #expect(world.errors == "axonize: The selector: p (line 1, column 3)\n  a{\n    ^\n")
    world.answers["/api/v1/labels?match%5B%5D=a%7B&match%5B%5D=b&limit=1000"] = (400, error)
    #expect(world.run("labels", "-m", "a{", "-m", "b") == .usage)
    #expect(world.errors == "axonize: The selector: p (line 1, column 3)\n")
  }
}
