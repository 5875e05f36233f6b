import BlockingHTTPClient
import CommandTestSupport
import Commands
import HTTPTypes
import Testing

struct ClientCommandTests {
  private static let id = "4bf92f3577b34da6a3ce929d0e0e4736"

  private static let trace = """
    {"data":{"trace_id":"\(id)","duration_ns":1520000000,"truncated":false,"spans":[
    {"trace_id":"\(id)","span_id":"0000000000000003","parent_span_id":"0000000000000002","name":"예측 prefill",
    "status":{"code":"unset","message":""},"start_time_unix_nano":"1795248000200000000","duration_ns":85000000,
    "service_name":"vllm","attributes":{},"resource":{},"events":[],"links":[],"gen_ai":null},
    {"trace_id":"\(id)","span_id":"0000000000000001","parent_span_id":null,"name":"POST /v1/chat",
    "status":{"code":"ok","message":""},"start_time_unix_nano":"1795248000000000000","duration_ns":1520000000,
    "service_name":"chat-api","attributes":{"http.method":"POST","n":[1,2]},"resource":{"host.name":"a"},
    "events":[{"name":"first\\u001b[31m","time_unix_nano":"1795248000000500000","attributes":{"k":true}}],
    "links":[{"trace_id":"\(id)","span_id":"0000000000000009","attributes":{}}],"gen_ai":null},
    {"trace_id":"\(id)","span_id":"0000000000000004","parent_span_id":"0000000000000002","name":"decode",
    "status":{"code":"error","message":"out of memory"},"start_time_unix_nano":"1795248000285000000",
    "duration_ns":1100000000,"service_name":"vllm","attributes":{},"resource":{},"events":[],"links":[],"gen_ai":null},
    {"trace_id":"\(id)","span_id":"0000000000000002","parent_span_id":"0000000000000001","name":"generate",
    "status":{"code":"unset","message":""},"start_time_unix_nano":"1795248000100000000","duration_ns":1400000000,
    "service_name":"vllm","attributes":{},"resource":{},"events":[],"links":[],
    "gen_ai":{"request_model":"llama","response_model":"llama-3.1-8b","input_tokens":1512,"output_tokens":128,
    "time_to_first_token_ns":185000000}},
    {"trace_id":"\(id)","span_id":"0000000000000007","parent_span_id":"00000000000000aa","name":"lost",
    "status":{"code":"unset","message":""},"start_time_unix_nano":"1795248000300000000","duration_ns":1000,
    "service_name":"other","attributes":{},"resource":{},"events":[],"links":[],"gen_ai":null}]}}
    """

  private func world() -> CommandWorld {
    let world = CommandWorld()
    world.answers["/api/v1/traces/\(Self.id)"] = (200, Self.trace)
    return world
  }

  @Test func `a trace is a tree with a bar for each span`() {
    let world = world()
    #expect(world.run("trace", Self.id) == .success)
    #expect(world.output == Self.tree)
  }

  private static let tree = """
    trace 4bf92f3577b34da6a3ce929d0e0e4736
    2026-11-21 08:00:00.000 UTC · 1.52 s · 5 spans · 1 error · chat-api, vllm, other

    POST /v1/chat       chat-api  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  1.52 s
    └─ generate         vllm        ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━    1.4 s  llama-3.1-8b  1,512→128 tokens  ttft 185 ms
       ├─ 예측 prefill  vllm           ━━━                                   85 ms
       └─ ✗ decode      vllm             ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━       1.1 s  error: out of memory
    ┄ lost              other            ━                                    1 µs

    """

  @Test(arguments: [40, 60, 80, 100, 200])
  func `a tree fits the terminal`(width: Int) {
    let world = world()
    world.columnCount = width
    #expect(world.run("trace", Self.id) == .success)
    let lines = world.output.split(separator: "\n").dropFirst(2)
    #expect(lines.count == 5)
    // 16 columns of a name, this trace's services and durations, and a bar: a narrower terminal wraps them.
    #expect(lines.allSatisfy { TextWidth.of(String($0)) <= max(width, 49) }, "\(world.output)")
    #expect(width >= 60 || lines.allSatisfy { TextWidth.of(String($0)) > width / 2 }, "it uses the room that there is")
  }

  @Test func `colours are used only when they are wanted`() {
    let world = world()
    _ = world.run("trace", Self.id)
    #expect(!world.output.contains("\u{1b}"))
    world.colors = true
    _ = world.run("trace", Self.id)
    #expect(world.output.contains("\u{1b}[31m"))
  }

