import CommandTestSupport
import Commands
import Testing

@testable import MetricsCommands

/// Goal: `axonize metrics targets` shows what is scraped, and why that fails.
///
/// Method: a world whose server has fixed responses, at 08:00:00 on 21 November 2026.
@Suite struct TargetsCommandTests {
  private let world = CommandWorld(MetricsCommands.all)

  private static func response(_ targets: String) -> (status: Int, body: String) {
    (200, #"{"status":"success","data":{"activeTargets":[\#(targets)],"droppedTargets":[],"droppedTargetCounts":{}}}"#)
  }

  private static func target(_ job: String, _ health: String, _ error: String, last: String, duration: Double) -> String
  {
    #"""
    {"labels":{"job":"\#(job)","instance":"a:1"},"scrapePool":"\#(job)","scrapeUrl":"http://a:1/\#(job)",
    "lastError":"\#(error)","lastScrape":"\#(last)","lastScrapeDuration":\#(duration),"health":"\#(health)",
    "scrapeInterval":"15s","scrapeTimeout":"10s"}
    """#
  }

  @Test func `targets are a table, with errors below`() {
    world.answers["/api/v1/targets?state=active"] = Self.response(
      [
        Self.target("node", "up", "", last: "2026-11-21T07:59:57.5Z", duration: 0.012),
        Self.target("app", "down", "line 7, column 6: the value is \\u001b", last: "2026-11-21T07:58:00Z", duration: 0),
        Self.target("new", "unknown", "", last: "0001-01-01T00:00:00Z", duration: 0),
      ]
      .joined(separator: ","))
    #expect(world.run("metrics", "targets") == .success, "\(world.errors)")
    #expect(
      world.output == #"""
        HEALTH   JOB   INSTANCE  LAST SCRAPE    DURATION  EVERY
        up       node  a:1       2.5 s ago         12 ms    15s
        down     app   a:1       2 min 0 s ago      0 ns    15s
        unknown  new   a:1       -                     -    15s

        http://a:1/app: line 7, column 6: the value is \e

        """#)
    #expect(world.run("metrics", "targets", "--json") == .success)
    #expect(world.output.hasPrefix(#"{"status":"success","data":{"activeTargets":["#))
  }

  @Test(arguments: [
    ([], "", "Nothing is scraped: the configuration has no section 'scrape'"),
    (["--job", "node"], "&scrapePool=node", "The job has no targets."),
  ])
  func `no targets are said to be none`(words: [String], parameter: String, message: String) {
    world.answers["/api/v1/targets?state=active\(parameter)"] = Self.response("")
    #expect(world.run(["metrics", "targets"] + words) == .success, "\(world.errors) \(world.requests.map(\.target))")
    #expect(world.output.isEmpty)
    #expect(world.errors.hasPrefix(message), "\(world.errors)")
  }
}
