import CommandTestSupport
import Commands
import Glibc
import IdentityCommands
import Testing

extension CommandWorld {
  convenience init() { self.init(KeyCommands.all + TenantCommands.all) }
}

struct KeyCommandTests {
  @Test func `a key is made, listed without its secret, and revoked`() throws {
    try withDataDirectory { directory in
      let world = CommandWorld()
      world.environment = ["AXONIZE_DATA_DIR": directory]
      #expect(world.run("keys", "create", "--name", "collector", "-p", "ingest", "--expires", "90d") == .success)
      let key = String(world.output.dropLast())
      #expect(key.hasPrefix("axz_"))
      #expect(key.count == 57)
      #expect(!key.contains("\n"))
      #expect(!world.errors.contains(key))
      let id = String(key.dropFirst(4).prefix(12))

      #expect(world.run("keys", "list") == .success)
      #expect(
        world.output == """
          ID            NAME       TENANT   MAY     CREATED (UTC)     LAST USED (UTC)  STATE
          \(id)  collector  default  ingest  2026-11-21 08:00  never            until 2027-02-19 08:00

          """)
      #expect(world.run("keys", "list", "--json") == .success)
      #expect(!world.output.contains(key.suffix(40)))
      #expect(world.output.contains(#""permissions":["ingest"]"#))

      #expect(world.run("keys", "revoke", key) == .success)
      #expect(world.output == "revoked \(id) (collector)\n")
      #expect(world.run("keys", "list") == .success)
      #expect(world.output.isEmpty)
      #expect(world.errors.contains("keys create"))
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
    try withDataDirectory { directory in
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
    try withDataDirectory { directory in
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
    try withDataDirectory { directory in
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
    try withDataDirectory { directory in
      let world = CommandWorld()
      world.userID = geteuid() + 1
      #expect(world.run("keys", "create", "--data-dir", directory) == .notPermitted)
      #expect(world.errors.contains("sudo -u '#\(geteuid())' axonize"))
      #expect(unsafe access(directory + "/registry.sqlite", F_OK) != 0)
    }
  }

  @Test func `without a named directory the running server's is used`() throws {
    try withDataDirectory { directory in
      let world = CommandWorld()
      world.servers = [RunningServer(process: 42, userID: 0, dataDirectory: directory)]
      #expect(world.run("keys", "create", "--name", "a") == .success)
      #expect(world.errors.contains("Data directory: \(directory) (the server with process 42 runs on it)"))
      #expect(world.run("keys", "list", "--data-dir", directory) == .success)
      #expect(world.output.contains(" a "))
      #expect(!world.errors.contains("warning"))
    }
  }

  @Test func `a directory that no server uses is warned of, with the command for the one that runs`() throws {
    try withDataDirectory { directory in
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
  func `which server is meant is not guessed`(folders: [String?], code: ExitCode, message: String) {
    let world = CommandWorld()
    world.environment = ["HOME": "/dev/null"]
    world.servers = folders.enumerated().map { index, folder in
      RunningServer(process: Int32(index + 1), userID: 7, dataDirectory: folder)
    }
    #expect(world.run("keys", "create") == code)
    #expect(world.errors.contains(message), "\(world.errors)")
    #expect(world.output.isEmpty)
  }
}