  @Test func `attributes, events and links are shown when asked for, and cannot drive the terminal`() {
    let world = world()
    _ = world.run("trace", Self.id, "--attributes")
    for text in [
      "http.method  POST", "n            [1,2]", "event first\\e[31m at +500 µs", "link to", "host.name",
    ] {
      #expect(world.output.contains(text), "\(text) in \(world.output)")
    }
  }

  @Test func `spans that are each other's parents are shown once`() {
    let world = CommandWorld()
    func span(_ id: String, _ parent: String) -> String {
      #"{"span_id":"\#(id)","parent_span_id":"\#(parent)","name":"\#(id)","start_time_unix_nano":"1","duration_ns":1}"#
    }
    world.answers["/api/v1/traces/\(Self.id)"] = (
      200, #"{"data":{"spans":[\#(span("a", "b")),\#(span("b", "a")),\#(span("c", "c"))]}}"#
    )
    #expect(world.run("trace", Self.id) == .success)
    #expect(world.output.split(separator: "\n").count == 5)
  }

  @Test func `JSON of a trace is the server's own`() {
    let world = world()
    #expect(world.run("trace", Self.id, "--json") == .success)
    #expect(world.output == Self.trace + "\n")
  }

  @Test func `filters become parameters`() {
    let world = CommandWorld()
    _ = world.run(
      "traces", "--since", "1h", "--service", "a b", "-m", "llama", "--min-duration", "1.5s", "-a", "k=v=w", "-a",
      "resource.host.name=h", "-q", "{ status = error }", "--sort", "-duration")
    #expect(
      world.requests.map(\.target) == [
        "/api/v1/traces?start=2026-11-21T07%3A00%3A00Z&service=a%20b&model=llama&min_duration_ms=1500"
          + "&attr.k=v%3Dw&resource.host.name=h&q=%7B%20status%20%3D%20error%20%7D&sort=-duration&limit=20"
      ])
  }

  @Test func `pages are joined up to the limit`() {
    let world = CommandWorld()
    let row =
      #"{"trace_id":"x","start_time_unix_nano":"0","duration_ns":"9007199254740993","span_count":1234,"models":["m"]}"#
    world.answers["/api/v1/traces?limit=3"] = (200, #"{"data":[\#(row),\#(row)],"next_cursor":"c1"}"#)
    world.answers["/api/v1/traces?limit=1&cursor=c1"] = (200, #"{"data":[\#(row)],"next_cursor":"c2"}"#)
    #expect(world.run("traces", "-n", "3") == .success)
    #expect(
      world.output == """
        START (UTC)              TRACE  ROOT  SERVICE       DURATION  SPANS  ERRORS  MODELS  TOKENS
        1970-01-01 00:00:00.000  x      -     -        2501 h 59 min  1,234       0  m
        1970-01-01 00:00:00.000  x      -     -        2501 h 59 min  1,234       0  m
        1970-01-01 00:00:00.000  x      -     -        2501 h 59 min  1,234       0  m

        """)
    #expect(world.run("traces", "-n", "3", "--json") == .success)
    #expect(world.output.hasSuffix(#"],"next_cursor":"c2"}"# + "\n"))
  }

  @Test(
    arguments: [
      ([], "\"c\"", "20 shown; there are more. Use -n COUNT to see them.\n"), ([], "null", ""),
      (["-n", "20"], "\"c\"", ""), (["--json"], "\"c\"", ""),
    ] as [([String], String, String)])
  func `a list that is cut says so where nobody asked for it`(words: [String], cursor: String, message: String) {
    let world = CommandWorld()
    let rows = Array(repeating: #"{"trace_id":"x"}"#, count: 20).joined(separator: ",")
    world.answers["/api/v1/traces?limit=20"] = (200, #"{"data":[\#(rows)],"next_cursor":\#(cursor)}"#)
    #expect(world.run(["traces"] + words) == .success)
    #expect(world.errors == message)
  }

  @Test func `the server and the key come from flag and environment`() {
    let world = CommandWorld()
    world.environment = ["AXONIZE_SERVER": "http://a:1", "AXONIZE_API_KEY": "axz_x"]
    _ = world.run("services")
    _ = world.run("services", "--server", "https://b")
    #expect(world.requests.map(\.url) == ["http://a:1", "https://b:443"])
    #expect(world.requests.allSatisfy { $0.fields["authorization"] == "Bearer axz_x" })
  }

  @Test(arguments: ["services", "traces", "tail"])
  func `a variable that nothing reads is warned of once`(command: String) {
    let world = CommandWorld()
    world.environment = ["AXONIZE_SERVR": "http://a:1", "AXONIZE_HTTP": "127.0.0.1:1", "AXONIZE_ENDPOINT": "http://a"]
    _ = world.run(command)
    #expect(
      world.errors.hasPrefix(
        "warning: The environment variable AXONIZE_SERVR is not a setting and has no effect; did you mean "
          + "'AXONIZE_SERVER'?\n"), "\(world.errors)")
    #expect(world.errors.split(separator: "warning:").count <= 2)
    #expect(!world.errors.contains("AXONIZE_HTTP"))
  }

  @Test func `when a server does not answer, the message says what to do`() {
    let world = CommandWorld()
    #expect(world.run("traces") == .unreachable)
    #expect(world.errors.contains("http://127.0.0.1:8080"))
    #expect(world.errors.contains("axonize serve"))
    #expect(world.output.isEmpty)
  }

  private static let type = #""type":"urn:axonize:problem:x""#

  @Test(arguments: [
    (400, ExitCode.usage), (401, .notPermitted), (403, .notPermitted), (404, .notFound), (503, .failure),
    (500, .failure),
  ])
  func `what a server refuses has its code and its message`(status: Int, code: ExitCode) {
    let world = CommandWorld()
    world.answers["/api/v1/services"] = (status, #"{\#(Self.type),"detail":"because\u001b of this"}"#)
    #expect(world.run("services") == code)
    #expect(world.errors.contains("because\\e of this"))
  }

  @Test(arguments: [
    (404, "<html>", ExitCode.failure, "is not an Axonize server (status 404)"),
    (404, #"{"detail":"Not Found"}"#, .failure, "is not an Axonize server (status 404)"),
    (301, "", .failure, "is not an Axonize server (status 301)"), (200, "<html>", .failure, "is not an Axonize server"),
    (400, "This port speaks https.\n", .failure, "a proxy may be in front of it. It says: This port speaks https.\n"),
    (502, "<html>", .failure, "with status 502, but not as an Axonize server would; a proxy may"),
    (401, "", .notPermitted, "with status 401, but not as"), (403, "no\u{1b}", .notPermitted, " It says: no\\e\n"),
  ])
  func `another server is not taken for Axonize`(status: Int, body: String, code: ExitCode, message: String) {
    let world = CommandWorld()
    for (target, words) in [("services", ["services"]), ("tail", ["tail"]), ("users/u", ["users", "u"])] {
      if target == "tail", status == 200 { continue }
      world.answers["/api/v1/\(target)"] = (status, body)
      #expect(world.run(words) == code)
      #expect(world.errors.contains("http://127.0.0.1:8080"), "\(world.errors)")
      #expect(world.errors.contains(message), "\(world.errors)")
    }
  }

  @Test(arguments: [
    (
      "{ status = }", #"{"parameter":"q","detail":"expected a value","line":1,"column":12}"#,
      "axonize: --query: expected a value (line 1, column 12)\n  { status = }\n             ^\n"
    ),
    (
      "{ name =\n  日本 }", #"{"parameter":"q","detail":"no","line":2,"column":5}"#,
      "axonize: --query: no (line 2, column 5)\n    日本 }\n        ^\n"
    ),
    (
      "{ }", #"{"parameter":"min_duration_ms","detail":"is too long"}"#, "axonize: --min-duration: is too long\n"
    ),
    ("{", #"{"parameter":"q","detail":"ends","line":1,"column":99}"#, "  {\n   ^\n"),
    ("{", #"{"parameter":"q","detail":"ends","line":7,"column":0}"#, "(line 7, column 0)\n"),
  ])
  func `a mistake in a query is shown where it is`(query: String, error: String, message: String) {
    let world = CommandWorld()
    let target = "/api/v1/tail?q=\(PercentEncoding.encode(query))"
    world.answers[target] = (400, #"{\#(Self.type),"detail":"q: wrong","errors":[\#(error)]}"#)
    #expect(world.run("tail", "-q", query) == .usage)
    #expect(world.errors.hasSuffix(message), "\(world.errors)")
  }

  @Test(
    arguments: [
      ("start", ["--since", "1h"], "--since"), ("start", ["--start", "x"], "--start"), ("start", [], "--start"),
      ("trace_id", [], "--trace"), ("attr.k", ["-a", "k=v"], "--attribute"), ("limit", [], "--limit"),
      ("cursor", [], "cursor"),
    ] as [(String, [String], String)])
  func `a mistake in a parameter names the option that it came from`(
    parameter: String, given: [String], option: String
  ) throws {
    let world = CommandWorld()
    _ = world.run(["logs"] + given)
    let target = try #require(world.requests.first).target
    world.answers[target] = (400, #"{\#(Self.type),"errors":[{"parameter":"\#(parameter)","detail":"is wrong"}]}"#)
    #expect(world.run(["logs"] + given) == .usage)
    #expect(world.errors == "axonize: \(option): is wrong\n")
  }

  @Test func `a long query is shown around the mistake`() {
    let world = CommandWorld()
    let query = "{ " + String(repeating: "name = 1 || ", count: 100) + "}"
    world.answers["/api/v1/tail?q=\(PercentEncoding.encode(query))"] = (
      400, #"{\#(Self.type),"errors":[{"parameter":"q","detail":"no","line":1,"column":600}]}"#
    )
    #expect(world.run("tail", "-q", query) == .usage)
    #expect(world.errors.split(separator: "\n").allSatisfy { TextWidth.of(String($0)) < 160 }, "\(world.errors)")
  }

  @Test(
    arguments: [
      ("http://example.com", true), ("http://10.0.0.1:8080", true), ("https://example.com", false),
      ("http://127.0.0.1:8080", false), ("http://localhost:8080", false), ("http://[::1]:8080", false),
    ] as [(String, Bool)])
  func `a key that others could read on the way is warned of`(server: String, isWarned: Bool) {
    let world = CommandWorld()
    world.environment = ["AXONIZE_API_KEY": "axz_secret"]
    world.answers["/api/v1/services"] = (200, #"{"data":[]}"#)
    _ = world.run("services", "--server", server)
    #expect(world.errors.contains("over plain HTTP") == isWarned)
    #expect(!world.errors.contains("secret"))
    world.environment = [:]
    _ = world.run("services", "--server", server)
    #expect(!world.errors.contains("over plain HTTP"))
  }

  @Test func `tail shows one line per span and stops at its limit`() {
    let world = CommandWorld()
    func span(_ name: String) -> String {
      #"{"trace_id":"t","span_id":"s","name":"\#(name)","service_name":"vllm","start_time_unix_nano":"1795248000000000000","duration_ns":85000000,"status":{"code":"unset"}}"#
    }
    world.answers["/api/v1/tail?service=vllm"] = (200, "\n\(span("a"))\n\n\(span("b"))\n\(span("c"))\n")
    #expect(world.run("tail", "--service", "vllm", "-n", "2") == .success)
    #expect(
      world.output == """
        08:00:00.000  t  vllm              a  85 ms
        08:00:00.000  t  vllm              b  85 ms

        """)
    world.answers["/api/v1/tail"] = (503, "{\(Self.type),\"detail\":\"too many\"}\n")
    #expect(world.run("tail") == .failure)
    #expect(world.errors.contains("too many"))
    #expect(world.output.isEmpty)
  }

  @Test func `a response that lacks accepted spans is warned of once, whatever the command`() {
    let warning = "warning: the store is not working; what was accepted recently may be missing.\n"
    let world = world()
    let incomplete: HTTPFields = ["x-axonize-incomplete": "true"]
    let row = #"{"name":"chat"}"#
    world.answers["/api/v1/traces?limit=20"] = (200, #"{"data":[\#(row)],"next_cursor":"c1"}"#)
    world.answers["/api/v1/traces?limit=19&cursor=c1"] = (200, #"{"data":[],"next_cursor":null}"#)
    world.answers["/api/v1/services"] = (200, #"{"data":[]}"#)
    for target in world.answers.keys { world.answerFields[target] = incomplete }
    for words in [["traces", "--json"], ["services"], ["trace", Self.id]] {
      #expect(world.run(words) == .success, "\(words): \(world.errors)")
      #expect(world.errors.ranges(of: warning).count == 1, "\(words): \(world.errors)")
    }
    world.answerFields = [:]
    #expect(world.run("services") == .success)
    #expect(!world.errors.contains("warning"))
  }

  @Test(
    arguments: [
      (false, false, ExitCode.unreachable, "The server at http://127.0.0.1:8080 has stopped"),
      (true, false, .unreachable, "The server at http://127.0.0.1:8080 has stopped"),
      (false, true, .failure, "ended the connection: it does after an hour, when it restarts"),
      (true, true, .failure, "ended the connection: recv: ECONNRESET."),
    ])
  func `tail says who ended it`(breaksOff: Bool, answersStill: Bool, code: ExitCode, message: String) {
    let world = CommandWorld()
    let span = #"{"trace_id":"t","name":"a","service_name":"vllm","start_time_unix_nano":"1","duration_ns":1}"#
    world.answers["/api/v1/tail"] = (200, "\n\(span)\n")
    if breaksOff { world.failures["/api/v1/tail"] = .init(kind: .protocolBroken, reason: "recv: ECONNRESET") }
    if answersStill { world.answers["/healthz"] = (200, #"{"status":"ok"}"#) }
    #expect(world.run("tail") == code)
    #expect(world.output.contains("vllm"))
    #expect(world.errors.hasPrefix("axonize: "), "\(world.errors)")
    #expect(world.errors.contains(message), "\(world.errors)")
  }
}
