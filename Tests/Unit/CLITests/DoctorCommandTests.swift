import CommandTestSupport
import Commands
import Glibc
import System
import Testing

struct DoctorCommandTests {
  @Test func `doctor says what is wrong and what to do, and ends with code 1`() throws {
    try withDataDirectory { directory in
      let world = CommandWorld()
      world.environment = [
        "AXONIZE_DATA_DIR": directory + "/new", "AXONIZE_HTTP": "127.0.0.1:0", "AXONIZE_OTLP_GRPC": "off",
        "AXONIZE_OTLP_HTTP": "127.0.0.1:0", "AXONIZE_DISK_FREE_MIN": "0", "AXONIZE_ENGINE_MEMORY": "1GiB",
      ]
      #expect(world.run("doctor") == .success)
      #expect(world.output.contains("A server can run here."))
      #expect(world.output.contains("chDB 26.9"))
      world.engine = .failure(CommandFailure(.failure, "none"))
      #expect(world.run("doctor") == .failure)
      #expect(world.output.contains("AXONIZE_ENGINE_LIBRARY"))
      #expect(world.output.contains("1 problem to fix"))
      world.environment["AXONIZE_DATA_DIR"] = "/dev/null/nothing"
      #expect(world.run("doctor", "--json") == .failure)
      #expect(world.output.contains(#""level":"problem","check":"data directory""#))
    }
  }

  @Test(
    arguments: [
      (nil, ExitCode.failure, "does not respond"), ("/healthz", .failure, "is not Axonize"),
      ("/readyz", .failure, "problem  readiness"), ("/api/v1/services", .failure, "the server requires a key"),
      ("", .success, "The server works."),
    ] as [(String?, ExitCode, String)])
  func `doctor looks at a server as a client sees it`(broken: String?, code: ExitCode, text: String) {
    let world = CommandWorld()
    if let broken {
      world.answers = ["/healthz": (200, #"{"status":"ok"}"#), "/readyz": (200, "{}"), "/api/v1/services": (200, "{}")]
      if !broken.isEmpty { world.answers[broken] = (broken == "/api/v1/services" ? 401 : 503, "{}") }
    }
    #expect(world.run("doctor", "--server", "http://127.0.0.1:1") == code)
    #expect(world.output.contains(text), "\(world.output)")
    #expect(world.run("doctor", "--server", "http://127.0.0.1:1", "--json") == code)
    #expect(world.output.hasPrefix(#"{"data":[{"level":"#))
  }

  @Test func `doctor shows a mistake with which a server goes on`() {
    let world = CommandWorld()
    world.answers = [
      "/healthz": (200, #"{"status":"ok"}"#), "/api/v1/services": (200, "{}"),
      "/readyz": (200, #"{"status":"ready","checks":{"store":"ok","metrics":"a.yaml:8:12: there is no member 'x'"}}"#),
    ]
    #expect(world.run("doctor", "--server", "http://127.0.0.1:1") == .success)
    #expect(
      world.output.contains("it can store and query, but metrics: a.yaml:8:12: there is no member 'x'\n"),
      "\(world.output)")
  }

  private static func world(_ directory: String, http: String) -> CommandWorld {
    let world = CommandWorld()
    world.environment = [
      "AXONIZE_DATA_DIR": directory, "AXONIZE_HTTP": http, "AXONIZE_OTLP_GRPC": "off", "AXONIZE_OTLP_HTTP": "off",
      "AXONIZE_DISK_FREE_MIN": "0", "AXONIZE_ENGINE_MEMORY": "1GiB",
    ]
    return world
  }

  @Test(arguments: [true, false])
  func `doctor names a server that runs already and checks it`(works: Bool) throws {
    try withDataDirectory { directory in
      let socket = try Socket.listen(#require(SocketAddress("127.0.0.1:0")), sharingPort: false)
      let address = try #require(try Socket.localAddress(of: socket.rawValue))
      let world = Self.world(directory, http: "\(address)")
      #expect(world.run("doctor") == .failure)
      #expect(world.output.contains("\(address) cannot be listened on: process \(getpid()) ("), "\(world.output)")

      world.servers = [RunningServer(process: getpid(), userID: geteuid(), dataDirectory: directory)]
      world.answers = [
        "/healthz": (200, #"{"status":"ok"}"#), "/readyz": (works ? 200 : 503, "{}"), "/api/v1/services": (401, "{}"),
      ]
      #expect(world.run("doctor") == (works ? .success : .failure))
      for text in [
        "runs already: process \(getpid()), with the data directory \(directory)\n",
        "\(address) is in use by process \(getpid()), a server of Axonize\n", "the server requires a key",
        works ? "\nA server runs here already, and it works.\n" : "problem  readiness",
      ] {
        #expect(world.output.contains(text), "\(text) in \(world.output)")
      }
      #expect(!world.output.contains("A server can run here."))
    }
  }

  @Test func `doctor names a server of the same data directory at another address`() throws {
    try withDataDirectory { directory in
      let world = Self.world(directory, http: "127.0.0.1:0")
      world.servers = [RunningServer(process: 42, userID: 0, dataDirectory: directory)]
      #expect(world.run("doctor") == .success)
      #expect(world.output.contains("runs already: process 42"))
      #expect(world.output.contains("axonize doctor --server URL"))
      #expect(world.output.hasSuffix("\nA server runs here already.\n"), "\(world.output)")
      world.servers = [RunningServer(process: 42, userID: 0, dataDirectory: "/elsewhere")]
      #expect(world.run("doctor") == .success)
      #expect(world.output.hasSuffix("\nA server can run here.\n"), "\(world.output)")
    }
  }

  @Test func `doctor warns once of a variable that nothing reads`() {
    let world = CommandWorld()
    world.environment = ["AXONIZE_SERVR": "http://a:1", "AXONIZE_HTTP": "127.0.0.1:1"]
    #expect(world.run("doctor", "--server", "http://127.0.0.1:1") == .failure)
    #expect(
      world.errors
        == "warning: The environment variable AXONIZE_SERVR is not a setting and has no effect; did you mean "
        + "'AXONIZE_SERVER'?\n")
  }
}
