import Series
import Synchronization

@testable import Scraping

/// A sink that keeps what it gets, and refuses what a test wants refused.
final class KeepingSink: ScrapedSampleSink {
  private struct State: Sendable {
    var batches: [ScrapedSamples] = []
    var outcome = ScrapedSampleOutcome.stored()
  }

  private let state = Mutex(State())

  var outcome: ScrapedSampleOutcome {
    get { state.withLock { $0.outcome } }
    set { state.withLock { $0.outcome = newValue } }
  }

  /// Every batch that was offered.
  var batches: [ScrapedSamples] { state.withLock { $0.batches } }

  func store(_ samples: ScrapedSamples) -> ScrapedSampleOutcome {
    state.withLock { state in
      state.batches.append(samples)
      return state.outcome
    }
  }

  /// The samples of all batches as text.
  var lines: [String] { batches.flatMap(\.lines) }
}

extension ScrapedSamples {
  /// `labels value @time`, but for the time that a scrape took; sorted.
  var lines: [String] {
    (0..<count).filter { labels[$0].metricName != "scrape_duration_seconds" || StaleMarker.isStale(values[$0]) }
      .map { index in
        let value = StaleMarker.isStale(values[index]) ? "stale" : "\(values[index])"
        return "\(labels[index]) \(value) @\(times[index])"
      }.sorted()
  }

  /// Those of the page alone: not those about the scrape.
  var pageLines: [String] { lines.filter { !$0.hasPrefix("up{") && !$0.hasPrefix("scrape_") } }
}
