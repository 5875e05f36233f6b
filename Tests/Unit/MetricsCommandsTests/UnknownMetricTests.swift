import CommandTestSupport
import Commands
import Testing

@testable import MetricsCommands

/// Goal: whoever misspells a metric is told so, by every command that finds nothing.
///
/// Method: a world whose server has fixed responses; what goes to standard error is compared.
@Suite struct UnknownMetricTests {
  private let world = CommandWorld(MetricsCommands.all)

  private static let names = "/api/v1/label/__name__/values?limit=10001"

  private static func success(_ data: String) -> (status: Int, body: String) {
    (200, #"{"status":"success","data":\#(data)}"#)
  }

  /// The syntax tree of a selector as the server writes it.
  private static func selector(_ name: String) -> String {
    #"{"type":"vectorSelector","name":"\#(name)","matchers":[{"name":"__name__","type":"=","value":"\#(name)"}]}"#
  }

  private static let empty = success(#"{"resultType":"vector","result":[]}"#)
  private static let page = (status: 200, body: #"{"data":[],"next_cursor":null}"#)

  @Test(
    arguments: [
      (["query", "nod_load"], "/query?query=nod_load", empty),
      (["query", "nod_load", "--time", "5"], "/query?query=nod_load&time=5", empty),
      (["series", "nod_load"], "/series?match%5B%5D=nod_load&limit=1000", success("[]")),
      (["labels", "-m", "nod_load"], "/labels?match%5B%5D=nod_load&limit=1000", success("[]")),
      (["metrics", "current", "nod_load"], "/metrics/current?match=nod_load&limit=100", page),
      (["metrics", "history", "nod_load"], "/metrics/history?match=nod_load&limit=20", page),
      (["metrics", "stats", "nod_load"], "/metrics/stats?match=nod_load&limit=100", page),
      (["metrics", "anomalies", "nod_load"], "/metrics/anomalies?match=nod_load&limit=20", page),
      (["metrics", "forecast", "nod_load"], "/metrics/forecast?match=nod_load&limit=20", page),
      (["metrics", "export", "nod_load"], "/metrics/history?match=nod_load&format=csv", (200, "time,name\r\n")),
      (
        ["metrics", "export", "nod_load", "--format", "jsonl"], "/metrics/history?match=nod_load&format=jsonl",
        (200, "")
      ),
    ] as [([String], String, (status: Int, body: String))])
  func `a command that finds nothing names the metric that is not there`(
    words: [String], target: String, answer: (status: Int, body: String)
  ) {
    world.answers["/api/v1" + target] = answer
    world.answers["/api/v1/parse_query?query=nod_load"] = Self.success(Self.selector("nod_load"))
    world.answers[Self.names] = Self.success(#"["node_load1","up"]"#)
    #expect(world.run(words) == .success, "\(world.errors) \(world.requests.map(\.target))")
    #expect(
      world.errors == """
        No metric has the name 'nod_load'; did you mean 'node_load1'?
        'axonize metrics list' shows those of the last hour.

        """)
  }

  @Test(
    arguments: [
      // The first name that no metric has, however deep it stands.
      (
        #"{"type":"binaryExpr","lhs":\#(selector("up")),"rhs":{"type":"call","args":[\#(selector("zzz"))]}}"#,
        #"["node_load1","up"]"#, "No metric has the name 'zzz'."
      ),
      // All exist, no name is asked for, or only a pattern of names.
      (selector("up"), #"["up"]"#, "The result is empty: no series has a value at this time."),
      (#"{"type":"numberLiteral","val":"1"}"#, "[]", "The result is empty"),
      (
        #"{"type":"vectorSelector","name":"","matchers":[{"name":"__name__","type":"=~","value":"zzz"}]}"#, "[]",
        "The result is empty"
      ),
      // The metric exists, but has no such labels.
      (
        #"{"type":"vectorSelector","name":"up","matchers":[{"name":"job","type":"=","value":"nodx"},"#
          + #"{"name":"__name__","type":"=","value":"up"}]}"#,
        #"["up"]"#,
        "The result is empty: no series has a value at this time.\n'axonize series up' shows which labels up has.\n"
      ),
      (selector("zz\\u001b"), "[]", "No metric has the name 'zz\\e'."),
    ])
  func `names are those of selectors`(tree: String, names: String, message: String) {
    world.answers["/api/v1/query?query=x"] = Self.empty
    world.answers["/api/v1/parse_query?query=x"] = Self.success(tree)
    world.answers[Self.names] = Self.success(names)
    #expect(world.run("query", "x") == .success)
    #expect(world.errors.hasPrefix(message), "\(world.errors)")
  }

  @Test func `nothing is said where there are too many names to compare`() {
    world.answers["/api/v1/query?query=x"] = Self.empty
    world.answers["/api/v1/parse_query?query=x"] = Self.success(Self.selector("x"))
    let names = (0...10_000).map { "\"name_\($0)\"" }
    world.answers[Self.names] = Self.success("[\(names.joined(separator: ","))]")
    #expect(world.run("query", "x") == .success)
    #expect(world.errors == "The result is empty: no series has a value at this time.\n")
  }
}
