import Series
import Testing

@testable import Scraping

/// Goal: pages become samples as Prometheus' `scrape/scrape.go` makes them.
///
/// Method: pages in, batches of a sink out.
@Suite struct TargetSeriesTests {
  /// A target with its sink.
  private final class Target {
    let sink = KeepingSink()
    let budget: SeriesBudget
    var series: TargetSeries
    private var time: Int64 = 0

    init(_ members: String = "", seriesCountMax: Int = 1000) throws {
      budget = SeriesBudget(countMax: seriesCountMax)
      let file = "scrape_configs:\n  - job_name: j\n    \(members)\n"
      guard let job = try ScrapeConfigurationTests.read(file).jobs.first else { throw CancellationError() }
      series = TargetSeries(
        target: LabelSet([Label("instance", "a:1"), Label("job", "j")]), job: job, budget: budget,
        reader: ExpositionReader(), sink: sink)
    }

    /// Scrapes a page, 1,000 ms after the one before; nil fails.
    @discardableResult
    func scrape(_ page: String?, _ format: PageFormat = .text) -> ScrapeOutcome {
      time += 1000
      let result: Result<(bytes: [UInt8], format: PageFormat), PageFailure> =
        page.map { .success((Array($0.utf8), format)) } ?? .failure(PageFailure("no page"))
      return series.store(ScrapeAttempt(page: result, time: time, duration: .milliseconds(250)))
    }

    /// The samples of the last batch, without those about the scrape.
    var last: [String] { sink.batches.last?.pageLines ?? [] }

    /// The value of a report in the last batch.
    func report(_ name: String) -> Double? {
      guard let batch = sink.batches.last else { return nil }
      return batch.labels.firstIndex { $0.metricName == name }.map { batch.values[$0] }
    }
  }

  private static let own = #"instance="a:1", job="j""#

