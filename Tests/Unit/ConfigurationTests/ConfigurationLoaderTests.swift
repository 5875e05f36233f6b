import Glibc
import Testing

@testable import Configuration

struct ConfigurationLoaderTests {
  private func load(
    _ file: String? = nil, environment: [String: String] = [:], flags: [String: String] = [:]
  ) throws -> Configuration {
    try ConfigurationLoader(TestSettings.catalog, environment: environment) { path in
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
    #expect(configuration[TestSettings.traces] == .seconds(30 * 86400))
    #expect(configuration[Settings.bodyBytesMax] == 64 << 20)
    #expect(TestSettings.catalog.all.allSatisfy { configuration[$0].origin == .default })
    #expect(Set(TestSettings.catalog.all.map(\.key)).count == TestSettings.catalog.all.count)
    #expect(Set(TestSettings.catalog.all.map(\.environmentName)).count == TestSettings.catalog.all.count)
  }

  @Test func `a section with a form of its own is left to who reads it`() throws {
    let configuration = try load("http: off\n\ncollect:\n  anything: [1, {a: b}]\n")
    #expect(configuration[TestSettings.section] == .file(path: "axonize.yaml", line: 3))
    #expect(configuration.filePath == "axonize.yaml")
    #expect(try load("collect:\n")[TestSettings.section] == nil)
    #expect(try load()[TestSettings.section] == nil)
    #expect(try load().filePath == nil)
    #expect(
      try problems("colect: {}\n") == ["axonize.yaml:1: there is no setting 'colect'; did you mean 'collect'?"])
    #expect(try problems("retention:\n  collect: 1\n").count == 1, "it stands at the top")
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
    #expect(configuration[TestSettings.logs] == .seconds(2 * 86400))
    #expect(configuration[TestSettings.logs.declaration].origin == .file(path: "axonize.yaml", line: 5))
  }

  @Test(arguments: [
    ("retentoin:\n  traces: 1d", "axonize.yaml:1: there is no setting 'retentoin'; did you mean 'retention'?"),
    (
      "\nretention:\n  trace: 1d",
      "axonize.yaml:3: there is no setting 'retention.trace'; did you mean 'retention.traces'?"
    ),
    ("jobs: []", "axonize.yaml:1: there is no setting 'jobs'; it belongs into the section 'collect'"),
    ("xyzzy: 1", "axonize.yaml:1: there is no setting 'xyzzy'"),
    (
      "http: 8080",
      "axonize.yaml:1: '8080' is not a value for http, which takes host:port, [ipv6]:port, or off."
    ),
    (
      "limits:\n  body: 64 potatoes",
      "axonize.yaml:2: '64 potatoes' is not a value for limits.body, which takes a size such as 512MiB or 2GiB."
    ),
    (
      "retention:\n  traces: 30",
      "axonize.yaml:2: '30' is not a value for retention.traces, which takes a duration such as 500ms, 30s, 12h or 7d."
    ),
    ("http: [1]", "axonize.yaml:1: 'http' takes host:port, [ipv6]:port, or off, not a list or map."),
    ("retention: 7d", "axonize.yaml:1: 'retention' must hold 'name: value' lines."),
    ("- http", "axonize.yaml:1: the file must hold 'name: value' lines."),
    ("http: 1:1\nhttp: 1:2", "axonize.yaml:2:1: 'http' stands here and on line 1."),
  ])
  func `a mistake in the file is reported with its place and a remedy`(file: String, problem: String) throws {
    #expect(try problems(file) == [problem])
  }

  @Test func `all mistakes are reported at once`() throws {
    let found = try problems(
      "a_setting: 1\nhttp: x", environment: ["AXONIZE_QUERY_TIMEOUT": "soon"], flags: ["log.level": "loud"])
    #expect(found.count == 4)
    #expect(found[2].hasPrefix("AXONIZE_QUERY_TIMEOUT: 'soon' is not a value"))
    #expect(found[3].hasPrefix("--log-level: 'loud' is not a value for log.level, which takes one of debug"))
  }

  @Test(
    arguments: [
      ("AXONIZE_DATADIR", "/x", "did you mean 'AXONIZE_DATA_DIR'?"), ("AXONIZE_UNHEARD_OF", "blue", "has no effect."),
      ("AXONIZE_PORT", "8080", "AXONIZE_PORT is not a setting"), ("AXONIZE_HOST", "a", "AXONIZE_HOST is not a setting"),
    ] as [(String, String, String)])
  func `an unknown variable is warned of`(name: String, text: String, warning: String) throws {
    let warnings = try load(environment: [name: text]).warnings
    #expect(warnings.count == 1)
    #expect(warnings.first?.contains(warning) == true, "\(warnings)")
  }

