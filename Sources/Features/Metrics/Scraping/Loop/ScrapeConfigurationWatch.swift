import Base
import Metrics
import Synchronization
import System

/// Looks at the file of a scrape configuration, and takes it on when it has changed.
///
/// A file that cannot be used leaves everything as it was.
final class ScrapeConfigurationWatch: Sendable {
  /// How often the file is looked at: a stat.
  private static let interval = Duration.seconds(5)

  private struct State {
    var isStopped = false
    /// Whether the file is read whether it has changed or not.
    var isAsked = false
  }

  private struct Outcome: Sendable {
    /// Why the file was not taken on; nil where it was.
    var problem: String?
    var succeededAt: UnixNanoseconds?
  }

  private let file: ScrapeConfigurationFile
  private let logger: Logger
  private let now: @Sendable () -> UnixNanoseconds
  private let state = Monitor(State())
  private let outcome = Mutex(Outcome())
  private let thread = Mutex<Thread?>(nil)
  /// Of the files that were read last.
  private let versions = Mutex<[ScrapeConfigurationFile.Version]>([])
  /// What was taken on last.
  private let current: Mutex<ScrapeConfiguration>

  /// - Parameter configuration: what was read from the file at the start; the first look reads it again, for what may have changed
  ///   since.
  init(
    _ file: ScrapeConfigurationFile, _ configuration: ScrapeConfiguration, logger: Logger,
    now: @escaping @Sendable () -> UnixNanoseconds
  ) {
    self.file = file
    current = Mutex(configuration)
    self.logger = logger
    self.now = now
    outcome.withLock { $0.succeededAt = now() }
  }

  /// - Parameter apply: takes a configuration on; called on one thread.
  func start(apply: @escaping @Sendable (ScrapeConfiguration) throws -> Void) throws(SystemError) {
    try thread.withLock { thread throws(SystemError) in
      thread = try Thread(name: "scrape-config") { [self] in
        while let isAsked = next() { look(isAsked, apply) }
      }
    }
  }

  func stop() {
    state.withLock { $0.isStopped = true }
    state.notifyAll()
    if let thread = thread.withLock({ $0.take() }) { thread.join() }
  }

  /// Has the file read again, soon.
  func reload() {
    state.withLock { $0.isAsked = true }
    state.notifyAll()
  }

  /// Waits until the file is to be looked at, and says whether somebody asked; nil at the end.
  private func next() -> Bool? {
    let due = Instant.now + Self.interval
    return state.wait { state, now, wakeAt -> Bool?? in
      if state.isStopped { return .some(nil) }
      if state.isAsked {
        state.isAsked = false
        return true
      }
      wakeAt = due
      return now >= due ? false : nil
    }
  }

  private func look(_ isAsked: Bool, _ apply: (ScrapeConfiguration) throws -> Void) {
    // Before the reading: what changes meanwhile is read the next time.
    let found = file.versions(current.withLock { $0.filePatterns })
    let isNew = versions.withLock { versions in
      defer { versions = found }
      return versions != found
    }
    guard isNew || isAsked else { return }
    do {
      let configuration = try file.read()
      let isSame = current.withLock { $0 == configuration }
      if !isSame { try apply(configuration) }
      current.withLock { $0 = configuration }
      let wasMistaken = outcome.withLock { outcome in
        defer { outcome = Outcome(problem: nil, succeededAt: now()) }
        return outcome.problem != nil
      }
      // Whoever corrects a mistake wants to see that it is gone, also where the file is again what it was.
      guard !isSame || wasMistaken else { return }
      logger.info(
        "the scrape configuration was read again", LogField("file", file.path),
        LogField("jobs", configuration.jobs.count))
    } catch {
      let problem = "\(error)"
      let isKnown = outcome.withLock { outcome in
        defer { outcome.problem = problem }
        return outcome.problem == problem
      }
      if !isKnown { logger.warning("the scrape configuration stays as it was: \(problem)") }
    }
  }

  /// Why the file is not what is scraped; nil where it is.
  var problem: String? { outcome.withLock { $0.problem } }

  func register(in metrics: MetricRegistry) {
    metrics.gauge(
      "axonize_scrape_config_last_reload_successful",
      help: "Whether the last attempt to read the scrape configuration succeeded: 1, or 0."
    ) { [self] in problem == nil ? 1 : 0 }
    metrics.gauge(
      "axonize_scrape_config_last_reload_success_timestamp_seconds",
      help: "When the scrape configuration was taken on last, in seconds since 1970."
    ) { [self] in outcome.withLock { Double($0.succeededAt?.rawValue ?? 0) / 1e9 } }
  }
}