  @Test func `a page gives its series with the labels of the target, and what is known of the scrape`() throws {
    let target = try Target()
    let page = "# HELP a Help.\n# TYPE a counter\na{x=\"1\"} 2\na{x=\"2\"} 3 500\nb NaN\n"
    #expect(target.scrape(page) == ScrapeOutcome(isUp: true, error: "", storedCount: 9))
    #expect(
      target.sink.lines == [
        #"a{instance="a:1", job="j", x="1"} 2.0 @1000"#, #"a{instance="a:1", job="j", x="2"} 3.0 @500"#,
        "b{\(Self.own)} nan @1000", "scrape_body_size_bytes{\(Self.own)} \(Double(page.utf8.count)) @1000",
        "scrape_samples_post_metric_relabeling{\(Self.own)} 3.0 @1000",
        "scrape_samples_scraped{\(Self.own)} 3.0 @1000", "scrape_series_added{\(Self.own)} 3.0 @1000",
        "up{\(Self.own)} 1.0 @1000",
      ])
    #expect(target.report("scrape_duration_seconds") == 0.25)
    let metadata = try #require(target.sink.batches.first).metadata
    #expect(metadata.contains(MetricMetadata(family: "a", kind: .counter, help: "Help.")))
  }

  @Test func `an unchanged page costs no labels, adds no series and repeats no metadata`() throws {
    let target = try Target()
    let page = "# TYPE a gauge\na{x=\"1\"} 1\n"
    target.scrape(page)
    target.scrape(page)
    #expect(target.last == [#"a{instance="a:1", job="j", x="1"} 1.0 @2000"#])
    #expect(target.report("scrape_series_added") == 0)
    #expect(target.sink.batches.last?.metadata.isEmpty == true)
    #expect(target.budget.count == 1)
    target.scrape("# TYPE a counter\na{x=\"1\"} 1\n")
    #expect(target.sink.batches.last?.metadata.map(\.kind) == [.counter])
  }

  @Test func `a series that has gone is marked stale once`() throws {
    let target = try Target()
    target.scrape("a 1\nb 2\n")
    target.scrape("a 1\n")
    #expect(target.last == ["a{\(Self.own)} 1.0 @2000", "b{\(Self.own)} stale @2000"])
    target.scrape("a 1\n")
    #expect(target.last == ["a{\(Self.own)} 1.0 @3000"])
    target.scrape("a 1\nb 2\n")
    #expect(target.last == ["a{\(Self.own)} 1.0 @4000", "b{\(Self.own)} 2.0 @4000"])
  }

  @Test func `a scrape that fails marks everything stale`() throws {
    let target = try Target()
    target.scrape("a 1\n")
    #expect(target.scrape(nil) == ScrapeOutcome(isUp: false, error: "no page", storedCount: 7))
    #expect(target.last == ["a{\(Self.own)} stale @2000"])
    #expect(target.report("up") == 0)
    target.scrape(nil)
    #expect(target.last == [])
    target.scrape("a 2\n")
    #expect(target.last == ["a{\(Self.own)} 2.0 @4000"])
    #expect(target.report("scrape_series_added") == 0)
  }

  @Test(arguments: ["a 1\nb{ 2\n", "a 1\nb x\n", "a 1\n<html>\n"])
  func `a broken page is refused as a whole`(page: String) throws {
    let target = try Target()
    target.scrape("a 1\n")
    let outcome = target.scrape(page)
    #expect(!outcome.isUp)
    #expect(outcome.error.contains("2"), "the line: \(outcome.error)")
    #expect(target.last == ["a{\(Self.own)} stale @2000"])
    #expect(target.report("up") == 0)
  }

  @Test func `an OpenMetrics page needs its end`() throws {
    let target = try Target()
    #expect(!target.scrape("# TYPE a gauge\na 1\n", .openMetrics).isUp)
    #expect(target.scrape("# TYPE a gauge\na 1 2.5\n# EOF\n", .openMetrics).isUp)
    #expect(target.last == ["a{\(Self.own)} 1.0 @2500"], "seconds become milliseconds")
  }

  @Test func `series with times of their own are not marked stale, unless the job says so`() throws {
    for isTracked in [false, true] {
      let target = try Target("track_timestamps_staleness: \(isTracked)")
      target.scrape("a 1 500\n")
      target.scrape("")
      #expect(target.last == (isTracked ? ["a{\(Self.own)} stale @2000"] : []))
    }
  }

  @Test func `times of the page do not count where the job says so`() throws {
    let target = try Target("honor_timestamps: false")
    target.scrape("a 1 500\n")
    #expect(target.last == ["a{\(Self.own)} 1.0 @1000"])
    target.scrape("")
    #expect(target.last == ["a{\(Self.own)} stale @2000"])
  }

  @Test func `labels of the page make way for those of the target`() throws {
    let target = try Target()
    target.scrape("a{job=\"p\",exported_job=\"q\",x=\"\"} 1\n")
    #expect(
      target.last == [
        #"a{exported_exported_job="p", exported_job="q", instance="a:1", job="j"} 1.0 @1000"#
      ])
    let honest = try Target("honor_labels: true")
    honest.scrape("a{job=\"p\"} 1\n")
    #expect(honest.last == [#"a{instance="a:1", job="p"} 1.0 @1000"#])
  }

  @Test func `relabelling changes and drops series`() throws {
    let target = try Target(
      """
      metric_relabel_configs:
            - {source_labels: [__name__], regex: 'go_.*', action: drop}
            - {source_labels: [x], regex: '(.)', target_label: y, replacement: 'y$1'}
            - {regex: x, action: labeldrop}
      """)
    for time in [1000, 2000] {
      target.scrape("go_a 1\nb{x=\"1\"} 2\n")
      #expect(target.last == [#"b{instance="a:1", job="j", y="y1"} 2.0 @\#(time)"#])
      #expect(target.report("scrape_samples_scraped") == 2)
      #expect(target.report("scrape_samples_post_metric_relabeling") == 1)
    }
  }

  @Test func `relabelling that drops every label is an error, and loses nothing else`() throws {
    for rule in ["{regex: '.*', action: labeldrop}", "{regex: __name__, action: labeldrop}"] {
      let only = #"{source_labels: [__name__], regex: 'bad.*', target_label: __tmp, replacement: x}"#
      // Of the bad ones alone the rule takes the labels: the others lose a label that they do not have.
      let target = try Target("metric_relabel_configs: [\(only), \(rule)]")
      let outcome = target.scrape("bad{x=\"1\"} 1\nbad2 2\n")
      #expect(outcome.isUp)
      #expect(outcome.error.contains("removed the name or every label of 2 samples, e.g. of 'bad{x=\"1\"}'"))
      #expect(target.last == [])
      #expect(target.report("up") == 1)
    }
    let target = try Target(
      "metric_relabel_configs: [{source_labels: [__name__], regex: bad, target_label: __name__, replacement: ''}]")
    let outcome = target.scrape("bad 1\ngood 2\n")
    #expect(outcome.error.contains("of 1 samples, e.g. of 'bad'"))
    #expect(target.last == ["good{\(Self.own)} 2.0 @1000"])
    #expect(target.scrape("good 2\n").error == "")
  }

  @Test func `a series that a page has twice counts once`() throws {
    let target = try Target()
    let outcome = target.scrape("a{x=\"1\"} 1\na{x=\"1\"} 2\nb 3\n")
    #expect(outcome.isUp)
    #expect(outcome.error == "the page has 1 samples of series that it had already, e.g. 'a{x=\"1\"}'")
    #expect(target.last == [#"a{instance="a:1", job="j", x="1"} 1.0 @1000"#, "b{\(Self.own)} 3.0 @1000"])
    #expect(target.scrape("c 1 100\nc 2 200\n").error == "", "at several times it may")
  }

  @Test(arguments: [
    ("sample_limit: 2", "more samples than the sample_limit of 2"),
    ("label_limit: 3", "has 4 labels, more than the label_limit of 3"),
    (
      "label_name_length_limit: 8", "the label 'longer_name' of 'c' has 11 bytes, more than the label_name_length_limit"
    ),
    ("label_value_length_limit: 4", "of the label 'longer_name' of 'c' has 6 bytes, more than the label_value_length"),
  ])
  func `a page beyond a limit of its job is refused as a whole`(member: String, message: String) throws {
    let target = try Target(member)
    let page = "a 1\nb 2\nc{longer_name=\"longer\"} 3\n"
    for _ in 1...2 {
      let outcome = target.scrape(page)
      #expect(!outcome.isUp)
      #expect(outcome.error.contains(message), "\(outcome.error)")
      #expect(target.last == [])
    }
    #expect(target.scrape("a 1\n").isUp)
  }

  @Test func `samples that relabelling drops do not count for the limit`() throws {
    let target = try Target(
      "sample_limit: 1\n    metric_relabel_configs: [{source_labels: [__name__], regex: 'b', action: drop}]")
    #expect(target.scrape("a 1\nb 2\n").isUp)
  }

  @Test func `more series than all targets may have are refused, and room comes back`() throws {
    let target = try Target(seriesCountMax: 2)
    #expect(target.scrape("a 1\nb 2\n").isUp)
    let outcome = target.scrape("a 1\nc 2\n")
    #expect(outcome.error.contains("all targets together have more than 2 series"))
    _ = target.series.end(now: 9000)
    #expect(target.budget.count == 0)
    #expect(target.scrape("c 1\nd 2\n").isUp)
  }

  @Test func `a page with ever new series does not fill the memory`() throws {
    let target = try Target(seriesCountMax: 10_000)
    for round in 0..<50 {
      #expect(target.scrape((0..<500).map { "a{x=\"\(round)-\($0)\"} 1\n" }.joined()).isUp)
      #expect(target.budget.count <= 2500)
    }
    // The same where every page is refused.
    let broken = try Target("sample_limit: 400", seriesCountMax: 10_000)
    for round in 0..<50 {
      #expect(broken.scrape((0..<500).map { "a{x=\"\(round)-\($0)\"} 1\n" }.joined()).error.contains("sample_limit"))
      #expect(broken.budget.count <= 2500)
    }
    #expect(target.sink.batches.last?.values.count { StaleMarker.isStale($0) } == 500)
  }

  @Test func `a refused batch is counted and said, not retried, and no marker is lost`() throws {
    let target = try Target()
    target.scrape("a 1\nb 2\n")
    target.sink.outcome = .refused(reason: "the disk is full")
    let outcome = target.scrape("a 3\nc 4\n")
    #expect(
      outcome == ScrapeOutcome(isUp: true, error: "the store refused all 9 samples: the disk is full", rejectedCount: 9)
    )
    #expect(target.sink.batches.count == 2)
    target.sink.outcome = .stored(rejectedCount: 1, reason: "too old")
    #expect(target.scrape("a 5\n").error == "the store refused 1 of 8 samples: too old")
    #expect(
      target.last == ["a{\(Self.own)} 5.0 @3000", "b{\(Self.own)} stale @3000"],
      "b was stored and is gone; c never was there")
  }

  @Test func `the end of a target marks everything stale`() throws {
    let target = try Target()
    #expect(target.series.end(now: 500).count == 0, "nothing was stored")
    target.scrape("a 1\nb 2\n")
    let end = target.series.end(now: 500)
    #expect(Set(end.times) == [1001], "after the last sample, whatever the clock says")
    #expect(end.values.allSatisfy { StaleMarker.isStale($0) })
    #expect(
      end.labels.map(\.metricName).sorted() == [
        "a", "b", "scrape_body_size_bytes", "scrape_duration_seconds", "scrape_samples_post_metric_relabeling",
        "scrape_samples_scraped", "scrape_series_added", "up",
      ])
    #expect(target.series.end(now: 3000).count == 0)
  }

  @Test func `times go forward even where the clock does not`() throws {
    let target = try Target()
    target.scrape("a 1\n")
    _ = target.series.store(
      ScrapeAttempt(page: .success((Array("a 2\n".utf8), .text)), time: 400, duration: .zero))
    #expect(target.last == ["a{\(Self.own)} 2.0 @1001"])
  }

  @Test func `a page that is too large has no size`() throws {
    let target = try Target()
    let failure = PageFailure.tooLarge(10)
    let outcome = target.series.store(ScrapeAttempt(page: .failure(failure), time: 1, duration: .zero))
    #expect(outcome.error == "the page is larger than the body_size_limit of 10 bytes")
    #expect(target.report("scrape_body_size_bytes") == -1)
  }
}

