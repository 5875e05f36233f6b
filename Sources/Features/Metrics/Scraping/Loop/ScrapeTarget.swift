import Base
import Series
import Synchronization

/// A target that is scraped, with what is known of its last scrape.
final class ScrapeTarget: Sendable {
  /// Unique in a process.
  let id: Int
  let definition: TargetDefinition
  let job: ScrapeJob
  private let series: Mutex<TargetSeries>
  private let state: Mutex<State>

  struct State: Sendable {
    /// The newest; it may change without the target becoming another one.
    var discoveredLabels: LabelSet
    var health = ScrapeTargetsView.Health.unknown
    var lastError = ""
    var lastScrape: UnixNanoseconds?
    var lastDuration = Duration.zero
    var isEnded = false
    /// Gives up the scrape that runs.
    var cancel: (@Sendable () -> Void)?
  }

  /// Bytes of an error that are kept.
  private static let errorBytesMax = 2000

  init(id: Int, _ definition: TargetDefinition, of job: ScrapeJob, series: TargetSeries) {
    self.id = id
    self.definition = definition
    self.job = job
    self.series = Mutex(series)
    state = Mutex(State(discoveredLabels: definition.discoveredLabels))
  }

  func discovered(_ labels: LabelSet) { state.withLock { $0.discoveredLabels = labels } }

  /// Takes on how the scrape that runs is given up; gives it up at once when the target has ended.
  func run(cancel: @escaping @Sendable () -> Void) {
    let isEnded = state.withLock { state in
      state.cancel = cancel
      return state.isEnded
    }
    if isEnded { cancel() }
  }

  /// Stores what a scrape gave; nil where the target has ended meanwhile.
  ///
  /// The sink is called under the lock of the series. Only one scrape and the end of the target ever want it, and the
  /// end has to wait: its markers come after the samples.
  func store(_ attempt: ScrapeAttempt, at start: UnixNanoseconds) -> ScrapeOutcome? {
    series.withLock { series in
      guard !state.withLock({ $0.isEnded }) else { return nil }
      let outcome = series.store(attempt)
      state.withLock { state in
        state.health = outcome.isUp ? .up : .down
        state.lastError = String(decoding: outcome.error.utf8.prefix(Self.errorBytesMax), as: UTF8.self)
        state.lastScrape = start
        state.lastDuration = attempt.duration
      }
      return outcome
    }
  }

  /// Ends the target, and gives the scrape that runs up.
  ///
  /// - Returns: stale markers for its series.
  func end(now: UnixNanoseconds) -> ScrapedSamples {
    let cancel = state.withLock { state in
      state.isEnded = true
      return state.cancel.take()
    }
    cancel?()
    return series.withLock { $0.end(now: now.rawValue / 1_000_000) }
  }

  var view: ScrapeTargetsView.ActiveTarget {
    let state = state.withLock { $0 }
    return ScrapeTargetsView.ActiveTarget(
      discoveredLabels: state.discoveredLabels, labels: definition.labels, scrapePool: job.name,
      scrapeURL: definition.address, lastError: state.lastError, lastScrape: state.lastScrape,
      lastScrapeDuration: state.lastDuration, health: state.health, interval: definition.interval,
      timeout: definition.timeout)
  }
}
