import Glibc
import Testing

@testable import CommandLineInterface

struct KeyCommandTests {
  private func withDirectory(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/axonize-keys-XXXXXX".utf8CString)
    let made = unsafe mkdtemp(&template)
    try #require(unsafe made != nil)
    let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer {
      for name in ["/registry.sqlite", "/registry.sqlite-wal", "/registry.sqlite-shm", ""] {
        unsafe remove(path + name)
      }
    }
    try body(path)
  }

  @Test func `a key is made, listed without its secret, and revoked`() throws {
    try withDirectory { directory in
      let world = CommandWorld()
      world.environment = ["AXONIZE_DATA_DIR": directory]
      #expect(world.run("keys", "create", "--name", "collector", "-p", "ingest", "--expires", "90d") == .success)
      let key = String(world.output.dropLast())
      #expect(key.hasPrefix("axz_") && key.count == 57 && !key.contains("\n"))
      #expect(!world.errors.contains(key))
      let id = String(key.dropFirst(4).prefix(12))

      #expect(world.run("keys", "list") == .success)
      #expect(
        world.output == """
          ID            NAME       TENANT   MAY     CREATED (UTC)     LAST USED (UTC)  STATE
          \(id)  collector  default  ingest  2026-11-21 08:00  never            until 2027-02-19 08:00

          """)
      #expect(world.run("keys", "list", "--json") == .success)
      #expect(!world.output.contains(key.suffix(40)) && world.output.contains(#""permissions":["ingest"]"#))

      #expect(world.run("keys", "revoke", key) == .success)
      #expect(world.output == "revoked \(id) (collector)\n")
      #expect(world.run("keys", "list") == .success)
      #expect(world.output.isEmpty && world.errors.contains("keys create"))
      #expect(world.run("keys", "list", "--all") == .success)
      #expect(world.output.contains("revoked"))
    }
  }

  @Test func `what does not exist is not found`() throws {
    try withDirectory { directory in
      let world = CommandWorld()
      world.environment = ["AXONIZE_DATA_DIR": directory]
      #expect(world.run("keys", "revoke", "aaaaaaaaaaaa") == .notFound)
      #expect(world.run("keys", "revoke", "short") == .usage)
      #expect(world.run("keys", "create", "--tenant", "defualt") == .notFound)
      #expect(world.errors.contains("did you mean 'default'?"))
      #expect(world.run("tenants", "create", "blue") == .success)
      #expect(world.run("tenants", "create", "blue") == .failure)
      #expect(world.run("keys", "create", "--tenant", "blue", "--name", "") == .usage)
      #expect(world.run("keys", "create", "--tenant", "blue") == .success)
      #expect(world.run("tenants", "list") == .success)
      #expect(world.output == "ID  NAME\n 1  default\n 2  blue\n")
    }
  }

  @Test func `doctor tells what is wrong and what to do, and ends with code 1`() throws {
    try withDirectory { directory in
      let world = CommandWorld()
      world.environment = [
        "AXONIZE_DATA_DIR": directory + "/new", "AXONIZE_HTTP": "127.0.0.1:0", "AXONIZE_OTLP_GRPC": "off",
        "AXONIZE_OTLP_HTTP": "127.0.0.1:0", "AXONIZE_DISK_FREE_MIN": "0", "AXONIZE_ENGINE_MEMORY": "1GiB",
      ]
      #expect(world.run("doctor") == .success)
      #expect(world.output.contains("A server can run here.") && world.output.contains("chDB 26.9"))
      world.engine = .failure(CommandFailure(.failure, "none"))
      #expect(world.run("doctor") == .failure)
      #expect(world.output.contains("AXONIZE_ENGINE_LIBRARY") && world.output.contains("1 thing to put right"))
      world.environment["AXONIZE_DATA_DIR"] = "/dev/null/nothing"
      #expect(world.run("doctor", "--json") == .failure)
      #expect(world.output.contains(#""level":"problem","check":"data directory""#))
    }
  }

  @Test func `config shows values with their origins`() throws {
    let world = CommandWorld()
    world.files = ["axonize.yaml": "retention:\n  logs: 2d\n"]
    world.environment = ["AXONIZE_LOG_LEVEL": "debug"]
    #expect(world.run("config", "show", "--changed", "--http", "127.0.0.1:1") == .success)
    #expect(
      world.output == """
        SETTING         VALUE        FROM
        http            127.0.0.1:1  --http
        retention.logs  2d           axonize.yaml:2
        log.level       debug        AXONIZE_LOG_LEVEL

        """)
    world.files = ["axonize.yaml": "retention:\n  log: 2d\n"]
    #expect(world.run("config", "check") == .usage)
    #expect(
      world.errors.contains("axonize.yaml:2: there is no setting 'retention.log'; did you mean 'retention.logs'?"))
  }
}
