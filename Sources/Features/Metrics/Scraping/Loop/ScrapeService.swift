package import Base
import EventLoop
import Feature
package import Metrics
import Series
import Synchronization
import System

/// Scrapes targets for as long as the server runs.
package final class ScrapeService: Service {
  /// What exists only while it runs.
  private struct Running: Sendable {
    let loops: EventLoopGroup
    let workers: WorkerPool
    let names: WorkerPool
    let clients: ScrapeClients
    let fetcher: PageFetcher
    var discoveries: [DiscoveryThread] = []
    var threads: [ThreadHandle] = []
  }

  private let configuration: ScrapeConfiguration
  private let limits: ScrapeLimits
  private let version: String
  private let logger: Logger
  private let now: @Sendable () -> UnixNanoseconds
  private let jobs: ScrapeJobs
  private let budget: SeriesBudget
  private let memory: PageMemory
  private let statistics = ScrapeStatistics()
  private let running = Mutex<Running?>(nil)

  /// Host names of targets that are looked up at once.
  ///
  /// A look-up waits for a name server, not for the processor.
  private static let nameThreadCount = 4

  /// - Parameters:
  ///   - sink: takes what is scraped.
  ///   - version: the server's, for `user-agent`.
  package init(
    _ configuration: ScrapeConfiguration, sink: any ScrapedSampleSink, limits: ScrapeLimits = ScrapeLimits(),
    version: String, logger: Logger, now: @escaping @Sendable () -> UnixNanoseconds
  ) {
    self.configuration = configuration
    self.limits = limits
    self.version = version
    self.logger = logger
    self.now = now
    let budget = SeriesBudget(countMax: limits.seriesCountMax)
    self.budget = budget
    memory = PageMemory(bytesMax: limits.pageBytesMax)
    let statistics = self.statistics
    let ended: @Sendable (Int, ScrapedSampleOutcome) -> Void = { count, outcome in
      let outcome = TargetSeries.outcome(outcome, count)
      statistics.count(outcome)
      // Without their markers, series end where a reader looks further back than it does for the last sample.
      if !outcome.error.isEmpty { logger.warning("stale markers of targets that ended: \(outcome.error)") }
    }
    jobs = ScrapeJobs(
      configuration.jobs, runningCountMax: limits.runningCountMax, sink: sink, now: now, ended: ended
    ) { labels, job in
      TargetSeries(target: labels, job: job, budget: budget, reader: ExpositionReader(), sink: sink)
    }
  }

  package func start() throws {
    guard !configuration.jobs.isEmpty else { return }
    let loops = try EventLoopGroup(count: 1)
    let workers = try WorkerPool(
      name: "scrape", threadCount: limits.workerCount, queueCountMax: 2 * limits.runningCountMax)
    let names = try WorkerPool(
      name: "scrape-host", threadCount: Self.nameThreadCount, queueCountMax: limits.runningCountMax)
    let clients = ScrapeClients(loops: loops, names: names)
    let fetcher = PageFetcher(clients: clients, workers: workers, memory: memory, userAgent: "Axonize/\(version)")
    var running = Running(loops: loops, workers: workers, names: names, clients: clients, fetcher: fetcher)
    do {
      try startThreads(&running)
    } catch {
      let begun = running
      self.running.withLock { $0 = begun }
      stop()
      throw error
    }
    let started = running
    self.running.withLock { $0 = started }
  }

  private func startThreads(_ running: inout Running) throws {
    let fetcher = running.fetcher
    for job in configuration.jobs {
      do throws(PageFailure) {
        // Reads the authorities of the system, so that no scrape has to; what is wrong is said at the targets, too.
        _ = try running.clients.client(for: job.security)
      } catch {
        logger.warning("\(error)", LogField("job", job.name))
      }
    }
    try startDiscoveries(&running)
    running.threads.append(
      ThreadHandle(
        try Thread(name: "scrape") { [self] in
          while let begun = jobs.next() {
            for scrape in begun { begin(scrape, fetcher) }
          }
        }))
  }

  private func startDiscoveries(_ running: inout Running) throws {
    var files: [DiscoveryThread.Source] = []
    var names: [DiscoveryThread.Source] = []
    for (job, discovery, index) in configuration.jobs.enumerated().flatMap({ job in
      job.element.discoveries.enumerated().map { (job.offset, $0.element, $0.offset) }
    }) {
      switch discovery {
      case .fixed(let groups): discovered(job: job, index: index, DiscoveredTargets(groups: groups))
      case .files(let patterns, let interval):
        let found = FileDiscovery(patterns: patterns, refreshInterval: interval)
        files.append(.init(job: job, index: index, discovery: found))
      case .dns(let hosts, let type, let port, let interval):
        let found = DNSDiscovery(names: hosts, type: type, port: port, interval: interval, resolver: SystemResolver())
        names.append(.init(job: job, index: index, discovery: found))
      }
    }
    // A name server that is away must not hold the files up.
    for (name, sources) in [("scrape-files", files), ("scrape-names", names)] where !sources.isEmpty {
      let thread = DiscoveryThread(sources) { [self] source, found in
        discovered(job: source.job, index: source.index, found)
      }
      running.discoveries.append(thread)
      running.threads.append(try thread.start(name: name))
    }
  }

  private func discovered(job: Int, index: Int, _ found: DiscoveredTargets) {
    if !found.problems.isEmpty { statistics.discoveryFailures.add() }
    for problem in jobs.update(job: job, discovery: index, found) {
      logger.warning("\(problem)", LogField("job", configuration.jobs[job].name))
    }
  }

  // MARK: A scrape

  private func begin(_ scrape: ScrapeJobs.Begun, _ fetcher: PageFetcher) {
    let target = scrape.target
    let task = Task { [self] in
      await run(target, scrape.error, fetcher)
      jobs.finished(target)
    }
    target.run { task.cancel() }
  }

  private func run(_ target: ScrapeTarget, _ error: String?, _ fetcher: PageFetcher) async {
    let start = now()
    let began = Instant.now
    let fetched: Result<FetchedPage, PageFailure>
    do throws(PageFailure) {
      if let error { throw PageFailure(error) }
      fetched = .success(try await fetcher.fetch(target.definition, of: target.job))
    } catch {
      fetched = .failure(error)
    }
    let duration = Instant.now - began
    let time = ScrapeOffset.sampleTime(of: target.definition, start: start)
    do {
      let outcome = try await fetcher.workers.run {
        let page = fetched.flatMap { fetched in
          Result { () throws(PageFailure) in
            (bytes: try fetched.decoded(bytesMax: target.job.limits.bodyBytesMax), format: fetched.format)
          }
        }
        return target.store(ScrapeAttempt(page: page, time: time, duration: duration), at: start)
      }
      guard let outcome else { return }
      statistics.count(outcome)
      statistics.count(isUp: outcome.isUp, duration: duration)
      if !outcome.error.isEmpty {
        logger.debug(
          "\(outcome.error)", LogField("job", target.job.name),
          LogField("instance", target.definition.labels["instance"]))
      }
    } catch is CancellationError {
      // The target has ended; nobody waits for its samples.
    } catch {
      logger.warning("a scrape was not stored: \(error)", LogField("job", target.job.name))
    }
  }

  /// Stops scraping.
  ///
  /// Every series is marked stale, so that readers see at once that nothing comes any more.
  package func stop() {
    let running = self.running.withLock { $0.take() }
    guard let running else { return }
    for discovery in running.discoveries { discovery.stop() }
    jobs.stop()
    for thread in running.threads { thread.join() }
    running.clients.shutDown()
    running.loops.stop()
    running.workers.stop()
    running.names.stop()
  }

  // MARK: What is known

  /// The targets at this moment, by job and in the order in which they were found.
  package var targets: ScrapeTargetsView { jobs.view }

  /// Registers its metrics for `/metrics`.
  package func register(in metrics: MetricRegistry) {
    statistics.register(in: metrics)
    metrics.gauge("axonize_scrape_targets", help: "Targets that are scraped.") { [jobs] in Double(jobs.counts.targets) }
    metrics.gauge("axonize_scrapes_running", help: "Scrapes that run.") { [jobs] in Double(jobs.counts.running) }
    metrics.counter(
      "axonize_scrapes_skipped_total",
      help: "Scrapes that were left out because the one before was not over, or too many ran."
    ) { [jobs] in Double(jobs.counts.skipped) }
    metrics.gauge("axonize_scrape_cached_series", help: "Series of targets that are remembered.") { [budget] in
      Double(budget.count)
    }
    metrics.gauge("axonize_scrape_page_bytes", help: "Bytes of pages that are being received.") { [memory] in
      Double(memory.bytes)
    }
  }
}
