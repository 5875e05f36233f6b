import FoundationEssentials
import Series
import Synchronization
import System
import Testing

@testable import Scraping

@Suite struct FilePatternTests {
  @Test(arguments: [
    ("a.json", "*.json", true), ("a.yml", "*.json", false), ("abc", "a?c", true), ("ac", "a?c", false),
    ("aXbXc", "a*b*c", true), ("abcd", "a*c", false), ("", "*", true), ("aaab", "*ab", true), ("a", "a", true),
    ("ä", "?", true), ("a", "", false),
  ])
  func `names match patterns`(name: String, pattern: String, isMatch: Bool) {
    #expect(FilePattern.matches(name, pattern[...]) == isMatch)
  }

  @Test func `a pattern of many stars takes no time`() {
    let pattern = String(repeating: "*a", count: 50) + "b"
    #expect(!FilePattern.matches(String(repeating: "a", count: 20_000), pattern[...]))
  }
}

@Suite struct TargetFileTests {
  private static let json = #"[{"targets": ["a:1", "b:2"], "labels": {"env": "x\/y"}}, {"targets": ["c"]}]"#
  private static let yaml = "- targets: ['a:1', 'b:2']\n  labels:\n    env: x/y\n- targets: [c]\n"

  @Test(arguments: [("t.json", json), ("t.yml", yaml), ("t.yaml", "\n" + json)])
  func `groups are read from JSON and YAML`(path: String, text: String) throws {
    let groups = try TargetFile.read(Array(text.utf8), path: path)
    #expect(groups.map { $0.targets.map { $0["__address__"] } } == [["a:1", "b:2"], ["c"]])
    #expect(groups.map { $0.labels["env"] } == ["x/y", ""])
    #expect(groups.map { $0.labels["__meta_filepath"] } == [path, path])
    #expect(groups.map(\.source) == ["\(path):0", "\(path):1"])
  }

  @Test(arguments: ["", "null", "[]"]) func `an empty file has no targets`(text: String) throws {
    let groups = try TargetFile.read(Array(text.utf8), path: "t.yml")
    #expect(groups.isEmpty)
  }

