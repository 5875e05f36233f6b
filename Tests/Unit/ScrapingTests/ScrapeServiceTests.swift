import Base
import Feature
import FoundationEssentials
import Metrics
import NetworkTestSupport
import Series
import System
import TestSupport
import Testing

@testable import Scraping

/// Goal: targets are scraped for as long as the service runs.
///
/// Method: servers on the loopback interface, a sink that keeps everything.
@Suite(.timeLimit(.minutes(2))) struct ScrapeServiceTests {
  /// Runs a body with a service over a configuration.
  private func with(
    _ text: String, limits: ScrapeLimits = ScrapeLimits(), _ body: (ScrapeService, KeepingSink) async throws -> Void
  ) async throws {
    let sink = KeepingSink()
    let service = ScrapeService(
      try ScrapeConfigurationTests.read(text), sink: sink, limits: limits,
      version: "test", logger: .disabled, now: { WallClock.now })
    // As the server starts and stops it.
    let running: any Service = service
    try running.start()
    do {
      try await body(service, sink)
    } catch {
      running.stop()
      throw error
    }
    running.stop()
  }

  /// A job of static targets that are scraped twice a second.
  private func job(_ targets: [String], _ members: String = "") -> String {
    """
    scrape_configs:
      - job_name: j
        scrape_interval: 500ms
        \(members)
        static_configs: [{targets: [\(targets.map { "'\($0)'" }.joined(separator: ", "))]}]
    """
  }

  private func values(_ sink: KeepingSink, _ name: String, instance: String) -> [Double] {
    sink.batches.flatMap { batch in
      (0..<batch.count).filter {
        batch.labels[$0].metricName == name && batch.labels[$0]["instance"] == instance
      }.map { batch.values[$0] }
    }
  }

  @Test func `a target is scraped again and again, and marked stale at the end`() async throws {
    let server = try ScrapedServer()
    defer { server.stop() }
    server.page("a 1\n")
    var ended: KeepingSink?
    try await with(job([server.address])) { service, sink in
      ended = sink
      await eventually { values(sink, "a", instance: server.address).count >= 3 }
      await eventually { service.targets.active.first?.health == .up }
      let target = try #require(service.targets.active.first)
      #expect(target.scrapePool == "j")
      #expect(target.scrapeURL == "http://\(server.address)/metrics")
      #expect(target.labels == LabelSet([Label("instance", server.address), Label("job", "j")]))
      #expect(target.discoveredLabels["__address__"] == server.address)
      #expect(target.lastScrape != nil)
      #expect(target.intervalText == "500ms")
      #expect(target.timeoutText == "500ms")
    }
    let last = try #require(ended?.batches.last)
    #expect(last.labels.contains { $0.metricName == "up" })
    #expect(last.values.allSatisfy { StaleMarker.isStale($0) })
    let times = try #require(ended).batches.flatMap(\.times)
    #expect(last.times.allSatisfy { time in times.allSatisfy { $0 <= time } })
  }

  @Test func `a target that is down does not keep others from being scraped`() async throws {
    let server = try ScrapedServer()
    defer { server.stop() }
    server.page("a 1\n")
    let silent = try ScrapedServer()
    defer { silent.stop() }
    // A port that nobody listens on.
    let closed = try ScrapedServer()
    closed.stop()
    let broken = try ScrapedServer()
    defer { broken.stop() }
    broken.page("a 1\n<html>\n")
    try await with(job([silent.address, broken.address, server.address])) { service, sink in
      await eventually {
        values(sink, "up", instance: server.address).contains(1)
          && values(sink, "up", instance: silent.address).count >= 2
          && values(sink, "up", instance: broken.address).count >= 2
      }
      #expect(Set(values(sink, "up", instance: silent.address)) == [0])
      #expect(Set(values(sink, "up", instance: broken.address)) == [0])
      #expect(values(sink, "a", instance: broken.address).isEmpty, "a broken page is refused as a whole")
      await eventually { service.targets.active.map(\.health) == [.down, .down, .up] }
      await eventually { service.targets.active[1].lastError.hasPrefix("line 2, column 1: ") }
      #expect(
        service.targets.active[0].lastError == "the page was not there within the scrape_timeout of 500ms")
    }
  }

  @Test func `a target never has two scrapes at once`() async throws {
    let server = try ScrapedServer()
    defer { server.stop() }
    try await with(job([server.address])) { service, sink in
      // Each scrape waits for its timeout, as long as the interval, so that ticks are left out or follow at once.
      await eventually { values(sink, "up", instance: server.address).count >= 3 }
      #expect(service.targets.active.count == 1)
    }
  }

  @Test func `no more scrapes run at once than may`() async throws {
    let servers = try (0..<3).map { _ in try ScrapedServer() }
    defer { for server in servers { server.stop() } }
    for server in servers { server.page("a 1\n") }
    var limits = ScrapeLimits()
    limits.runningCountMax = 1
    try await with(job(servers.map(\.address)), limits: limits) { _, sink in
      await eventually { servers.allSatisfy { values(sink, "a", instance: $0.address).count >= 2 } }
    }
  }

  @Test func `targets of files come, change and go`() async throws {
    let first = try ScrapedServer()
    defer { first.stop() }
    let second = try ScrapedServer()
    defer { second.stop() }
    first.page("a 1\n")
    second.page("a 2\n")
    let file = FileManager.default.temporaryDirectory.appending(path: "axonize-targets-\(UUID().uuidString).json")
      .path()
    defer { try? FileManager.default.removeItem(atPath: file) }
    func write(_ servers: ScrapedServer...) throws {
      let list = servers.map { "\"\($0.address)\"" }.joined(separator: ",")
      try File.writeAtomically(file, Array("[{\"targets\": [\(list)]}]".utf8))
    }
    try write(first)
    let text = """
      scrape_configs:
        - job_name: j
          scrape_interval: 500ms
          file_sd_configs: [{files: ['\(file)'], refresh_interval: 100ms}]
      """
    try await with(text) { service, sink in
      await eventually { !values(sink, "a", instance: first.address).isEmpty }
      try write(first, second)
      await eventually { !values(sink, "a", instance: second.address).isEmpty }
      try write(second)
      await eventually { values(sink, "a", instance: first.address).last.map { StaleMarker.isStale($0) } ?? false }
      await eventually { service.targets.active.count == 1 }
      #expect(service.targets.active.first?.labels["instance"] == second.address)
      #expect(values(sink, "up", instance: first.address).last.map { StaleMarker.isStale($0) } == true)
    }
  }

  @Test func `dropped targets are listed and counted`() async throws {
    let text = """
      scrape_configs:
        - job_name: j
          static_configs: [{targets: [a, b, c]}]
          relabel_configs:
            - {source_labels: [__address__], regex: a, action: drop}
            - {source_labels: [__address__], regex: c, target_label: __address__, replacement: c/d}
        - job_name: k
          target_limit: 1
          static_configs: [{targets: [a, b]}]
      """
    try await with(text) { service, _ in
      let view = service.targets
      #expect(view.active.map(\.scrapePool) == ["j", "k", "k"])
      #expect(view.dropped.map { $0.discoveredLabels["__address__"] } == ["a", "c"])
      #expect(
        view.dropped.map { $0.error ?? "" } == ["", "the address 'c/d' holds a '/': it must be HOST or HOST:PORT"])
      #expect(view.droppedCounts == ["j": 2, "k": 0])
    }
  }

  @Test func `targets beyond the limit of their job all fail`() async throws {
    let server = try ScrapedServer()
    defer { server.stop() }
    server.page("a 1\n")
    try await with(job([server.address, "127.0.0.2:1"], "target_limit: 1")) { service, sink in
      await eventually { !values(sink, "up", instance: server.address).isEmpty }
      #expect(Set(values(sink, "up", instance: server.address)) == [0])
      await eventually { service.targets.active.first?.lastError.contains("target_limit of 1") == true }
      #expect(server.heads.isEmpty, "nothing is asked")
    }
  }

  @Test func `a store that refuses is said at the target`() async throws {
    let server = try ScrapedServer()
    defer { server.stop() }
    server.page("a 1\n")
    let metrics = MetricRegistry()
    try await with(job([server.address])) { service, sink in
      service.register(in: metrics)
      sink.outcome = .refused(reason: "the disk is full")
      await eventually { service.targets.active.first?.lastError.contains("the disk is full") == true }
      sink.outcome = .stored()
      await eventually { service.targets.active.first?.lastError == "" }
      func value(_ name: String, _ outcome: String) -> Double {
        let family = metrics.snapshot().first { $0.name == name }
        guard case .number(let value) = family?.series.first(where: { $0.labels.first?.value == outcome })?.value else {
          return -1
        }
        return value
      }
      #expect(value("axonize_scrape_samples_total", "rejected") >= 7)
      await eventually { value("axonize_scrape_samples_total", "stored") >= 7 }
      #expect(value("axonize_scrapes_total", "up") >= 2)
    }
  }

  @Test func `markers that the store refuses at the end are counted`() async throws {
    let server = try ScrapedServer()
    defer { server.stop() }
    server.page("a 1\n")
    let metrics = MetricRegistry()
    try await with(job([server.address])) { service, sink in
      service.register(in: metrics)
      await eventually { !values(sink, "a", instance: server.address).isEmpty }
      sink.outcome = .refused(reason: "the server stops")
    }
    let family = metrics.snapshot().first { $0.name == "axonize_scrape_samples_total" }
    let rejected = family?.series.first { $0.labels.first?.value == "rejected" }
    guard case .number(let count) = rejected?.value else {
      Issue.record("no counter of rejected samples")
      return
    }
    #expect(count >= 6, "at least the reports")
  }

  @Test func `it stops while a scrape waits for its page, which is given up`() async throws {
    let server = try ScrapedServer()
    defer { server.stop() }
    let text = """
      scrape_configs:
        - job_name: j
          scrape_interval: 3s
          scrape_timeout: 3s
          static_configs: [{targets: ['\(server.address)']}]
      """
    var ended: KeepingSink?
    try await with(text) { _, sink in
      ended = sink
      await eventually { !server.heads.isEmpty }
    }
    let batches = try #require(ended).batches
    #expect(batches.isEmpty, "nothing of a scrape that was given up is stored")
  }

  @Test func `nothing runs where there are no jobs`() async throws {
    try await with("") { service, sink in
      #expect(service.targets.active.isEmpty)
      #expect(sink.batches.isEmpty)
    }
  }
}
