import BlockingHTTPClient
import CommandTestSupport
import Commands
import System
import Testing

@testable import MetricsCommands

/// Goal: `axonize metrics …` asks for what its options say, and shows what comes back.
///
/// Method: a world whose server has fixed responses; requests and output are compared.
@Suite struct StoredSeriesCommandTests {
  private let world = CommandWorld(MetricsCommands.all)
  private static let series = #""name":"load","type":"gauge","labels":{"host":"a"}"#

  private static func page(_ members: String) -> (status: Int, body: String) {
    (200, #"{"data":[{\#(series),\#(members)}],"next_cursor":null}"#)
  }

  @Test func `the latest values are a table`() {
    world.answers["/api/v1/metrics/current?match=load&limit=100"] = Self.page(
      #""time":"2026-11-21T07:59:30.5Z","value":1.25"#)
    #expect(world.run("metrics", "current", "load") == .success, "\(world.errors)")
    #expect(
      world.output == """
        VALUE  TIME (UTC)           TYPE   NAME  host
         1.25  2026-11-21 07:59:30  gauge  load  a

        """)
  }

  private static let history = page(
    #"""
    "points":[{"time":"2026-11-21T07:00:00Z","count":2,"mean":1,"p95":7},{"time":"2026-11-21T07:30:00Z","count":2,
    "mean":3,"p95":5},{"time":"2026-11-21T08:00:00Z","count":1,"mean":"NaN","p95":"Infinity"}]
    """#)

  @Test(arguments: [
    ([], "", "    2    1    3     3  ▁█"),
    (["--aggregations", "p95,mean"], "&aggregations=p95%2Cmean", "    2    5    7     5  █▁"),
  ])
  func `a history is a line for each series, of the first statistic`(
    words: [String], parameters: String, line: String
  ) {
    let target = "/api/v1/metrics/history?match=load&start=2026-11-20T08%3A00%3A00Z"
    world.answers["\(target)\(parameters)&limit=20"] = Self.history
    #expect(world.run(["metrics", "history", "load", "--since", "1d"] + words) == .success, "\(world.errors)")
    #expect(
      world.output == """
        STEPS  MIN  MAX  LAST  GRAPH  NAME  host
        \(line)     load  a

        """, "\(world.requests.map(\.target))")
  }

  @Test func `a history is drawn`() {
    world.answers["/api/v1/metrics/history?match=load&limit=20"] = Self.history
    #expect(
      world.run("metrics", "history", "load", "--chart", "--width", "40", "--height", "8") == .success,
      "\(world.errors)")
    #expect(world.output.contains("07:00"))
    #expect(world.output.contains(#"load{host="a"}"#))
    world.answers["/api/v1/metrics/history?match=load&limit=20"] = Self.page(#""points":[]"#)
    #expect(world.run("metrics", "history", "load", "--chart") == .success)
    #expect(world.errors == "There is nothing to draw: no value is a finite number.\n")
  }

  @Test func `statistics are compared`() {
    let comparisons = #"""
      "statistics":{"count":4,"mean":3,"max":5},"comparisons":[{"period":"yesterday","statistics":{},
      "differences":{"mean":{"absolute":1,"relative":0.5}}},{"period":"last_week","statistics":null,"differences":{}}]
      """#
    world.answers[
      "/api/v1/metrics/stats?start=2026-11-21T00%3A00%3A00Z&aggregations=mean%2Cmax&compare=yesterday%2Clast_week&limit=5"
    ] = Self.page(comparisons)
    #expect(
      world.run(
        "metrics", "stats", "--start", "1795219200", "--aggregations", "mean,max", "--compare", "yesterday,last_week",
        "-n", "5") == .success, "\(world.errors) \(world.requests.map(\.target))")
    #expect(
      world.output == """
        COUNT  MEAN  MAX  VS YESTERDAY  VS LAST WEEK  NAME  host
            4     3    5         +50 %             -  load  a

        """)
  }

  @Test func `anomalies are listed, and how much was scored is said`() {
    let found = #"""
      "scored_step_count":10,"unscored_step_count":2,
      "anomalies":[{"time":"2026-11-21T07:55:00Z","value":9,"median":2.5,"mad":1,"baseline_count":7,"score":"Infinity"}]
      """#
    let target = "/api/v1/metrics/anomalies?match=load&season=week&seasons=4&threshold=2.5&limit=20"
    world.answers[target] = Self.page(found)
    let words = ["metrics", "anomalies", "load", "--season", "week", "--seasons", "4", "--threshold", "2.5"]
    #expect(world.run(words) == .success, "\(world.errors)")
    #expect(
      world.output == """
        TIME (UTC)           VALUE  MEDIAN     SCORE  NAME  host
        2026-11-21 07:55:00      9     2.5  Infinity  load  a

        """)
    #expect(
      world.errors == "1 anomalies in 10 steps of 1 series; 2 steps have too short a past to be scored.\n")
    world.answers[target] = Self.page(#""scored_step_count":10,"unscored_step_count":0,"anomalies":[]"#)
    #expect(world.run(words) == .success)
    #expect(world.output.isEmpty)
    #expect(world.errors.hasPrefix("0 anomalies in 10 steps of 1 series"))
    #expect(!world.errors.contains("A step is scored"))
    world.answers[target] = Self.page(#""scored_step_count":0,"unscored_step_count":7,"anomalies":[]"#)
    #expect(world.run(words) == .success)
    #expect(world.errors.hasSuffix("A step is scored when three earlier weeks have values at its time.\n"))
  }

  @Test func `a forecast shows its end, and when a threshold is reached`() {
    let forecast = #"""
      "method":"linear","points":[{"time":"2026-11-21T08:30:00Z","value":3,"lower":2,"upper":4},
      {"time":"2026-11-21T09:00:00Z","value":1,"lower":-1,"upper":2}],
      "crossing":{"threshold":0,"expected":"2026-11-21T09:10:00Z","earliest":"2026-11-21T08:50:00Z","latest":null}
      """#
    world.answers["/api/v1/metrics/forecast?match=load&horizon=1h&threshold=0&limit=20"] = Self.page(forecast)
    #expect(
      world.run("metrics", "forecast", "load", "--horizon", "1h", "--threshold", "0") == .success, "\(world.errors)")
    #expect(
      world.output == """
        REACHED (UTC)        EARLIEST             LATEST  NAME  host  TIME (UTC)           VALUE  LOWER  UPPER
        2026-11-21 09:10:00  2026-11-21 08:50:00  -       load  a     2026-11-21 09:00:00      1     -1      2

        """)
    world.answers["/api/v1/metrics/forecast?match=load&limit=20"] = Self.page(
      #""method":"linear","reason":"A line needs two steps.","points":[]"#)
    #expect(world.run("metrics", "forecast", "load") == .success)
    #expect(world.errors == "No forecast of load{host=\"a\"}. A line needs two steps.\n")
  }

  @Test func `a correlation is one line`() {
    let target = "/api/v1/metrics/correlation?left=a&right=b&step=30s&max_lag=5m"
    world.answers[target] = (
      200,
      #"""
      {"data":{"pair_count":240,"pearson":0.5,"spearman":null,"best_lag":{"lag_seconds":30,"pearson":0.75}}}
      """#
    )
    #expect(world.run("metrics", "correlation", "a", "b", "--step", "30s", "--max-lag", "5m") == .success)
    #expect(
      world.output == """
        PAIRS  PEARSON  SPEARMAN  BEST LAG  PEARSON THERE
          240      0.5         -      30 s           0.75

        """)
    #expect(world.run("metrics", "correlation", "a", "b", "--step", "30s", "--max-lag", "5m", "--json") == .success)
    #expect(world.output.hasPrefix(#"{"data":{"pair_count":240"#))
  }

  @Test(arguments: [
    (["current", "--type", "rate"], "--type takes one of"), (["history", "--width", "80"], "--width is for charts"),
    (["history", "--aggregations", "mean,mode"], "--aggregations takes some of mean,min,max,p50,p95,p99"),
    (["history", "--since", "1h", "--start", "5"], "Give --since or --start, not both."),
    (["stats", "--compare", "today"], "--compare takes yesterday, last_week or both"),
    (["anomalies", "--seasons", "2"], "--seasons takes a number from 3 to 28"),
    (["forecast", "--threshold", "inf"], "--threshold takes a number"),
    (["correlation", "a"], "Missing <right>"), (["export", "--format", "xml"], "--format takes one of csv, jsonl"),
  ])
  func `mistakes in options are refused before the server is asked`(words: [String], message: String) {
    #expect(world.run(["metrics"] + words) == .usage)
    #expect(world.errors.contains(message), "\(world.errors)")
    #expect(world.requests.isEmpty)
  }

  // MARK: Export

  private static let target = "/api/v1/metrics/history?match=load&step=1m&format=csv"
  private static let text = "time,name\r\n2026-11-21T07:00:00Z,größe\r\nend"

  /// The text of a file; nil where there is none.
  private static func text(of path: String) -> String? {
    (try? File.read(path)).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func `an export goes to standard output as it is`() {
    world.answers[Self.target] = (200, Self.text)
    #expect(world.run("metrics", "export", "load", "--step", "1m") == .success, "\(world.errors)")
    #expect(world.output == Self.text)
    #expect(world.errors.isEmpty)
  }

  @Test func `an export to a file says how long it is, and no file is overwritten`() throws {
    try withDataDirectory { folder in
      let path = "\(folder)/registry.sqlite"
      world.answers[Self.target] = (200, Self.text)
      let words = ["metrics", "export", "load", "--step", "1m", "-o", path]
      #expect(world.run(words) == .success, "\(world.errors)")
      #expect(world.output.isEmpty)
      #expect(world.errors == "2 lines, 44 bytes in \(path)\n")
      #expect(Self.text(of: path) == Self.text)
      world.answers[Self.target] = (200, "other")
      #expect(world.run(words) == .usage)
      #expect(
        world.errors == "axonize: '\(path)' exists already and is kept as it is; name another file, or remove it.\n")
      #expect(Self.text(of: path) == Self.text)
    }
  }

  @Test(arguments: [true, false])
  func `a file that would not be whole is removed`(breaksOff: Bool) throws {
    try withDataDirectory { folder in
      let path = "\(folder)/registry.sqlite"
      world.answers[Self.target] = breaksOff ? (200, Self.text) : (404, "{}")
      if breaksOff {
        world.failures[Self.target] = BlockingHTTPError(kind: .protocolBroken, reason: "the connection ended")
      }
      #expect(world.run("metrics", "export", "load", "--step", "1m", "-o", path) == .failure)
      #expect(world.errors.contains("broke off: the connection ended") == breaksOff, "\(world.errors)")
      #expect(Self.text(of: path) == nil)
    }
  }
}
