package import Series

/// The samples of one scrape, in columns: those of the page, stale markers of series that have gone, and what is known
/// of the scrape itself (`up`, `scrape_duration_seconds` …).
package struct ScrapedSamples: Sendable {
  /// Of each sample.
  ///
  /// A series has several samples where the page gives it several times; series of an unchanged page come as the same
  /// values again, so that nothing is copied.
  package var labels: [LabelSet] = []
  /// In milliseconds since 1970.
  package var times: [Int64] = []
  /// Stale markers are among them.
  package var values: [Double] = []
  /// Those that are new since the last scrape of the target that was stored.
  package var exemplars: [ScrapedExemplar] = []
  /// Families that are new or changed since the last scrape of the target that was stored.
  package var metadata: [MetricMetadata] = []

  package var count: Int { times.count }

  mutating func append(_ labels: LabelSet, _ time: Int64, _ value: Double) {
    self.labels.append(labels)
    times.append(time)
    values.append(value)
  }
}

/// An exemplar of a page.
package struct ScrapedExemplar: Sendable, Hashable {
  /// Of its series.
  package let series: LabelSet
  /// Its own.
  package let labels: LabelSet
  package let value: Double
  /// In milliseconds since 1970.
  package let time: Int64
}

/// Where scraped samples go: the port between scraping and the store.
package protocol ScrapedSampleSink: Sendable {
  /// Stores the samples of one scrape, or none of them. Called on a thread that may block, of several targets at once;
  /// MUST return within some seconds. What is refused is counted and said at the target; it is not offered again.
  func store(_ samples: ScrapedSamples) -> ScrapedSampleOutcome
}

/// What became of the samples of a scrape.
package enum ScrapedSampleOutcome: Sendable, Hashable {
  /// All are stored, but for some that cannot be, e.g. because their time is too old: how many, and why.
  case stored(rejectedCount: Int = 0, reason: String? = nil)
  /// None is stored, e.g. because the store has no room: why.
  case refused(reason: String)
}
