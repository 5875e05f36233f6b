import API
import Schema
import Commit
import EmbeddedEngine
import Configuration
import Feature
import Features
import TLS
import Base
import Identity
import Journal
import Metrics
import OTLPDecoding
import OTLP
import TelemetryIngest
import System
import RegistrySQLite
import Engine
import Synchronization
import Telemetry
import TelemetrySettings

/// What the routes work with: stores, ingest, APIs. Made once at the start, stopped once at the end.
final class Services: Sendable {
  let store: EmbeddedStore
  let registry: SQLiteRegistry
  let authenticator: Authenticator
  let journal: Journal
  let ingest: TelemetryIngest
  let receiver: OTLPReceiver
  let api: APIServer
  let queryWorkers: WorkerPool
  let diskGuard: DiskGuard
  let health: Health
  let metrics = MetricRegistry()
  let logger: Logger
  let phase = ServerPhase()
  let features: [any Feature]
  /// What is stopped at the end, the latest first.
  private let running = ServiceGroup()

  init(_ configuration: Configuration, loopCount: Int, version: String, logger: Logger) throws {
    self.logger = logger
    let folder = configuration.dataDirectory
    let now: @Sendable () -> UnixNanoseconds = { WallClock.now }

    var options = EmbeddedStoreOptions(folder: folder)
    options.library = configuration[Settings.engineLibrary].isEmpty ? nil : configuration[Settings.engineLibrary]
    options.queryConnectionCountMax = configuration[Settings.queriesMax]
    options.queryThreadCount = configuration[Settings.engineThreads]
    options.queryLimits = QueryLimits(configuration)
    options.queriesMemoryBytesMax = configuration[Settings.engineMemoryMax]
    options.retention = RetentionPolicy(configuration)
    let store = try EmbeddedStore(options, logger: logger.component("store"))
    self.store = store

    registry = try SQLiteRegistry(path: "\(folder)/\(SQLiteRegistry.fileName)", now: now())
    let mode: AccessMode =
      configuration[Settings.requireKeys]
      ? .keysRequired : .keyless(tenant: .standard, loopbackOnly: !configuration[Settings.allowPublic])
    authenticator = try Authenticator(
      registry: registry, mode: mode, hash: { SHA256.digest($0) }, now: now, logger: logger.component("auth"))

    diskGuard = DiskGuard(folder: folder, freeBytesMin: configuration[Settings.freeDiskMin])
    journal = try Journal(
      JournalOptions(configuration), identityPath: "\(folder)/axonize.id", logger: logger.component("journal"))
    let gate = StorageGate(disk: diskGuard, journal: journal)
    ingest = try Self.makeIngest(
      configuration, store, gate, journal, loopCount: loopCount, logger: logger, now: now)
    try ingest.replay { signal, time in try store.storedBatches(of: signal.table, after: time) }
    receiver = OTLPReceiver(
      ingest: ingest, authenticator: authenticator, bodyBytesMax: configuration[Settings.bodyBytesMax])

    let queriesMax = configuration[Settings.queriesMax]
    queryWorkers = try WorkerPool(
      name: "query", threadCount: queriesMax,
      shares: WorkShares(waitingCountMax: 64 * queriesMax, threadCount: queriesMax))
    let workers = QueryWorkers(pool: queryWorkers, timeout: configuration[Settings.queryTimeout])
    let context = FeatureContext(
      configuration: configuration, engine: store, derived: store.derivedTables, pending: ingest, documents: registry,
      workers: workers, queryLimits: options.queryLimits,
      isActive: { [authenticator, phase] in !phase.isStopping && authenticator.isActive($0) }, now: now, logger: logger,
      version: version)
    features = try Features.ofServer.map { try $0.init(context) }
    health = try Health(
      phase: phase, checks: Self.checks(store, registry, gate, ingest) + features.flatMap { $0.healthChecks },
      logger: logger.component("health"))
    api = APIServer(
      endpoints: OpenAPIDocument.describing(
        features.flatMap { $0.endpoints }, schemas: Features.ofServer.flatMap { $0.schemas }, version: version),
      workers: workers, repeats: IdempotentRequests(store: registry, hash: { SHA256.digest($0) }),
      logger: logger.component("api"), now: now)
    let housekeeping = try Housekeeping(authenticator: authenticator, logger: logger)

    running.add { [store] in store.close() }
    running.add { [queryWorkers] in queryWorkers.stop() }
    running.add { [health] in health.stop() }
    running.add { housekeeping.stop() }
    running.add { [journal] in journal.stop() }
    running.add { [ingest] in ingest.stop() }
    do {
      for service in features.flatMap({ $0.services }) { try running.start(service) }
    } catch {
      running.stop()
      throw error
    }
  }

  private static func checks(
    _ store: EmbeddedStore, _ registry: SQLiteRegistry, _ gate: StorageGate, _ ingest: TelemetryIngest
  ) -> [HealthCheck] {
    [
      HealthCheck("store", summary: "the store does not answer") { try store.check() },
      RegistryCheck.healthCheck(registry),
      HealthCheck("ingest") {
        guard let details = gate.refusal ?? ingest.problem else { return nil }
        return HealthCheck.Problem(summary: "rows cannot be stored", details: details)
      },
    ]
  }

