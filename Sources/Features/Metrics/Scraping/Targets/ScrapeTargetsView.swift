package import Base
package import Series

/// The targets of all jobs, as `/api/v1/targets` of Prometheus shows them.
package struct ScrapeTargetsView: Sendable {
  package var active: [ActiveTarget] = []
  package var dropped: [DroppedTarget] = []
  /// All dropped targets by job, those that are not listed, too.
  package var droppedCounts: [String: Int] = [:]

  package init() {}

  /// A target that is scraped.
  package struct ActiveTarget: Sendable {
    package let discoveredLabels: LabelSet
    package let labels: LabelSet
    /// The name of its job.
    package let scrapePool: String
    package let scrapeURL: String
    /// What is wrong; empty for nothing.
    ///
    /// A target that is up may have one, for example of samples that the store refused.
    package let lastError: String
    /// Nil before the first scrape.
    package let lastScrape: UnixNanoseconds?
    package let lastScrapeDuration: Duration
    package let health: Health
    package let interval: Duration
    package let timeout: Duration

    /// The interval in Prometheus' form.
    package var intervalText: String { ScrapeDuration.text(interval) }
    /// The timeout in Prometheus' form.
    package var timeoutText: String { ScrapeDuration.text(timeout) }
  }

  /// A target that relabelling dropped, or that cannot be scraped.
  package struct DroppedTarget: Sendable {
    package let discoveredLabels: LabelSet
    package let scrapePool: String
    /// Why it cannot be scraped; nil for one that relabelling dropped.
    package let error: String?
  }

  /// Whether the last scrape gave a page.
  package enum Health: String, Sendable { case unknown, up, down }
}
