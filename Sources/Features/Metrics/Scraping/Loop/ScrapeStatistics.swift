import Metrics

/// What scraping reports at `/metrics`.
struct ScrapeStatistics: Sendable {
  let up = Counter()
  let down = Counter()
  let stored = Counter()
  let rejected = Counter()
  let discoveryFailures = Counter()
  let seconds = Histogram(bounds: Histogram.requestSeconds)

  /// Counts a scrape.
  func count(isUp: Bool, duration: Duration) {
    (isUp ? up : down).add()
    seconds.observe(duration)
  }

  /// Counts samples.
  func count(_ outcome: ScrapeOutcome) {
    stored.add(outcome.storedCount)
    rejected.add(outcome.rejectedCount)
  }

  func register(in metrics: MetricRegistry) {
    for (outcome, counter) in [("up", up), ("down", down)] {
      metrics.counter(
        "axonize_scrapes_total", help: "Scrapes of targets, by whether they gave a page.",
        labels: [MetricLabel("outcome", outcome)]
      ) { Double(counter.value) }
    }
    for (outcome, counter) in [("stored", stored), ("rejected", rejected)] {
      metrics.counter(
        "axonize_scrape_samples_total", help: "Scraped samples, by whether the store took them.",
        labels: [MetricLabel("outcome", outcome)]
      ) { Double(counter.value) }
    }
    metrics.counter(
      "axonize_scrape_discovery_failures_total", help: "Look-ups of targets in which something went wrong."
    ) { Double(discoveryFailures.value) }
    metrics.histogram(
      "axonize_scrape_duration_seconds", help: "Time from the beginning of a scrape until its page was there."
    ) { seconds.snapshot() }
  }
}
