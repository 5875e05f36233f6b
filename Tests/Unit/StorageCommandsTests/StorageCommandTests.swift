import BlockingHTTPClient
import CommandTestSupport
import Commands
import Testing

@testable import StorageCommands

@Suite struct StorageCommandTests {
  private let world = CommandWorld(StorageCommands.all)

  private static let rows =
    #"[{"table":"spans","rows":1234567,"bytes":123456789,"bytes_per_row":100.0001,"oldest_day":"2026-11-01","#
    + #""newest_day":"2026-11-30","retention_seconds":2592000,"next_deletion_at":"2026-12-01T23:59:59Z"},"#
    + #"{"table":"scopes","rows":0,"bytes":0,"bytes_per_row":null,"oldest_day":null,"newest_day":null,"#
    + #""retention_seconds":null,"next_deletion_at":null}]"#

  @Test func `what is kept is a table with a total, or JSON`() {
    world.answers["/api/v1/storage"] = (200, #"{"data":\#(Self.rows)}"#)
    #expect(world.run("storage") == .success)
    #expect(
      world.output == """
        TABLE        ROWS       SIZE     KEPT  BYTES/ROW  OLDEST (UTC)  NEWEST (UTC)  NEXT DELETION (UTC)
        spans   1,234,567  117.7 MiB      30d        100  2026-11-01    2026-11-30    2026-12-01T23:59
        scopes          0        0 B  forever
        total   1,234,567  117.7 MiB

        """)
    #expect(world.run("storage", "--json") == .success)
    #expect(world.output == #"{"data":\#(Self.rows)}"# + "\n")
  }

  @Test func `a key of another tenant is told why`() {
    world.answers["/api/v1/storage"] = (
      403, #"{"type":"urn:axonize:problem:forbidden","code":"forbidden","detail":"only keys of the first tenant"}"#
    )
    #expect(world.run("storage") != .success)
    #expect(world.errors.contains("only keys of the first tenant"))
  }
}
