import CommandTestSupport
import Commands
import TestSupport
import Testing

@testable import MetricsCommands

/// Goal: `axonize query` asks for what its options say, and shows every form of result.
///
/// Method: a world whose server has fixed responses; requests and output are compared.
@Suite struct QueryCommandTests {
  private let world = CommandWorld(MetricsCommands.all)

  private static func success(_ type: String, _ result: String, notes: String = "") -> (status: Int, body: String) {
    (200, #"{"status":"success","data":{"resultType":"\#(type)","result":\#(result)}\#(notes)}"#)
  }

  private static let vector = success(
    "vector",
    #"""
    [{"metric":{"__name__":"up","instance":"a:9100","job":"node"},"value":[1795248000,"1"]},
    {"metric":{"__name__":"up","instance":"b","job":"\u001b[31m"},"value":[1795248000,"+Inf"]}]
    """#)

  @Test func `an instant query is a table of values and labels`() {
    world.answers["/api/v1/query?query=up"] = Self.vector
    #expect(world.run("query", "up") == .success, "\(world.errors)")
    #expect(
      world.output == """
        VALUE  NAME  instance  job
            1  up    a:9100    node
         +Inf  up    b         \\e[31m

        """)
    #expect(world.run("query", "up", "--json") == .success)
    #expect(world.output == Self.vector.body + "\n")
  }

  @Test(arguments: [
    (["--time", "2026-11-21T08:00:00Z"], "/query?query=1&time=1795248000"),
    (["--time", "1795248000.25"], "/query?query=1&time=1795248000.250"),
    (["--range", "1h"], "/query_range?query=1&start=1795244400&end=1795248000&step=15"),
    (["--chart"], "/query_range?query=1&start=1795244400&end=1795248000&step=15"),
    (["--range", "1m", "--end", "1795000000"], "/query_range?query=1&start=1794999940&end=1795000000&step=1"),
    (["--since", "1d", "--step", "5m"], "/query_range?query=1&start=1795161600&end=1795248000&step=300"),
    (["--start", "1795247000", "--step", "500ms"], "/query_range?query=1&start=1795247000&end=1795248000&step=0.500"),
    (["--step", "30s"], "/query_range?query=1&start=1795244400&end=1795248000&step=30"),
  ])
  func `options become parameters`(words: [String], target: String) {
    world.answers["/api/v1" + target] = Self.success("scalar", #"[1795248000,"1"]"#)
    #expect(world.run(["query", "1"] + words) == .success, "\(world.errors) \(world.requests.map(\.target))")
    #expect(world.output == "1\n")
  }

  @Test(arguments: [
    (["--time", "now"], "--time takes a time such as"),
    (["--time", "1", "--range", "1h"], "Give --time for one time, or --range for a range, not both."),
    (["--range", "1h", "--since", "1h"], "Give --range or --since, not both."),
    (["--since", "1h", "--start", "1"], "Give --since or --start, not both."),
    (["--start", "5", "--end", "5"], "The range ends before it starts"),
    (["--range", "0"], "--range takes a duration"), (["--step", "x"], "--step takes a duration"),
    (["--width", "80"], "--width is for charts; add --chart."),
    (["--chart", "--json"], "Give --chart or --json, not both."),
    (["--chart", "--width", "39"], "--width takes a number from 40 to 500"),
    (["--chart", "--height", "201"], "--height takes a number from 8 to 200"),
    (["--chart", "--unit", "byte"], "--unit takes one of number, seconds, bytes"),
  ])
  func `mistakes in options are refused before the server is asked`(words: [String], message: String) {
    #expect(world.run(["query", "1"] + words) == .usage)
    #expect(world.errors.contains(message), "\(world.errors)")
    #expect(world.requests.isEmpty)
  }

  @Test func `a range is a line for each series`() {
    world.answers["/api/v1/query_range?query=x&start=1795247940&end=1795248000&step=20"] = Self.success(
      "matrix",
      #"""
      [{"metric":{"job":"a"},"values":[[1795247940,"0"],[1795247960,"1.5"],[1795247980,"7"],[1795248000,"3.25"]]},
      {"metric":{},"values":[[1795247940,"NaN"]]}]
      """#)
    #expect(world.run("query", "x", "--range", "1m", "--step", "20s") == .success, "\(world.errors)")
    #expect(
      world.output == """
        POINTS  MIN  MAX  LAST  GRAPH  job
             4    0    7  3.25  ▁▂█▄   a
             1    -    -   nan

        """)
  }

  @Test func `samples of a range selector have their times, and many labels are one column`() {
    world.answers["/api/v1/query?query=x%5B1m%5D"] = Self.success(
      "matrix",
      #"""
      [{"metric":{"__name__":"x","a":"1","b":"2","c":"3","d":"4","e":"5","f":"6","g":"\"\\"},
      "values":[[1795247940.5,"1e+06"],[1795248000,"2"]]}]
      """#)
    #expect(world.run("query", "x[1m]") == .success, "\(world.errors)")
    #expect(
      world.output == #"""
        TIME (UTC)               VALUE  SERIES
        2026-11-21 07:59:00.500  1e+06  x{a="1", b="2", c="3", d="4", e="5", f="6", g="\"\\"}
        2026-11-21 08:00:00.000      2  x{a="1", b="2", c="3", d="4", e="5", f="6", g="\"\\"}

        """#)
  }

  @Test func `notes and an empty result go to standard error`() {
    world.answers["/api/v1/query?query=x"] = Self.success(
      "vector", "[]", notes: #","warnings":["PromQL warning: w (1:2)"],"infos":["PromQL info: i","other"]"#)
    #expect(world.run("query", "x") == .success)
    #expect(world.output.isEmpty)
    #expect(
      world.errors == """
        warning: w (1:2)
        info: i
        info: other
        The result is empty: no series has a value at this time.

        """)
  }

  @Test(arguments: [
    (
      400, "bad_data", #"invalid parameter \"query\": 1:5: parse error: unexpected <by>"#, ExitCode.usage,
      "The query: unexpected <by> (line 1, column 5)\n  sum by\n      ^\n"
    ),
    (
      400, "bad_data", #"invalid parameter \"step\": too short"#, .usage, "--step: too short\n"
    ),
    (
      400, "bad_data", #"invalid parameter \"query\": 1:5: parse error: unexpected character: '.'"#, .usage,
      "The query: unexpected character: '.' (line 1, column 5)\n  sum by\n      ^\nMetrics of OpenTelemetry have '_' in "
        + "the place of '.'; 'axonize metrics list' shows the names. One with dots is written {\"a.b\"}.\n"
    ),
    (400, "bad_data", "too many points (?step=XX)", .usage, "too many points (?step=XX)\nGive a longer --step.\n"),
    (422, "execution", "found duplicate series", .failure, "found duplicate series\n"),
    (503, "timeout", "query timed out", .failure, "query timed out\n"),
    (
      401, "unauthorized", "a key is needed", .notPermitted, "a key is needed\nSet AXONIZE_API_KEY to a key.\n"
    ),
  ])
  func `errors of the server are those of the command line`(
    status: Int, type: String, error: String, code: ExitCode, message: String
  ) {
    world.answers["/api/v1/query?query=sum%20by"] = (
      status, #"{"status":"error","errorType":"\#(type)","error":"\#(error)"}"#
    )
    #expect(world.run("query", "sum by") == code)
    #expect(world.errors == "axonize: " + message)
  }
}