/// Goal: labels of the page make way for those of the target.
///
/// Method: the cases of Prometheus' `scrape/scrape_test.go` (`TestScrapeLoopAppendForConflictingPrefixedLabels`).
@Suite struct SampleLabelsTests {
  private func set(_ labels: [String: String]) -> LabelSet { LabelSet(labels.map { Label($0.key, $0.value) }) }

  @Test(arguments: [
    (["foo": "1"], ["foo": "2"], ["exported_foo": "1", "foo": "2"]),
    (["exported_foo": "1"], ["foo": "2"], ["exported_foo": "1", "foo": "2"]),
    (
      ["foo": "1", "exported_foo": "2"], ["foo": "3"],
      ["exported_exported_foo": "1", "exported_foo": "2", "foo": "3"]
    ),
    (["exported_foo": "1"], ["exported_foo": "2"], ["exported_exported_foo": "1", "exported_foo": "2"]),
    (
      ["foo": "1", "exported_foo": "2"], ["foo": "3", "exported_foo": "4"],
      ["exported_exported_foo": "1", "exported_exported_exported_foo": "2", "exported_foo": "4", "foo": "3"]
    ),
    (
      ["foo": "1", "exported_exported_exported_foo": "2"], ["foo": "3", "exported_foo": "4"],
      ["exported_exported_foo": "1", "exported_exported_exported_foo": "2", "exported_foo": "4", "foo": "3"]
    ),
  ])
  func `labels that both have are exported`(
    page: [String: String], target: [String: String], expected: [String: String]
  ) throws {
    let labels = SampleLabels(target: set(target), honorsLabels: false, rules: [], limits: ScrapeJobLimits())
    let outcome = try labels.apply(set(page.merging(["__name__": "m"]) { $1 }))
    #expect(outcome == .kept(set(expected.merging(["__name__": "m"]) { $1 })))
  }
}

@Suite struct ByteKeyTableTests {
  @Test func `texts keep their numbers, also in a table that has grown`() {
    var table = ByteKeyTable()
    let page = Array((0..<1000).map { "series_\($0)\n" }.joined().utf8)
    var parts: [Range<Int>] = []
    var start = 0
    for end in page.indices where page[end] == UInt8(ascii: "\n") {
      parts.append(start..<end)
      start = end + 1
    }
    for (number, part) in parts.enumerated() {
      #expect(table.number(page, part) == nil)
      #expect(table.add(page, part) == number)
    }
    #expect(parts.enumerated().allSatisfy { table.number(page, $0.element) == $0.offset })
    let kept = table.keeping([999, 3])
    #expect(kept.count == 2)
    #expect(kept.number(page, parts[999]) == 0)
    #expect(kept.number(page, parts[3]) == 1)
    #expect(kept.number(page, parts[4]) == nil)
    #expect(kept.number([], 0..<0) == nil)
  }
}
