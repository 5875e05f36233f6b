import Testing

@testable import Configuration

struct ConfigurationLoaderTests {
  private func load(
    _ file: String? = nil, environment: [String: String] = [:], flags: [String: String] = [:]
  ) throws -> Configuration {
    try ConfigurationLoader(environment: environment) { path in
      path == "axonize.yaml" ? file.map { Array($0.utf8) } : nil
    }
    .load(flags: flags)
  }

  private func problems(
    _ file: String? = nil, environment: [String: String] = [:], flags: [String: String] = [:]
  ) throws -> [String] {
    do {
      _ = try load(file, environment: environment, flags: flags)
      return []
    } catch let error as ConfigurationError {
      return error.problems
    }
  }

  @Test func `without anything every setting has its default`() throws {
    let configuration = try load()
    #expect(configuration[Settings.http] == .on(host: "127.0.0.1", port: 8080))
    #expect(configuration[Settings.traceRetention] == .seconds(30 * 86400))
    #expect(configuration[Settings.bodyBytesMax] == 64 << 20)
    #expect(Settings.all.allSatisfy { configuration[$0].origin == .standard })
    #expect(Set(Settings.all.map(\.key)).count == Settings.all.count)
    #expect(Set(Settings.all.map(\.environmentName)).count == Settings.all.count)
  }

  @Test func `flags go before the environment, which goes before the file, which goes before defaults`() throws {
    let file = "http: 127.0.0.1:1\notlp_grpc: 127.0.0.1:2\notlp_http: 127.0.0.1:3\nretention:\n  logs: 2d\n"
    let configuration = try load(
      file, environment: ["AXONIZE_HTTP": "127.0.0.1:4", "AXONIZE_OTLP_GRPC": "127.0.0.1:5", "AXONIZE_OTLP_HTTP": ""],
      flags: ["http": "127.0.0.1:6"])
    #expect(configuration[Settings.http.declaration] == .init(text: "127.0.0.1:6", origin: .flag("--http")))
    #expect(
      configuration[Settings.otlpGRPC.declaration]
        == .init(text: "127.0.0.1:5", origin: .environment("AXONIZE_OTLP_GRPC")))
    #expect(
      configuration[Settings.otlpHTTP.declaration]
        == .init(text: "127.0.0.1:3", origin: .file(path: "axonize.yaml", line: 3)))
    #expect(configuration[Settings.logRetention] == .seconds(2 * 86400))
    #expect(configuration[Settings.logRetention.declaration].origin == .file(path: "axonize.yaml", line: 5))
  }

  @Test(arguments: [
    ("retentoin:\n  traces: 1d", "axonize.yaml:1: there is no setting 'retentoin'; did you mean 'retention'?"),
    (
      "\nretention:\n  trace: 1d",
      "axonize.yaml:3: there is no setting 'retention.trace'; did you mean 'retention.traces'?"
    ),
    ("xyzzy: 1", "axonize.yaml:1: there is no setting 'xyzzy'"),
    (
      "http: 8080",
      "axonize.yaml:1: '8080' is no value for http, which takes host:port, [ipv6]:port, or off."
    ),
    (
      "limits:\n  body: 64 potatoes",
      "axonize.yaml:2: '64 potatoes' is no value for limits.body, which takes a size such as 512MiB or 2GiB."
    ),
    (
      "retention:\n  traces: 30",
      "axonize.yaml:2: '30' is no value for retention.traces, which takes a duration such as 500ms, 30s, 12h or 7d."
    ),
    ("http: [1]", "axonize.yaml:1: 'http' takes host:port, [ipv6]:port, or off, not a list or map."),
    ("retention: 7d", "axonize.yaml:1: 'retention' must hold 'name: value' lines."),
    ("- http", "axonize.yaml:1: the file must hold 'name: value' lines."),
    ("http: 1:1\nhttp: 1:2", "axonize.yaml:2:1: 'http' stands here and on line 1."),
  ])
  func `a mistake in the file is told with its place and a remedy`(file: String, problem: String) throws {
    #expect(try problems(file) == [problem])
  }

  @Test func `all mistakes are told at once`() throws {
    let found = try problems(
      "a_setting: 1\nhttp: x", environment: ["AXONIZE_QUERY_TIMEOUT": "soon"], flags: ["log.level": "loud"])
    #expect(found.count == 4)
    #expect(found[2].hasPrefix("AXONIZE_QUERY_TIMEOUT: 'soon' is no value"))
    #expect(found[3].hasPrefix("--log-level: 'loud' is no value for log.level, which takes one of debug"))
  }

  @Test func `a likely misspelt variable is warned of, other programs' variables are not`() throws {
    let configuration = try load(environment: [
      "AXONIZE_DATADIR": "/x", "AXONIZE_PORT_8080_TCP_ADDR": "10.0.0.1", "AXONIZE_SERVER": "http://x", "HOME": "/h",
    ])
    #expect(configuration.warnings.count == 1)
    #expect(configuration.warnings[0].contains("did you mean AXONIZE_DATA_DIR?"))
    #expect(configuration.dataDirectory == "/h/.local/share/axonize")
  }

  @Test func `a named file must exist`() throws {
    let loader = ConfigurationLoader(environment: [:]) { _ in nil }
    do {
      _ = try loader.load(path: "mine.yaml")
      Issue.record("loaded")
    } catch { #expect(error.problems == ["mine.yaml: there is no such file."]) }
  }

  @Test(arguments: ["0.0.0.0:8080", "[::]:8080", "10.0.0.1:8080", "example.com:8080", "127.0.0.1.example.com:80"])
  func `an address that others reach needs keys or an explicit permission`(address: String) throws {
    let refused = try problems(flags: ["http": address])
    #expect(refused.count == 1 && refused[0].contains("--require-keys") && refused[0].contains("--allow-public"))
    #expect(try problems(flags: ["http": address, "require_keys": "true"]).isEmpty)
    #expect(try problems(flags: ["http": address, "allow_public": "true"]).isEmpty)
  }

  @Test(arguments: ["127.0.0.1:0", "127.8.9.1:8080", "[::1]:8080", "localhost:8080", "off"])
  func `an address of this machine needs no key`(address: String) throws {
    #expect(try problems(flags: ["http": address]).isEmpty)
    #expect(try load(flags: ["http": address])[Settings.http].description == address)
  }

  @Test(
    arguments: [
      (["tls.certificate": "a.pem"], "tls.certificate needs tls.key"), (["tls.key": "a.pem"], "tls.key needs"),
      (["http": "127.0.0.1:4317"], "which http has already"),
      (["query.memory": "3GiB"], "query.memory is 3 GiB, more than engine.memory, 2 GiB"),
    ] as [([String: String], String)])
  func `settings that do not fit together are refused`(flags: [String: String], problem: String) throws {
    let found = try problems(flags: flags)
    #expect(found.count == 1 && found[0].contains(problem), "\(found)")
  }
}
