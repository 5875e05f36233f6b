import Base
import FoundationEssentials
import Metrics
import NetworkTestSupport
import Series
import SeriesPatterns
import System
import TestSupport
import Testing

@testable import Scraping

/// Goal: a changed configuration is taken on without a restart, and what is the same goes on as it was.
@Suite(.timeLimit(.minutes(2))) struct ScrapeReloadTests {
  private static func path() -> String {
    FileManager.default.temporaryDirectory.appending(path: "axonize-scrape-\(UUID().uuidString).yml").path()
  }

  private func job(_ name: String, _ target: String, _ members: String = "") -> String {
    """
      - job_name: \(name)
        scrape_interval: 100ms
        static_configs: [{targets: ['\(target)']}]
        \(members)

    """
  }

  /// Runs a body with a service of a file.
  private func with(
    _ path: String, section: String? = nil, _ body: (ScrapeService, KeepingSink) async throws -> Void
  ) async throws {
    let file = ScrapeConfigurationFile(
      path, section: section, reservedJobs: ["textfile"], compiler: SeriesPatternCompiler())
    let sink = KeepingSink()
    let service = ScrapeService(
      try file.read(), from: file, sink: sink, version: "test", logger: .disabled, now: { WallClock.now })
    try service.start()
    defer {
      service.stop()
      try? FileManager.default.removeItem(atPath: path)
    }
    try await body(service, sink)
  }

  private func values(_ sink: KeepingSink, _ name: String, job: String) -> [Double] {
    sink.batches.flatMap { batch in
      (0..<batch.count).filter { batch.labels[$0].metricName == name && batch.labels[$0]["job"] == job }
        .map { batch.values[$0] }
    }
  }

  private func isStale(_ sink: KeepingSink, _ name: String, job: String) -> Bool {
    values(sink, name, job: job).last.map { StaleMarker.isStale($0) } ?? false
  }

  private func gauge(_ service: ScrapeService, _ name: String) -> Double {
    let registry = MetricRegistry()
    service.register(in: registry)
    guard case .number(let value) = registry.snapshot().first(where: { $0.name == name })?.series.first?.value else {
      return -1
    }
    return value
  }

  @Test func `jobs that are the same go on, others come and end with stale markers`() async throws {
    let server = try ScrapedServer()
    defer { server.stop() }
    server.page("a 1\n")
    let path = Self.path()
    func write(_ jobs: String...) throws {
      try File.writeAtomically(path, Array(("scrape_configs:\n" + jobs.joined()).utf8))
    }
    let stays = job("stays", server.address, "relabel_configs: [{target_label: zone, replacement: z}]")
    try write(stays, job("goes", server.address), job("changes", server.address))
    try await with(path) { service, sink in
      await eventually { ["stays", "goes", "changes"].allSatisfy { values(sink, "a", job: $0).count >= 2 } }
      let before = service.targets.active
      #expect(before.map(\.scrapePool) == ["stays", "goes", "changes"])
      try write(job("comes", server.address), job("changes", server.address, "honor_labels: true"), "\n" + stays)
      service.reload()
      await eventually { values(sink, "a", job: "comes").count >= 2 }
      await eventually { isStale(sink, "a", job: "goes") && isStale(sink, "up", job: "goes") }
      await eventually { values(sink, "a", job: "changes").contains { StaleMarker.isStale($0) } }
      await eventually { values(sink, "a", job: "changes").last == 1 }
      #expect(service.targets.active.map(\.scrapePool) == ["comes", "changes", "stays"])
      #expect(!values(sink, "a", job: "stays").contains { StaleMarker.isStale($0) })
      #expect(values(sink, "scrape_series_added", job: "stays").filter { $0 > 0 }.count == 1, "its series are known")
      #expect(service.targets.active.last?.lastScrape != nil)
      let count = values(sink, "a", job: "stays").count
      await eventually { values(sink, "a", job: "stays").count > count }
      #expect(values(sink, "a", job: "goes").filter { StaleMarker.isStale($0) }.count == 1)
    }
  }

  @Test func `a file that is broken or gone leaves everything as it was`() async throws {
    let server = try ScrapedServer()
    defer { server.stop() }
    server.page("a 1\n")
    let path = Self.path()
    let good = "scrape_configs:\n" + job("j", server.address)
    try File.writeAtomically(path, Array(good.utf8))
    try await with(path) { service, sink in
      await eventually { !values(sink, "a", job: "j").isEmpty }
      #expect(gauge(service, "axonize_scrape_config_last_reload_successful") == 1)
      for text in ["scrape_configs: [{job_name: j, what: 1}]", "a: [", "scrape_configs: [{job_name: textfile}]"] {
        let succeeded = gauge(service, "axonize_scrape_config_last_reload_success_timestamp_seconds")
        #expect(succeeded > 1_700_000_000)
        try File.writeAtomically(path, Array(text.utf8))
        service.reload()
        await eventually { service.problem?.hasPrefix("\(path):") == true }
        #expect(gauge(service, "axonize_scrape_config_last_reload_successful") == 0)
        #expect(gauge(service, "axonize_scrape_config_last_reload_success_timestamp_seconds") == succeeded)
        #expect(service.targets.active.map(\.scrapePool) == ["j"])
        try File.writeAtomically(path, Array(good.utf8))
        service.reload()
        await eventually { service.problem == nil }
      }
      try FileManager.default.removeItem(atPath: path)
      service.reload()
      await eventually { service.problem?.hasPrefix("\(path): the file cannot be read") == true }
      #expect(!isStale(sink, "a", job: "j"))
    }
  }

  @Test func `a file is looked at without being asked to`() async throws {
    let path = Self.path()
    try File.writeAtomically(path, Array("scrape_configs: []".utf8))
    try await with(path) { service, _ in
      try File.writeAtomically(path, Array("scrape_configs: [{job_name: j, static_configs: [{targets: [a]}]}]".utf8))
      await eventually(within: .seconds(60)) { service.targets.active.map(\.scrapePool) == ["j"] }
    }
  }

  @Test func `a section of another file begins empty, comes and goes`() async throws {
    let server = try ScrapedServer()
    defer { server.stop() }
    server.page("a 1\n")
    let path = Self.path()
    try File.writeAtomically(path, Array("http: off\n".utf8))
    try await with(path, section: "scrape") { service, sink in
      #expect(service.targets.active.isEmpty)
      let section =
        "http: off\nscrape:\n  scrape_configs:\n"
        + job("j", server.address).split(separator: "\n").map { "  \($0)\n" }.joined()
      try File.writeAtomically(path, Array(section.utf8))
      service.reload()
      await eventually { !values(sink, "a", job: "j").isEmpty }
      try File.writeAtomically(path, Array("http: off\nscrape:\n  scrape_confgs: []\n".utf8))
      service.reload()
      await eventually {
        service.problem?.hasPrefix("\(path):3:3: there is no member 'scrape_confgs' of scrape") == true
      }
      try File.writeAtomically(path, Array("http: off\nscrape:\n".utf8))
      service.reload()
      await eventually { isStale(sink, "a", job: "j") }
      await eventually { service.problem == nil }
    }
  }

  @Test func `targets of files are those of the new job`() async throws {
    let targets = Self.path()
    defer { try? FileManager.default.removeItem(atPath: targets) }
    try File.writeAtomically(targets, Array("- targets: [one]\n".utf8))
    let path = Self.path()
    func text(_ members: String) -> [UInt8] {
      Array("scrape_configs: [{job_name: j, file_sd_configs: [{files: ['\(targets)']}]\(members)}]".utf8)
    }
    try File.writeAtomically(path, text(""))
    try await with(path) { service, _ in
      await eventually { service.targets.active.map(\.scrapeURL) == ["http://one/metrics"] }
      try File.writeAtomically(path, text(", metrics_path: /other"))
      service.reload()
      await eventually { service.targets.active.map(\.scrapeURL) == ["http://one/other"] }
    }
  }

  @Test func `jobs are the same where their members are`() throws {
    let text = """
      scrape_configs:
        - job_name: j
          params: {a: [b]}
          basic_auth: {username: u, password: p}
          relabel_configs: [{source_labels: [a], regex: 'x(.*)', target_label: b}]
          metric_relabel_configs: [{regex: 'y', action: labeldrop}]
      """
    func job(_ text: String) throws -> ScrapeJob? { try ScrapeConfigurationTests.read(text).jobs.first }
    let first = try #require(try job(text))
    #expect(try job("\n" + text) == first)
    for (old, new) in [
      ("x(.*)", "x(.+)"), ("regex: 'y'", "regex: 'z'"), ("password: p", "password: q"), ("[b]", "[c]"),
      ("target_label: b", "target_label: c"), ("labeldrop", "labelkeep"), ("[a]", "[c]"),
    ] {
      #expect(try job(text.replacing(old, with: new)) != first, "\(new)")
    }
    #expect(try job("global: {scrape_interval: 5s}\n" + text) != first)
  }
}
