import Glibc
import Testing

@testable import CLI

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
      #expect(world.errors.contains("Data directory: \(directory) (no server runs on it)"))
      #expect(world.run("keys", "list", "--all") == .success)
      #expect(world.output.contains("revoked"))
    }
  }

  @Test(
    arguments: [
      ([], ["ingest", "query", "edit"]), (["-p", "all"], ["ingest", "query", "edit"]), (["-p", "edit"], ["edit"]),
      (["-p", "query", "--permission=ingest"], ["ingest", "query"]),
      (["-p", "query", "-p", "all"], ["ingest", "query", "edit"]), (["-p", "query", "-p", "query"], ["query"]),
    ] as [([String], [String])])
  func `a key may do what the command names, and everything without a name`(
    words: [String], permissions: [String]
  ) throws {
    try withDirectory { directory in
      let world = CommandWorld()
      world.environment = ["AXONIZE_DATA_DIR": directory]
      #expect(world.run(["keys", "create"] + words) == .success)
      #expect(world.run("keys", "list", "--json") == .success)
      let list = permissions.map { "\"\($0)\"" }.joined(separator: ",")
      #expect(world.output.contains(#""permissions":[\#(list)]"#), "\(world.output)")
      #expect(world.run("keys", "list") == .success)
      #expect(world.output.contains(" \(permissions.joined(separator: "+")) "), "\(world.output)")
    }
  }

  @Test func `what does not exist is not found`() throws {
    try withDirectory { directory in
      let world = CommandWorld()
      world.environment = ["AXONIZE_DATA_DIR": directory]
      #expect(world.run("tenants", "create", "red") == .success)
      #expect(world.run("keys", "revoke", "aaaaaaaaaaaa") == .notFound)
      #expect(world.run("keys", "revoke", "short") == .usage)
      #expect(world.run("keys", "create", "--tenant", "defualt") == .notFound)
      #expect(world.errors.contains("did you mean 'default'?"))
      #expect(world.run("tenants", "create", "blue") == .success)
      #expect(world.run("tenants", "create", "blue") == .failure)
      #expect(world.run("keys", "create", "--tenant", "blue", "--name", "") == .usage)
      #expect(world.run("keys", "create", "--tenant", "blue") == .success)
      #expect(world.run("tenants", "list") == .success)
      #expect(world.output == "ID  NAME\n 1  default\n 2  red\n 3  blue\n")
      #expect(world.run("tenants", "list", "--json") == .success)
      #expect(world.output.contains(#"{"id":3,"name":"blue","created_at":"2026-11-21T08:00:00Z"}"#), "\(world.output)")
    }
  }

  @Test(arguments: [["keys", "list"], ["tenants", "list"], ["keys", "revoke", "aaaaaaaaaaaa"]])
  func `reading makes no registry`(words: [String]) throws {
    try withDirectory { directory in
      let world = CommandWorld()
      for folder in [directory, directory + "/new"] {
        #expect(world.run(words + ["--data-dir", folder]) == .notFound)
        #expect(world.errors.contains("\(folder): no server has run there"), "\(world.errors)")
        #expect(unsafe access(folder + "/registry.sqlite", F_OK) != 0)
      }
      #expect(unsafe access(directory + "/new", F_OK) != 0)
    }
  }

  @Test func `no file is made in another user's directory`() throws {
    try withDirectory { directory in
      let world = CommandWorld()
      world.userID = geteuid() + 1
      #expect(world.run("keys", "create", "--data-dir", directory) == .notPermitted)
      #expect(world.errors.contains("sudo -u '#\(geteuid())' axonize"))
      #expect(unsafe access(directory + "/registry.sqlite", F_OK) != 0)
    }
  }

  @Test func `without a named directory the running server's is used`() throws {
    try withDirectory { directory in
      let world = CommandWorld()
      world.servers = [RunningServer(process: 42, userID: 0, dataDirectory: directory)]
      #expect(world.run("keys", "create", "--name", "a") == .success)
      #expect(world.errors.contains("Data directory: \(directory) (the server with process 42 runs on it)"))
      #expect(world.run("keys", "list", "--data-dir", directory) == .success)
      #expect(world.output.contains(" a ") && !world.errors.contains("warning"))
    }
  }

  @Test func `a directory that no server uses is warned of, with the command for the one that runs`() throws {
    try withDirectory { directory in
      let world = CommandWorld()
      world.servers = [RunningServer(process: 42, userID: 0, dataDirectory: "/srv/o'clock")]
      let given = ["keys", "create", "--name", "the collector", "-p", "ingest"]
      #expect(world.run(given + ["--data-dir", directory]) == .success)
      #expect(world.errors.contains("warning:"))
      let suggested = #"  axonize keys create --name 'the collector' -p ingest --data-dir '/srv/o'\''clock'"#
      #expect(world.errors.contains(suggested), "\(world.errors)")
      #expect(world.run(given + ["--data-dir=" + directory]) == .success)
      #expect(world.errors.contains(suggested), "\(world.errors)")
    }
  }

  @Test(
    arguments: [
      (["/a", "/b"], ExitCode.usage, "  axonize keys create --data-dir /b   (process 2)"),
      ([nil], .notPermitted, "sudo -u '#7' axonize keys create"),
    ] as [([String?], ExitCode, String)])
  func `a server that cannot be told is not guessed`(folders: [String?], code: ExitCode, message: String) {
    let world = CommandWorld()
    world.environment = ["HOME": "/dev/null"]
    world.servers = folders.enumerated().map { index, folder in
      RunningServer(process: Int32(index + 1), userID: 7, dataDirectory: folder)
    }
    #expect(world.run("keys", "create") == code)
    #expect(world.errors.contains(message), "\(world.errors)")
    #expect(world.output.isEmpty)
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
      #expect(world.output.contains("AXONIZE_ENGINE_LIBRARY") && world.output.contains("1 problem to fix"))
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
    #expect(world.errors.contains("axonize.yaml:2"))
    #expect(world.run("config", "check", "--json") == .usage)
    #expect(world.output.hasPrefix(#"{"is_valid":false,"problems":["axonize.yaml:2: "#), "\(world.output)")
    world.files = [:]
    world.environment = ["AXONIZE_COLOUR": "blue"]
    #expect(world.run("config", "check") == .success)
    #expect(world.errors.contains("AXONIZE_COLOUR") && world.output.contains("see the warnings above"))
    #expect(world.run("config", "check", "--json") == .success)
    #expect(world.output.contains(#""problems":[],"warnings":["The environment variable AXONIZE_COLOUR "#))
    #expect(world.run("version", "--json") == .success)
    #expect(world.output.hasPrefix(#"{"version":""#))
    world.environment = [:]
    world.files = ["axonize.yaml": "retention:\n  log: 2d\n"]
    #expect(world.run("config", "check") == .usage)
    #expect(
      world.errors.contains("axonize.yaml:2: there is no setting 'retention.log'; did you mean 'retention.logs'?"))
  }
}
