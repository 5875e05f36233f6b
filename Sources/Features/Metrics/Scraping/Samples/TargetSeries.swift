import Base
import Series

/// What a scrape gave, or why it gave nothing.
struct ScrapeAttempt {
  let page: Result<(bytes: [UInt8], format: PageFormat), PageFailure>
  /// When it began, in milliseconds since 1970.
  let time: Int64
  let duration: Duration
  /// What is wrong although there is a page, a sentence each without its period.
  var warnings: [String] = []
}

/// What became of a scrape.
struct ScrapeOutcome: Sendable, Hashable {
  let isUp: Bool
  /// What is wrong; empty for nothing.
  let error: String
  /// Samples that were stored, reports and stale markers among them.
  var storedCount = 0
  /// Samples that the store refused.
  var rejectedCount = 0
}

/// The series of one target from scrape to scrape.
///
/// One thread at a time.
struct TargetSeries {
  private let job: ScrapeJob
  private let labels: SampleLabels
  private let reader: any PageReader
  private let sink: any ScrapedSampleSink
  private let reports: ReportLabels
  /// Nil while a page has it.
  private var cache: SeriesCache?
  private var metadata: [String: MetricMetadata] = [:]
  /// Whether the store has the reports as there.
  private var hasReports = false
  /// The time of the last samples that were stored.
  private var lastTime = Int64.min

  /// The labels of the series about each scrape.
  private struct ReportLabels {
    let all: [LabelSet]

    init(_ target: LabelSet) {
      all = [
        "up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling",
        "scrape_series_added", "scrape_body_size_bytes",
      ].map { target.setting(Label.metricName, to: $0) }
    }
  }

  init(
    target: LabelSet, job: ScrapeJob, budget: SeriesBudget, reader: any PageReader, sink: any ScrapedSampleSink
  ) {
    self.job = job
    labels = SampleLabels(
      target: target, honorsLabels: job.honorsLabels, rules: job.sampleRelabelling, limits: job.limits)
    self.reader = reader
    self.sink = sink
    reports = ReportLabels(target)
    cache = SeriesCache(budget: budget)
  }

  /// Stores the samples of a scrape.
  mutating func store(_ attempt: ScrapeAttempt) -> ScrapeOutcome {
    guard var cache = cache.take() else { preconditionFailure("two scrapes of one target at once") }
    cache.begin()
    let time = max(attempt.time, lastTime == .min ? .min : lastTime + 1)
    var samples = ScrapedSamples()
    var counts = PageCounts()
    var newMetadata = metadata
    var bodyBytes = 0
    var failure: PageFailure?
    do throws(PageFailure) {
      let page = try attempt.page.get()
      bodyBytes = page.bytes.count
      let reading = PageSamples(
        time: time, job: job, labels: labels, cache: cache, metadata: metadata)
      // The page has the cache alone, or each change would copy it.
      cache = SeriesCache(budget: reading.cache.budget)
      defer {
        swap(&cache, &reading.cache)
        counts = reading.counts
      }
      try reader.read(page.bytes, as: page.format, reading)
      samples = reading.samples
      newMetadata = reading.metadata
    } catch {
      failure = error
      if error.isTooLarge { bodyBytes = -1 }
    }
    for series in cache.gone(hasFailed: failure != nil) { samples.append(series, time, StaleMarker.value) }
    let seconds = Double(attempt.duration.components.seconds) + Double(attempt.duration.components.attoseconds) / 1e18
    let values = [
      failure == nil ? 1 : 0, seconds, Double(counts.scraped), Double(counts.kept), Double(counts.added),
      Double(bodyBytes),
    ]
    for (series, value) in zip(reports.all, values) { samples.append(series, time, value) }
    let outcome = sink.store(samples)
    if case .stored = outcome {
      cache.commit()
      metadata = newMetadata
      hasReports = true
      lastTime = time
    } else {
      cache.forgetExemplars()
    }
    cache.end(hasFailed: failure != nil)
    self.cache = cache
    let warnings = failure == nil ? attempt.warnings + [counts.warning].compactMap { $0 } : []
    return Self.outcome(outcome, samples.count, failure, warnings)
  }

  /// What became of samples that the sink was offered, and of the scrape that gave them.
  static func outcome(
    _ stored: ScrapedSampleOutcome, _ count: Int, _ failure: PageFailure? = nil, _ warnings: [String] = []
  ) -> ScrapeOutcome {
    var errors = [failure?.description].compactMap { $0 } + warnings
    var storedCount = 0
    var rejectedCount = 0
    switch stored {
    case .stored(let rejected, let reason):
      storedCount = count - rejected
      rejectedCount = rejected
      if rejected > 0 { errors.append("the store refused \(rejected) of \(count) samples\(phrase(reason))") }
    case .refused(let reason):
      rejectedCount = count
      errors.append("the store refused all \(count) samples\(phrase(reason))")
    }
    return ScrapeOutcome(
      isUp: failure == nil, error: errors.joined(separator: "; "), storedCount: storedCount,
      rejectedCount: rejectedCount)
  }

  private static func phrase(_ reason: String?) -> String { reason.map { ": \($0)" } ?? "" }

  /// Ends the target: stale markers for everything that the store has as there, and no memory of it.
  ///
  /// - Parameter now: in milliseconds since 1970.
  mutating func end(now: Int64) -> ScrapedSamples {
    var samples = ScrapedSamples()
    let time = max(now, lastTime == .min ? .min : lastTime + 1)
    var gone = cache?.gone(hasFailed: true) ?? []
    if hasReports { gone += reports.all }
    for series in gone { samples.append(series, time, StaleMarker.value) }
    hasReports = false
    cache?.removeAll()
    return samples
  }
}
