import BlockingHTTPClient
import CommandTestSupport
import Commands
import HTTPTypes
import JSON
import Testing

@testable import ViewsCommands

/// Goal: `axonize views` asks the API for what its options say, and says what came of it.
///
/// Method: a world whose server has fixed responses; requests and output are compared.
@Suite struct ViewCommandTests {
  private let world = CommandWorld(ViewCommands.all)

  private static let view =
    #"{"id":"v1","name":"Errors","list":"traces","parameters":{"service":"chat","status":"error"},"revision":3,"#
    + #""created_at":"2026-11-21T08:00:00Z","updated_at":"2026-11-22T09:30:00Z","updated_by":null}"#
  private static let data = #"{"data":\#(view)}"#

  @Test func `a list is a table, or JSON, in pages of a hundred`() {
    world.answers["/api/v1/views?limit=20"] = (
      200, #"{"data":[\#(Self.view)],"next_cursor":null,"warnings":["The view 'x' cannot be read."]}"#
    )
    #expect(world.run("views", "list") == .success)
    #expect(
      world.output == """
        ID  NAME    LIST    PARAMETERS                 REVISION  UPDATED (UTC)
        v1  Errors  traces  service=chat status=error         3  2026-11-22T09:30

        """)
    #expect(world.errors == "warning: The view 'x' cannot be read.\n")
    #expect(world.run("views", "list", "--json") == .success)
    #expect(world.output == #"{"data":[\#(Self.view)],"next_cursor":null}"# + "\n")
    world.answers["/api/v1/views?limit=100"] = (200, #"{"data":[],"next_cursor":null}"#)
    #expect(world.run("views", "list", "-n", "700") == .success)
    #expect(world.errors == "There are no saved views. 'axonize views create' makes one.\n")
  }

  /// A list of another feature.
  private static let traces = CommandDefinition(
    path: ["traces"], summary: "", options: [], examples: [],
    list: ListDefinition("traces") { rows in
      var table = Table([.init(title: "TRACE")])
      for row in rows { table.append([row["trace_id"]?.string ?? ""]) }
      return table
    })