  @Test(
    arguments: [
      ("AXONIZE_SERVICE_HOST", "10.0.0.1"), ("AXONIZE_SERVICE_PORT", "8080"),
      ("AXONIZE_SERVICE_PORT_OTLP_GRPC", "4317"),
      ("AXONIZE_PORT", "tcp://10.0.0.1:8080"), ("AXONIZE_PORT_4317_TCP", "tcp://10.0.0.1:4317"),
      ("AXONIZE_PORT_4317_TCP_PROTO", "tcp"), ("AXONIZE_PORT_4317_TCP_PORT", "4317"),
      ("AXONIZE_PORT_4317_TCP_ADDR", "10.0.0.1"), ("AXONIZE_OTLP_SERVICE_HOST", "10.0.0.1"),
      ("AXONIZE_SERVER", "http://x"), ("AXONIZE_ENDPOINT", "http://x"), ("AXONIZE_SERVICE_NAME", "chat"),
      ("HOME", "/h"),
    ] as [(String, String)])
  func `what Kubernetes, the commands and the SDKs set is known`(name: String, text: String) throws {
    #expect(try load(environment: [name: text]).warnings.isEmpty)
  }

  @Test(arguments: [
    "sdk/python/src/axonize/_configuration.py", "Sources/SDK/Axonize/Lifecycle/ResolvedConfiguration.swift",
  ])
  func `every variable that the SDKs read is known`(path: String) throws {
    let root = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()
    let names = try variables(of: "\(root)/\(path)")
    #expect(names.count > 10, "\(path) names few variables: \(names)")
    for name in names where !ForeignVariables.sdks.contains(name) {
      Issue.record("\(path) reads \(name); add it to ForeignVariables.sdks, or servers warn of it")
    }
  }

  /// The words in a file that begin with our prefix.
  private func variables(of path: String) throws -> Set<String> {
    guard let file = unsafe fopen(path, "r") else {
      Issue.record("no \(path)")
      return []
    }
    defer { unsafe fclose(file) }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    let count = unsafe fread(&buffer, 1, buffer.count, file)
    let words = String(decoding: buffer[..<count], as: UTF8.self).split { !($0.isLetter || $0.isNumber || $0 == "_") }
    return Set(words.filter { $0.hasPrefix("AXONIZE_") && $0.count > 8 }.map(String.init))
  }

  @Test(arguments: [
    ("engine:\n  library: /x", Settings.engineLibrary, "'engine.library' names code to run"),
    ("retention:\n  folder: /x", TestSettings.folder, "'retention.folder' names files to read"),
  ])
  func `a file that is only found may name neither code to run nor files to read`(
    file: String, setting: Setting<String>, refusal: String
  ) throws {
    let found = try problems(file)
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("axonize.yaml:2: \(refusal), so it is refused") == true)
    #expect(found.first?.contains("--config or AXONIZE_CONFIG, or set \(setting.declaration.environmentName)") == true)
    let named = ConfigurationLoader(TestSettings.catalog, environment: [:]) { _ in Array(file.utf8) }
    #expect(try named.load(path: "axonize.yaml")[setting] == "/x")
    let variable = ConfigurationLoader(TestSettings.catalog, environment: ["AXONIZE_CONFIG": "axonize.yaml"]) { _ in
      Array(file.utf8)
    }
    #expect(try variable.load()[setting] == "/x")
    let standard = ConfigurationLoader(TestSettings.catalog, environment: [:]) { path in
      path == "/etc/axonize/axonize.yaml" ? Array(file.utf8) : nil
    }
    #expect(try standard.load()[setting] == "/x")
    #expect(try load(environment: [setting.declaration.environmentName: "/x"])[setting] == "/x")
  }

  @Test func `a file that is only found is known as one`() throws {
    #expect(try !load("http: off\n").isFileTrusted)
    #expect(try load().isFileTrusted)
    let loader = ConfigurationLoader(TestSettings.catalog, environment: [:]) { _ in Array("http: off\n".utf8) }
    #expect(try loader.load(path: "axonize.yaml").isFileTrusted)
  }

  @Test func `a setting of an earlier version is refused with advice`() throws {
    let problem = "the setting 'retention.points' is gone. Set retention.logs."
    #expect(try problems("retention:\n  logs: 1d\n  points: 7d\n") == ["axonize.yaml:3: \(problem)"])
    #expect(
      try problems(environment: ["AXONIZE_RETENTION_POINTS": "7d"]) == ["AXONIZE_RETENTION_POINTS: \(problem)"])
    #expect(try load(environment: ["AXONIZE_RETENTION_POINTS": ""]).warnings.isEmpty)
  }

  @Test func `a named file must exist`() throws {
    let loader = ConfigurationLoader(TestSettings.catalog, environment: [:]) { _ in nil }
    do {
      _ = try loader.load(path: "mine.yaml")
      Issue.record("loaded")
    } catch { #expect(error.problems == ["mine.yaml: there is no such file."]) }
  }

  @Test(arguments: ["0.0.0.0:8080", "[::]:8080", "10.0.0.1:8080", "example.com:8080", "127.0.0.1.example.com:80"])
  func `an address that others reach needs keys or an explicit permission`(address: String) throws {
    let refused = try problems(flags: ["http": address])
    #expect(refused.count == 1)
    let first = try #require(refused.first)
    #expect(first.contains("--require-keys"))
    #expect(first.contains("--allow-public"))
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
    #expect(found.count == 1, "\(found)")
    #expect(found.first?.contains(problem) == true, "\(found)")
  }
}