  @Test(arguments: [
    ("t.json", "", "invalid JSON at byte 0"), ("t.json", "{}", "the file must hold a list of groups"),
    ("t.json", #"[{"targets": "a"}]"#, "group 1: 'targets' takes a list of texts"),
    ("t.json", #"[{"targets": []}, {"label": {}}]"#, "group 2: there is no member 'label'"),
    ("t.json", #"[{"labels": {"a": 1}}]"#, "group 1: 'labels' takes members that are texts"),
    ("t.json", #"[{"labels": {"a-b": "1"}}]"#, "group 1: 'a-b' is not a name of a label"),
    ("t.yml", "a: b", "1:1: the file must hold a list of groups"),
    ("t.yml", "- targets: a", "1:12: 'targets' of a group takes a list"),
    ("t.yml", "- target: [a]", "1:3: there is no member 'target' of a group"),
    ("t.yml", "- labels: {a-b: c}", "1:3: 'a-b' is not a name of a label"),
    ("t.yml", "- [", "2:1:"),
  ])
  func `a mistake is refused with its place`(path: String, text: String, message: String) throws {
    let error = try #require(throws: TargetFile.Failure.self) {
      try TargetFile.read(Array(text.utf8), path: path)
    }
    #expect(error.description.contains(message), "\(error)")
  }
}

@Suite struct FileDiscoveryTests {
  private func addresses(_ found: DiscoveredTargets) -> [String] {
    found.groups.flatMap(\.targets).map { $0["__address__"] }
  }

  /// Runs a body with a folder of its own.
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "axonize-scrape-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path())
  }

  private func write(_ path: String, _ text: String) throws { try File.writeAtomically(path, Array(text.utf8)) }

  @Test func `files that change, come and go are followed`() throws {
    try withFolder { folder in
      let discovery = FileDiscovery(
        patterns: ["\(folder)/*.json", "\(folder)/more.yml"], refreshInterval: .seconds(300))
      #expect(discovery.interval == .seconds(5))
      #expect(discovery.refresh() == DiscoveredTargets())
      try write("\(folder)/b.json", #"[{"targets": ["b"]}]"#)
      try write("\(folder)/a.json", #"[{"targets": ["a"]}]"#)
      try write("\(folder)/c.txt", "not one of them")
      #expect(addresses(discovery.refresh()) == ["a", "b"])
      try write("\(folder)/more.yml", "- targets: [c]")
      try write("\(folder)/a.json", #"[{"targets": ["a2"]}]"#)
      #expect(addresses(discovery.refresh()) == ["a2", "b", "c"])
      try FileManager.default.removeItem(atPath: "\(folder)/b.json")
      let found = discovery.refresh()
      #expect(addresses(found) == ["a2", "c"])
      #expect(found.problems.isEmpty)
    }
  }

  @Test func `a file that is broken keeps its targets until it is whole again`() throws {
    try withFolder { folder in
      let path = "\(folder)/t.json"
      let discovery = FileDiscovery(patterns: [path], refreshInterval: .seconds(1))
      try write(path, #"[{"targets": ["a"]}]"#)
      #expect(addresses(discovery.refresh()) == ["a"])
      try write(path, #"[{"targets": ["b""#)
      for _ in 1...2 {
        let found = discovery.refresh()
        #expect(addresses(found) == ["a"])
        #expect(found.problems.count == 1)
        #expect(found.problems.first?.contains("its targets stay as they were") == true)
      }
      try write(path, #"[{"targets": ["b", "c"]}]"#)
      let found = discovery.refresh()
      #expect(addresses(found) == ["b", "c"])
      #expect(found.problems.isEmpty)
    }
  }

  @Test func `a folder that is not there is a problem`() {
    let found = FileDiscovery(patterns: ["/no/such/folder/*.json"], refreshInterval: .seconds(1)).refresh()
    #expect(found.groups.isEmpty)
    #expect(found.problems.first?.hasPrefix("the files '/no/such/folder/*.json' cannot be listed: ") == true)
  }
}

@Suite struct DNSDiscoveryTests {
  /// Names in a table, which may change.
  private final class Table: TargetResolver {
    let hosts = Mutex<[String: [SocketAddress]]>([:])
    let records = Mutex<[String: [ServiceRecord]]>([:])

    func addresses(_ name: String) throws(NameError) -> [SocketAddress] {
      guard let found = hosts.withLock({ $0[name] }) else { throw NameError(host: name, code: -2, reason: "not known") }
      return found
    }

    func services(_ name: String) throws(NameError) -> [ServiceRecord] {
      guard let found = records.withLock({ $0[name] }) else {
        throw NameError(host: name, code: 1, reason: "not known")
      }
      return found
    }
  }

  private func discovery(_ names: [String], _ type: DNSRecordType, _ table: Table) -> DNSDiscovery {
    DNSDiscovery(names: names, type: type, port: 9100, interval: .seconds(30), resolver: table)
  }

  @Test func `addresses of a family become targets with the port`() throws {
    let table = Table()
    let addresses = try ["10.0.0.1", "::1", "10.0.0.2"].map { try #require(SocketAddress(host: $0, port: 0)) }
    table.hosts.withLock { $0["m.example"] = addresses }
    let ipv4 = discovery(["m.example"], .a, table).refresh()
    #expect(ipv4.groups.flatMap(\.targets).map { $0["__address__"] } == ["10.0.0.1:9100", "10.0.0.2:9100"])
    #expect(ipv4.groups.first?.labels == LabelSet([Label("__meta_dns_name", "m.example")]))
    let ipv6 = discovery(["m.example"], .aaaa, table).refresh()
    #expect(ipv6.groups.flatMap(\.targets).map { $0["__address__"] } == ["[::1]:9100"])
  }

  @Test func `services become targets with their own port`() {
    let table = Table()
    table.records.withLock { $0["_m._tcp.example"] = [ServiceRecord(target: "a.example", port: 81)] }
    let found = discovery(["_m._tcp.example"], .srv, table).refresh()
    let labels = LabelSet([
      Label("__address__", "a.example:81"), Label("__meta_dns_srv_record_target", "a.example."),
      Label("__meta_dns_srv_record_port", "81"),
    ])
    #expect(found.groups.flatMap(\.targets) == [labels])
  }

  @Test func `a name that cannot be looked up keeps its targets and loses no other`() throws {
    let table = Table()
    let address = try #require(SocketAddress(host: "10.0.0.1", port: 0))
    table.hosts.withLock { $0 = ["a": [address], "b": [address]] }
    let discovery = discovery(["a", "b"], .a, table)
    #expect(discovery.refresh().groups.count == 2)
    table.hosts.withLock { $0["a"] = nil }
    let found = discovery.refresh()
    #expect(found.groups.map(\.source) == ["a", "b"])
    #expect(found.problems == ["the name 'a' cannot be looked up: not known; its targets stay as they were"])
    table.hosts.withLock { $0["a"] = [] }
    #expect(discovery.refresh().groups.map(\.targets.count) == [0, 1])
  }
}
