import Base
import HTTPClient
import Series
import Synchronization
import Testing

@testable import Scraping

/// Goal: a target that has ended gives its scrape up and stores nothing more.
@Suite struct ScrapeTargetTests {
  private func target(_ sink: KeepingSink) throws -> ScrapeTarget {
    let job = try #require(try ScrapeConfigurationTests.read("scrape_configs: [{job_name: j}]").jobs.first)
    let labels = LabelSet([Label("instance", "a"), Label("job", "j")])
    let definition = TargetDefinition(
      discoveredLabels: .empty, labels: labels, url: HTTPURL("http://a/metrics"),
      address: "http://a/metrics", interval: .seconds(60), timeout: .seconds(10))
    let series = TargetSeries(
      target: labels, job: job, budget: SeriesBudget(countMax: 100), reader: ExpositionReader(), sink: sink)
    return ScrapeTarget(id: 1, definition, of: job, series: series)
  }

  private func attempt(_ page: String) -> ScrapeAttempt {
    ScrapeAttempt(page: .success((Array(page.utf8), .text)), time: 1000, duration: .milliseconds(5))
  }

  @Test func `the end gives the scrape that runs up`() throws {
    let target = try target(KeepingSink())
    let cancelled = Atomic<Int>(0)
    target.run { cancelled.add(1, ordering: .relaxed) }
    #expect(cancelled.load(ordering: .relaxed) == 0)
    _ = target.end(now: UnixNanoseconds(0))
    #expect(cancelled.load(ordering: .relaxed) == 1)
    target.run { cancelled.add(1, ordering: .relaxed) }
    #expect(cancelled.load(ordering: .relaxed) == 2, "a scrape that begins after the end is given up at once")
  }

  @Test func `nothing is stored after the end`() throws {
    let sink = KeepingSink()
    let target = try target(sink)
    #expect(target.store(attempt("a 1\n"), at: UnixNanoseconds(5))?.isUp == true)
    #expect(target.end(now: UnixNanoseconds(2_000_000_000)).lines.contains(#"a{instance="a", job="j"} stale @2000"#))
    #expect(target.store(attempt("a 2\n"), at: UnixNanoseconds(6)) == nil)
    #expect(sink.batches.count == 1)
    #expect(target.view.lastScrape == UnixNanoseconds(5))
  }

  @Test func `the view says what is known`() throws {
    let target = try target(KeepingSink())
    #expect(target.view.health == .unknown)
    #expect(target.view.lastScrape == nil)
    _ = target.store(attempt("a\n"), at: UnixNanoseconds(7))
    #expect(target.view.health == .down)
    #expect(target.view.lastError.hasPrefix("line 1, column "))
    #expect(target.view.lastScrapeDuration == .milliseconds(5))
    target.discovered(LabelSet([Label("x", "y")]))
    #expect(target.view.discoveredLabels == LabelSet([Label("x", "y")]))
  }
}