  private static func makeIngest(
    _ configuration: Configuration, _ store: EmbeddedStore, _ gate: StorageGate, _ journal: Journal, loopCount: Int,
    logger: Logger, now: @escaping @Sendable () -> UnixNanoseconds
  ) throws -> TelemetryIngest {
    let logger = logger.component("ingest")
    let limits = CommitLimits(configuration)
    let references = ReferenceTables(inserter: store)
    let storedRequests = StoredRequests(engine: store)
    func commit<Rows: TelemetryBlock>(_ signal: OTLPSignal, _ rows: Rows.Type) throws -> GroupCommit<Rows> {
      let sink = CommitSink<Rows>(
        table: signal.table, inserter: store, references: references, storedRequests: storedRequests,
        counter: signal == .traces ? SpanCounter(engine: store, inserter: store, logger: logger) : nil, logger: logger,
        sleep: { Thread.sleep(for: $0) })
      let commit = try GroupCommit<Rows>(
        name: "commit-\(signal.rawValue)", laneCount: loopCount, limits: limits, recognisesRepeats: true, gate: gate,
        sink: sink)
      let recent = try store.recentBatches(of: signal.table, within: Self.retryAge, countMax: Self.retryCountMax)
      for (tenant, ids) in recent { commit.remember(tenant: tenant, batchIDs: ids) }
      return commit
    }
    let spans = try commit(.traces, SpanBlock.self)
    let metrics = try commit(.metrics, MetricBlock.self)
    let logs = try commit(.logs, LogBlock.self)
    var ingestLimits = IngestLimits()
    // Rows take more than the bytes that they came as: twice as much is a request of nothing but short attributes.
    ingestLimits.requestBytesMax = 2 * configuration[Settings.bodyBytesMax]
    let acceptance = TimeAcceptance(
      retention: RetentionPolicy(configuration), ahead: configuration[IngestSettings.timeAheadMax])
    return TelemetryIngest(
      spans: spans, metrics: metrics, logs: logs, laneCount: loopCount, limits: ingestLimits, acceptance: acceptance,
      journal: journal, latestCommit: { store.latestCommit }, now: now)
  }

  /// How far back stored requests are remembered at the start: longer than exporters go on retrying (5 minutes for the
  /// OpenTelemetry Collector), and how many at most.
  private static let retryAge = Duration.seconds(600)
  private static let retryCountMax = 131_072

  /// Commits what waits and closes the stores; the HTTP server has stopped before.
  func stop() { running.stop() }
}

/// The pool of query threads as the port that the APIs ask for.
struct QueryWorkers: BlockingWorkers {
  let pool: WorkerPool
  /// How long a request may take, from when it is given to the pool.
  let timeout: Duration

  func run<Result: Sendable>(
    for owner: WorkOwner, _ work: @escaping @Sendable (QueryActivity) throws -> Result
  ) async throws -> Result {
    let deadline = Instant.now + timeout
    let activity = QueryActivity { deadline - .now }
    let key = WorkKey(group: Int(owner.tenant.rawValue), client: owner.client.hashValue)
    return try await pool.run(for: key, onCancel: { activity.cancel() }) {
      // It may have waited longer than anybody waits for it.
      _ = try activity.timeLeft()
      return try work(activity)
    }
  }
}

extension QueryLimits {
  init(_ configuration: Configuration) {
    self.init(
      timeout: configuration[Settings.queryTimeout], memoryBytesMax: configuration[Settings.queryMemoryMax])
  }
}

extension CommitLimits {
  init(_ configuration: Configuration) {
    self.init()
    groupRowsMax = configuration[IngestSettings.commitRowsMax]
    lingerMax = configuration[IngestSettings.commitInterval]
    queueBytesMax = configuration[IngestSettings.queueBytesMax]
  }
}

/// Says whether requests may be taken: by the room on the disk, and in the journal.
struct StorageGate: IngestGate {
  let disk: DiskGuard
  let journal: Journal

  var refusal: String? { disk.refusal ?? journal.refusal }
}

extension JournalOptions {
  init(_ configuration: Configuration) {
    self.init(folder: "\(configuration.dataDirectory)/journal")
    bytesMax = configuration[IngestSettings.journalBytesMax]
    sync =
      switch configuration[IngestSettings.journalSync] {
      case .always: .always
      case .interval: .interval(configuration[IngestSettings.journalSyncInterval])
      case .never: .never
      }
  }
}

extension RetentionPolicy {
  init(_ configuration: Configuration) {
    self.init()
    traces = configuration[RetentionSettings.traces]
    logs = configuration[RetentionSettings.logs]
    metrics = configuration[RetentionSettings.metrics]
    aggregates = configuration[RetentionSettings.aggregates]
  }
}
