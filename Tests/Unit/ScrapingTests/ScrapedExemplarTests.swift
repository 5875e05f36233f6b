import Series
import Testing

@testable import Scraping

/// Goal: each exemplar of a page is stored once, however long the page shows it.
@Suite struct ScrapedExemplarTests {
  /// A target that is scraped each second.
  private final class Target {
    let sink = KeepingSink()
    private var series: TargetSeries
    private var time: Int64 = 0

    init(_ members: String = "") throws {
      let file = "scrape_configs:\n  - job_name: j\n    \(members)\n"
      guard let job = try ScrapeConfigurationTests.read(file).jobs.first else { throw CancellationError() }
      series = TargetSeries(
        target: LabelSet([Label("job", "j")]), job: job, budget: SeriesBudget(countMax: 100),
        reader: ExpositionReader(), sink: sink)
    }

    /// Scrapes a page and returns the exemplars that the sink was offered.
    func scrape(_ lines: String...) -> [String] {
      time += 1000
      let page = lines.map { $0 + "\n" }.joined() + "# EOF\n"
      _ = series.store(
        ScrapeAttempt(page: .success((Array(page.utf8), .openMetrics)), time: time, duration: .milliseconds(250)))
      return (sink.batches.last?.exemplars ?? []).map { "\($0.series) \($0.labels) \($0.value) @\($0.time)" }
    }
  }

  @Test func `an exemplar is stored when it is new, with its own time or that of the scrape`() throws {
    let target = try Target()
    let (timed, untimed) = (##"a_total 1 # {trace_id="x"} 0.5 0.25"##, ##"b_total 1 # {k="v"} 2"##)
    #expect(
      target.scrape(timed, untimed) == [
        #"a_total{job="j"} {trace_id="x"} 0.5 @250"#, #"b_total{job="j"} {k="v"} 2.0 @1000"#,
      ])
    #expect(target.scrape(timed, untimed).isEmpty)
    #expect(target.scrape("a_total 2", untimed).isEmpty)
    let newer = ##"a_total 3 # {trace_id="y"} 0.5 3.5"##
    #expect(target.scrape(newer, untimed) == [#"a_total{job="j"} {trace_id="y"} 0.5 @3500"#])
    #expect(target.scrape(timed, untimed) == [#"a_total{job="j"} {trace_id="x"} 0.5 @250"#], "another one again")
  }

  @Test func `exemplars of a scrape that the store refused come again`() throws {
    let target = try Target()
    let line = ##"a_total 1 # {trace_id="x"} 0.5 0.25"##
    target.sink.outcome = .refused(reason: "full")
    #expect(target.scrape(line).count == 1)
    target.sink.outcome = .stored()
    #expect(target.scrape(line).count == 1)
    #expect(target.scrape(line).isEmpty)
  }

  @Test func `a series that relabelling drops has no exemplars, one with other labels has them`() throws {
    let target = try Target(
      """
      metric_relabel_configs:
            - {source_labels: [__name__], regex: 'secret_total', action: drop}
            - {source_labels: [__name__], regex: 'a_total', target_label: __name__, replacement: b_total}
      """)
    #expect(
      target.scrape("secret_total 1 # {k=\"v\"} 1 1", "a_total 1 # {k=\"v\"} 1 1") == [
        #"b_total{job="j"} {k="v"} 1.0 @1000"#
      ])
  }
}
