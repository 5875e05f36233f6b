package import Base
import Compression
import EventLoop
import Feature
package import Metrics
import Series
import Synchronization
import System

/// Scrapes targets for as long as the server runs.
package final class ScrapeService: Service {
  /// What exists only while it runs, and there is a job.
  private struct Running: Sendable {
    let loops: EventLoopGroup
    let workers: WorkerPool
    let names: WorkerPool
    /// Reads the folder of text files; nil without one.
    let files: WorkerPool?
    let clients: ScrapeClients
    let fetcher: PageFetcher
    /// A name server that is away must not hold the files up.
    let fileDiscovery: DiscoveryThread
    let nameDiscovery: DiscoveryThread
    var threads: [ThreadHandle] = []
    /// The thread of the name discovery.
    var nameThread: ThreadHandle?
  }

  private let configuration: ScrapeConfiguration
  private let textfiles: ScrapeJob?
  private let textfileFolder: TextfileFolder?
  /// Where the discoveries of a job are refreshed, by the id of the job.
  private let discoveries = Mutex<[Int: [DiscoveryThread.Source]]>([:])
  private let watch: ScrapeConfigurationWatch?
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
  ///   - file: where the configuration comes from, and is read from again when it changes; nil for one that stays.
  ///   - textfiles: a job that reads a folder, beside those of the configuration; none of them may have its name.
  ///   - sink: takes what is scraped.
  ///   - version: the server's, for `user-agent`.
  package init(
    _ configuration: ScrapeConfiguration, from file: ScrapeConfigurationFile? = nil, textfiles: ScrapeJob? = nil,
    sink: any ScrapedSampleSink, limits: ScrapeLimits = ScrapeLimits(),
    version: String, logger: Logger, now: @escaping @Sendable () -> UnixNanoseconds
  ) {
    self.configuration = configuration
    self.textfiles = textfiles
    textfileFolder = textfiles?.folder.map { TextfileFolder($0) }
    watch = file.map { ScrapeConfigurationWatch($0, configuration, logger: logger, now: now) }
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
    jobs = ScrapeJobs(runningCountMax: limits.runningCountMax, sink: sink, now: now, ended: ended) { labels, job in
      TargetSeries(target: labels, job: job, budget: budget, reader: ExpositionReader(), sink: sink)
    }
  }

  package func start() throws {
    do {
      try apply(configuration)
      try watch?.start { [self] in try apply($0) }
    } catch {
      stop()
      throw error
    }
  }

  /// Takes a configuration on.
  ///
  /// Called by one thread at a time.
  private func apply(_ configuration: ScrapeConfiguration) throws {
    let wanted = configuration.jobs + [textfiles].compactMap { $0 }
    if !wanted.isEmpty, self.running.withLock({ $0 == nil }) { try startThreads() }
    let ids = jobs.replace(wanted)
    guard let running = self.running.withLock({ $0 }) else { return }
    // The scrapes of jobs that are gone were given up.
    running.clients.keep(Set(wanted.filter { $0.folder == nil }.map(\.security)))
    var sources: [Int: [DiscoveryThread.Source]] = [:]
    let known = discoveries.withLock { $0 }
    for (job, id) in zip(wanted, ids) {
      if let same = known[id] {
        sources[id] = same
      } else {
        prepare(job, running.clients)
        sources[id] = discover(job, id)
      }
    }
    discoveries.withLock { [sources] in $0 = sources }
    let all = ids.flatMap { sources[$0] ?? [] }
    running.fileDiscovery.replace(all.filter { $0.discovery is FileDiscovery })
    running.nameDiscovery.replace(all.filter { $0.discovery is DNSDiscovery })
  }

  /// Reads the authorities of the system, so that no scrape has to; what is wrong is said at the targets, too.
  private func prepare(_ job: ScrapeJob, _ clients: ScrapeClients) {
    guard job.folder == nil else { return }
    do throws(PageFailure) {
      _ = try clients.client(for: job.security)
    } catch {
      logger.warning("\(error)", LogField("job", job.name))
    }
  }

  /// Takes on the targets that a job names, and makes the discoveries that look for others.
  private func discover(_ job: ScrapeJob, _ id: Int) -> [DiscoveryThread.Source] {
    job.discoveries.enumerated().compactMap { index, discovery in
      switch discovery {
      case .fixed(let groups):
        discovered(job: id, index: index, DiscoveredTargets(groups: groups), name: job.name)
        return nil
      case .files(let patterns, let interval):
        let found = FileDiscovery(patterns: patterns, refreshInterval: interval)
        return .init(job: id, name: job.name, index: index, discovery: found)
      case .dns(let hosts, let type, let port, let interval):
        let found = DNSDiscovery(names: hosts, type: type, port: port, interval: interval, resolver: SystemResolver())
        return .init(job: id, name: job.name, index: index, discovery: found)
      }
    }
  }

  private func startThreads() throws {
    let loops = try EventLoopGroup(count: 1)
    let workers = try WorkerPool(
      name: "scrape", threadCount: limits.workerCount, queueCountMax: 2 * limits.runningCountMax)
    let names = try WorkerPool(
      name: "scrape-host", threadCount: Self.nameThreadCount, queueCountMax: limits.runningCountMax)
    // A file system that hangs must not hold the pages up.
    let files = try textfiles.map { _ in try WorkerPool(name: "scrape-text", threadCount: 1, queueCountMax: 1) }
    let clients = ScrapeClients(loops: loops, names: names)
    let fetcher = PageFetcher(clients: clients, workers: workers, memory: memory, userAgent: "Axonize/\(version)")
    let deliver: @Sendable (DiscoveryThread.Source, DiscoveredTargets) -> Void = { [self] source, found in
      discovered(job: source.job, index: source.index, found, name: source.name)
    }
    let running = Running(
      loops: loops, workers: workers, names: names, files: files, clients: clients, fetcher: fetcher,
      fileDiscovery: DiscoveryThread(deliver: deliver), nameDiscovery: DiscoveryThread(deliver: deliver))
    self.running.withLock { $0 = running }
    let nameThread = try running.nameDiscovery.start(name: "scrape-names")
    let threads = [
      try running.fileDiscovery.start(name: "scrape-files"),
      ThreadHandle(
        try Thread(name: "scrape") { [self] in
          while let begun = jobs.next() {
            for scrape in begun { begin(scrape, running) }
          }
        }),
    ]
    self.running.withLock {
      $0?.threads = threads
      $0?.nameThread = nameThread
    }
  }

  private func discovered(job: Int, index: Int, _ found: DiscoveredTargets, name: String) {
    if !found.problems.isEmpty { statistics.discoveryFailures.add() }
    for problem in jobs.update(job: job, discovery: index, found) {
      logger.warning("\(problem)", LogField("job", name))
    }
  }

  // MARK: A scrape

  private func begin(_ scrape: ScrapeJobs.Begun, _ running: Running) {
    let target = scrape.target
    let task = Task { [self] in
      await run(target, scrape.error, running)
      jobs.finished(target)
    }
    target.run { task.cancel() }
  }

  private func run(_ target: ScrapeTarget, _ error: String?, _ running: Running) async {
    let start = now()
    let began = Instant.now
    let fetched: Result<FetchedPage, PageFailure>
    do throws(PageFailure) {
      if let error { throw PageFailure(error) }
      fetched = .success(try await fetch(target, running))
    } catch {
      fetched = .failure(error)
    }
    let duration = Instant.now - began
    let time = ScrapeOffset.sampleTime(of: target.definition, start: start)
    do {
      let outcome = try await running.workers.run {
        let warnings = (try? fetched.get().warnings) ?? []
        let page = fetched.flatMap { fetched in
          Result { () throws(PageFailure) in
            (bytes: try fetched.decoded(bytesMax: target.job.limits.bodyBytesMax), format: fetched.format)
          }
        }
        return target.store(ScrapeAttempt(page: page, time: time, duration: duration, warnings: warnings), at: start)
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

  private func fetch(_ target: ScrapeTarget, _ running: Running) async throws(PageFailure) -> FetchedPage {
    guard let folder = textfileFolder, let files = running.files, target.job.folder != nil else {
      return try await running.fetcher.fetch(target.definition, of: target.job)
    }
    let page: TextfileFolder.Page
    do {
      let bytesMax = target.job.limits.bodyBytesMax
      page = try await files.run { folder.read(bytesMax: bytesMax, sampleCountMax: PageSamples.sampleCountMax) }
    } catch {
      throw PageFailure("the folder was not read: \(error)")
    }
    for problem in folder.newProblems(page) { logger.warning("\(problem)", LogField("job", target.job.name)) }
    let lease = PageMemory.Lease(memory)
    try lease.take(page.bytes.count)
    return FetchedPage(bytes: page.bytes, coding: .identity, format: .text, lease: lease, warnings: page.problems)
  }

  /// Stops scraping.
  ///
  /// Every series is marked stale, so that readers see at once that nothing comes any more.
  package func stop() {
    watch?.stop()
    let running = self.running.withLock { $0.take() }
    guard let running else { return }
    running.fileDiscovery.stop()
    running.nameDiscovery.stop()
    jobs.stop()
    for thread in running.threads { thread.join() }
    // A look-up may wait for a name server for minutes.
    running.nameThread?.detach()
    running.names.abandon()
    running.clients.shutDown()
    running.loops.stop()
    running.workers.stop()
    running.files?.stop()
  }

  /// Has the file of the configuration read again, soon.
  package func reload() { watch?.reload() }

  /// Why what is scraped is not what the file of the configuration says; nil where it is.
  package var problem: String? { watch?.problem }

  // MARK: What is known

  /// The targets at this moment, by job and in the order in which they were found.
  package var targets: ScrapeTargetsView { jobs.view }

  /// Registers its metrics for `/metrics`.
  package func register(in metrics: MetricRegistry) {
    statistics.register(in: metrics)
    watch?.register(in: metrics)
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
