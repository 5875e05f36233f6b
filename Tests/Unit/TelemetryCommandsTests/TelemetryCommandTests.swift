import CommandTestSupport
import Commands
import Testing

@testable import TelemetryCommands

/// `logs`, `metrics`, `sessions` and `users`.
struct TelemetryCommandTests {
  @Test func `log records are listed with what they say`() {
    let world = CommandWorld()
    world.answers[
      "/api/v1/logs?service=chat&severity=warn&trace_id=4bf92f3577b34da6a3ce929d0e0e4736&text=a%20b&attr.k=v&limit=20"] =
      (
        200,
        #"""
        {"data":[
        {"time_unix_nano":"1795248000000000000","severity_number":17,"severity_text":"","body":"it \u001b[31m broke",
        "service_name":"chat","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"},
        {"time_unix_nano":"0","observed_time_unix_nano":"1795248000500000000","severity_number":0,
        "severity_text":"notice","body":{"n":1},"service_name":"chat","trace_id":null}],"next_cursor":null}
        """#
      )
    #expect(
      world.run([
        "logs", "--service", "chat", "--severity", "warn", "--trace", "4bf92f3577b34da6a3ce929d0e0e4736", "--text",
        "a b",
        "-a", "k=v",
      ]) == .success, "\(world.errors) \(world.requests.map(\.target))")
    #expect(
      world.output == """
        TIME (UTC)               SEVERITY  SERVICE  TRACE                             MESSAGE
        2026-11-21 08:00:00.000  error     chat     4bf92f3577b34da6a3ce929d0e0e4736  it \\e[31m broke
        2026-11-21 08:00:00.500  notice    chat     -                                 {"n":1}

        """)
  }

  private static let session = #"""
    {"session_id":"s 42","trace_count":3,"span_count":1031,"error_count":1,"call_count":6,"input_tokens":5120,
    "output_tokens":911,"first_time_unix_nano":"1795248000000000000","last_time_unix_nano":"1795248060001000000"}
    """#

  private static let sessionTable = """
    SESSION  TRACES  SPANS  CALLS  ERRORS     TOKENS  FIRST (UTC)              LAST (UTC)
    s 42          3  1,031      6       1  5,120→911  2026-11-21 08:00:00.000  2026-11-21 08:01:00.001

    """

  @Test func `sessions and users are listed with what they took`() {
    let world = CommandWorld()
    world.answers["/api/v1/sessions?status=error&model=m&user=u&sort=-trace_count&limit=20"] = (
      200, #"{"data":[\#(Self.session)],"next_cursor":null}"#
    )
    let words = ["sessions", "--status", "error", "-m", "m", "--user", "u", "--sort", "-trace_count"]
    #expect(world.run(words) == .success, "\(world.errors) \(world.requests.map(\.target))")
    #expect(world.output == Self.sessionTable)
    world.answers["/api/v1/users?session=s&limit=5"] = (200, #"{"data":[{"user_id":"u1","trace_count":1}]}"#)
    #expect(world.run("users", "--session", "s", "-n5") == .success, "\(world.errors)")
    #expect(world.output.contains("\nu1 "))
  }

  @Test func `one session is shown by its id`() {
    let world = CommandWorld()
    world.answers["/api/v1/sessions/s%2042?start=2026-11-20T08%3A00%3A00Z"] = (200, #"{"data":\#(Self.session)}"#)
    #expect(world.run("sessions", "s 42", "--since", "1d") == .success, "\(world.requests.map(\.target))")
    #expect(world.output == Self.sessionTable)
    #expect(world.run("sessions", "s 42", "--since", "1d", "--json") == .success)
    #expect(world.output == #"{"data":\#(Self.session)}"# + "\n")
    #expect(world.run("sessions", "s 42", "--limit", "1") == .usage)
    world.answers["/api/v1/users/nobody"] = (
      404, #"{"type":"urn:axonize:problem:not_found","detail":"No span of the user nobody."}"#
    )
    #expect(world.run("users", "nobody") == .notFound)
  }

  private static let spansOnGPUs = #"""
    {"data":{"spans":[
    {"span_id":"a","name":"decode","service_name":"s","start_time_unix_nano":"1","duration_ns":1,
    "gpu":{"resource_ids":["GPU-1","GPU-2"]}},
    {"span_id":"b","name":"fetch","service_name":"s","start_time_unix_nano":"2","duration_ns":1,"gpu":null}]}}
    """#

  @Test(arguments: [
    (
      200,
      #"{"data":{"spans":[{"span_id":"a","use":{"energy":{"joules":400}}},{"span_id":"a","use":{"energy":{"joules":12}}},{"span_id":"b","use":{"energy":{}}}]}}"#,
      "  412 J\n", ""
    ),
    (404, #"{"type":"urn:axonize:problem:not_found","detail":"There is no such path."}"#, "  1 ns\n", ""),
    (501, #"{"detail":"This server stores no series."}"#, "  1 ns\n", "warning: energy is not shown. "),
  ])
  func `spans on GPUs have their energy where it is known`(
    _ status: Int, _ body: String, _ ending: String, _ warning: String
  ) {
    let world = CommandWorld()
    let id = "4bf92f3577b34da6a3ce929d0e0e4736"
    world.answers["/api/v1/traces/\(id)"] = (200, Self.spansOnGPUs)
    world.answers["/api/v1/traces/\(id)/gpu?points=1"] = (status, body)
    #expect(world.run("trace", id) == .success)
    #expect(world.output.contains(ending), "\(world.output)")
    #expect(world.output.hasSuffix("  1 ns\n"), "\(world.output)")
    #expect(world.errors.hasPrefix(warning), "\(world.errors)")
    #expect(world.errors.isEmpty == warning.isEmpty, "\(world.errors)")
  }

  @Test func `a span of embeddings has its tokens only`() {
    let world = CommandWorld()
    let id = "4bf92f3577b34da6a3ce929d0e0e4736"
    world.answers["/api/v1/traces/\(id)"] = (
      200,
      #"{"data":{"spans":[{"span_id":"1","name":"embeddings m","service_name":"s","start_time_unix_nano":"1","duration_ns":1,"gen_ai":{"request_model":"m","input_tokens":11805,"output_tokens":null}}]}}"#
    )
    #expect(world.run("trace", id) == .success)
    #expect(world.output.contains("  m  11,805 tokens\n"), "\(world.output)")
  }
}