  @Test(arguments: [
    ([], "service=chat&status=error&limit=20"), (["-n", "5"], "service=chat&status=error&limit=5"),
    (["--since", "1h"], "service=chat&status=error&start=2026-11-21T07%3A00%3A00Z&limit=20"),
  ])
  func `a view that is run shows what the command of its list shows`(words: [String], query: String) {
    let world = CommandWorld(ViewCommands.all + [Self.traces])
    world.answers["/api/v1/views/v1"] = (200, Self.data)
    world.answers["/api/v1/traces?\(query)"] = (200, #"{"data":[{"trace_id":"4bf9"}],"next_cursor":null}"#)
    #expect(world.run(["views", "run", "v1"] + words) == .success, "\(world.errors)")
    #expect(world.output == "TRACE\n4bf9\n")
    #expect(world.run(["views", "run", "v1", "--json"] + words) == .success)
    #expect(world.output == #"{"data":[{"trace_id":"4bf9"}],"next_cursor":null}"# + "\n")
  }

  @Test func `an option goes before the parameter of the view, whose limit is the default`() {
    let world = CommandWorld(ViewCommands.all + [Self.traces])
    let view = #"{"list":"traces","parameters":{"start":"-7d","limit":"50","cursor":"x"}}"#
    world.answers["/api/v1/views/v1"] = (200, #"{"data":\#(view)}"#)
    let found = (status: 200, body: #"{"data":[],"next_cursor":null}"#)
    world.answers["/api/v1/traces?start=-7d&limit=50"] = found
    world.answers["/api/v1/traces?start=2026-11-21T00%3A00%3A00Z&limit=3"] = found
    #expect(world.run("views", "run", "v1") == .success)
    #expect(world.errors == "Nothing matches. --since widens the range of time.\n")
    #expect(world.run("views", "run", "v1", "--start", "2026-11-21T00:00:00Z", "-n3") == .success)
  }

  @Test func `a view of a list that no command shows, and one that is not there, are refused`() {
    world.answers["/api/v1/views/v1"] = (200, Self.data)
    #expect(world.run("views", "run", "v1") == .failure)
    #expect(world.errors.contains("The view is of the list 'traces', which this version of axonize cannot show."))
    world.answers["/api/v1/views/v2"] = (
      404, #"{"type":"urn:axonize:problem:not_found","code":"not_found","detail":"There is no saved view 'v2'."}"#
    )
    #expect(world.run("views", "run", "v2") == .notFound)
    #expect(world.errors.contains("'axonize views list' lists them."))
  }

  @Test func `a view is shown as lines, or as it came`() {
    world.answers["/api/v1/views/v1"] = (200, Self.data)
    #expect(world.run("views", "show", "v1") == .success)
    #expect(
      world.output == """
        id          v1
        name        Errors
        list        traces
        revision    3
        created     2026-11-21T08:00:00Z
        updated     2026-11-22T09:30:00Z
        updated by  -
        parameter   service=chat
        parameter   status=error

        """)
    #expect(world.run("views", "show", "v1", "--json") == .success)
    #expect(world.output == Self.data + "\n")
    world.answers["/api/v1/views/a%2Fb"] = (
      404, #"{"type":"urn:axonize:problem:not_found","detail":"There is no view."}"#
    )
    #expect(world.run("views", "show", "a/b") == .notFound)
    #expect(world.errors == "axonize: There is no view.\n")
  }

  @Test func `a view is made with a key of its own`() throws {
    world.answers["POST /api/v1/views"] = (201, Self.data)
    let words = ["views", "create", "Errors", "-p", "service=chat", "-p", "status=error"]
    #expect(world.run(words) == .success, "\(world.errors)")
    #expect(world.run(words) == .success)
    #expect(
      world.sent[0].body == #"{"name":"Errors","list":"traces","parameters":{"service":"chat","status":"error"}}"#)
    let keys = world.requests.compactMap { $0.fields["idempotency-key"] }
    #expect(Set(keys).count == 2)
    #expect(keys.allSatisfy { $0.count == 32 })
    #expect(world.requests[0].fields["content-type"] == "application/json")
    #expect(world.requests[0].fields["if-none-match"] == nil)
    world.answers["PUT /api/v1/views/mine"] = (200, Self.data)
    #expect(world.run(words + ["--id", "mine", "--list", "logs", "--idempotency-key", "k 1"]) == .success)
    let last = try #require(world.requests.last)
    #expect(last.fields["if-none-match"] == "*")
    #expect(last.fields["idempotency-key"] == "k 1")
  }

  @Test func `a change whose response is lost is sent once more with its key`() throws {
    world.answers["POST /api/v1/views"] = (201, "")
    world.failures["/api/v1/views"] = BlockingHTTPError(kind: .protocolBroken, reason: "the connection ended")
    #expect(world.run("views", "create", "Errors") == .failure)
    #expect(world.requests.count == 2)
    #expect(world.requests[0].fields["idempotency-key"] == world.requests[1].fields["idempotency-key"])
    world.answers["POST /api/v1/views"] = (201, Self.data)
    world.failureCount = 1
    #expect(world.run("views", "create", "Errors") == .success)
    #expect(world.requests.count == 4)
  }

  @Test func `an update keeps what no option names, and the revision that it read`() throws {
    world.answers["GET /api/v1/views/v1"] = (200, Self.data)
    world.answers["PUT /api/v1/views/v1"] = (200, Self.data)
    world.answerFields["/api/v1/views/v1"] = ["etag": "\"3\""]
    #expect(world.run("views", "update", "v1", "-p", "model=a=b", "--remove", "status") == .success)
    #expect(
      world.sent.last?.body == #"{"name":"Errors","list":"traces","parameters":{"model":"a=b","service":"chat"}}"#)
    #expect(world.requests.last?.fields["if-match"] == "\"3\"")
    #expect(world.run("views", "update", "v1", "--name", "Other", "--revision", "2") == .success)
    #expect(world.requests.last?.fields["if-match"] == "\"2\"")
    world.answers["PUT /api/v1/views/v1"] = (
      412, #"{"type":"urn:axonize:problem:precondition_failed","detail":"It has changed since it was read."}"#
    )
    #expect(world.run("views", "update", "v1", "--name", "Other") == .failure)
    #expect(world.errors == "axonize: It has changed since it was read.\n")
    #expect(world.run("views", "update", "v1") == .usage)
  }

  @Test func `a parameter that is given twice, or removed where there is none, is refused`() throws {
    world.answers["GET /api/v1/views/v1"] = (200, Self.data)
    world.answers["PUT /api/v1/views/v1"] = (200, Self.data)
    for words in [["create", "a"], ["update", "v1"]] {
      #expect(world.run(["views"] + words + ["-p", "service=x", "-p", "service=y"]) == .usage)
      #expect(
        world.errors == "axonize: --parameter gives 'service' twice; a view has one value of each parameter.\n")
    }
    #expect(world.requests.isEmpty)
    #expect(world.run("views", "update", "v1", "--remove", "status", "--remove", "nosuch") == .usage)
    #expect(world.errors == "axonize: --remove: the view has no parameter 'nosuch'; it has service, status.\n")
    #expect(world.sent.map(\.method) == [.get])
  }

  @Test func `a removal that is repeated with its key succeeds, and a wrong one is refused with a key too`() throws {
    world.answers["GET /api/v1/views/v1"] = (200, Self.data)
    world.answers["PUT /api/v1/views/v1"] = (200, Self.data)
    let words = ["views", "update", "v1", "--remove", "nosuch", "--idempotency-key", "k"]
    #expect(world.run(words) == .success, "the server knows the key")
    #expect(world.requests.last?.fields["if-match"] == "\"0\"", "it makes no change for another one")
    world.answers["PUT /api/v1/views/v1"] = (
      412, #"{"type":"urn:axonize:problem:precondition_failed","code":"precondition_failed","detail":"changed"}"#
    )
    #expect(world.run(words) == .usage)
    #expect(world.errors == "axonize: --remove: the view has no parameter 'nosuch'; it has service, status.\n")
  }

  @Test func `a view is deleted`() throws {
    world.answers["DELETE /api/v1/views/v1"] = (204, "")
    #expect(world.run("views", "delete", "v1") == .success)
    #expect(world.output == "deleted v1\n")
    #expect(world.requests[0].fields["if-match"] == nil)
    #expect(world.run("views", "delete", "v1", "--revision", "7", "--json") == .success)
    #expect(world.output == #"{"id":"v1"}"# + "\n")
    #expect(world.requests.last?.fields["if-match"] == "\"7\"")
    world.answers["DELETE /api/v1/views/v1"] = (
      403, #"{"type":"urn:axonize:problem:forbidden","detail":"This key may not change anything."}"#
    )
    #expect(world.run("views", "delete", "v1") == .notPermitted)
  }

  @Test func `a refusal says which command helps`() {
    func problem(_ code: String, _ detail: String) -> String {
      #"{"type":"urn:axonize:problem:\#(code)","code":"\#(code)","detail":"\#(detail)"}"#
    }
    world.answers["/api/v1/views/nope"] = (404, problem("not_found", "There is no saved view 'nope'."))
    for words in [["show", "nope"], ["update", "nope", "--name", "a"], ["delete", "nope"]] {
      #expect(world.run(["views"] + words) == .notFound)
      #expect(world.errors == "axonize: There is no saved view 'nope'. 'axonize views list' lists them.\n", "\(words)")
    }
    world.answers["PUT /api/v1/views/mine"] = (
      412, problem("precondition_failed", "There is already a saved view 'mine'.")
    )
    #expect(world.run("views", "create", "a", "--id", "mine") == .failure)
    #expect(world.errors == "axonize: There is already a saved view 'mine'. 'axonize views update mine' changes it.\n")
    #expect(world.run("views", "show") == .usage)
    #expect(world.errors.hasPrefix("axonize: Missing <view-id>: an id that 'axonize views list' shows.\n"))
    #expect(world.run("views", "update", "mine") == .usage)
    #expect(
      world.errors
        == "axonize: Nothing to change: give at least one of --name, --list, --parameter, --remove.\n")
  }

  @Test(arguments: [
    ["views", "create"], ["views", "create", "a", "-p", "x"], ["views", "create", "a", "-p", "=x"],
    ["views", "create", "a", "--list", "pods"], ["views", "delete", "a", "--revision", "x"],
    ["views", "create", "a", "--idempotency-key", "é"], ["views", "show"], ["views"],
  ])
  func `a wrong command line sends nothing`(words: [String]) {
    #expect(world.run(words) == .usage)
    #expect(world.requests.isEmpty)
  }
}
