import API
import Base
import Configuration
import Derivation
import EmbeddedEngine
import Engine
import Feature
import Features
import Identity
import Ingest
import Journal
import Metrics
import RegistrySQLite
import System
import TLS

/// What the routes work with: stores, features, the API.
///
/// Made once at the start, stopped once at the end.
final class Services: Sendable {
  let store: EmbeddedStore
  let registry: SQLiteRegistry
  let authenticator: Authenticator
  let journal: Journal
  let protocols: [any ProtocolRoutes]
  let pages: [any PageRoutes]
  let metricsPages: [MetricsPage]
  let programPaths: ProgramPaths
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
    options.retention = Features.retention(configuration)
    let store = try EmbeddedStore(options, schema: Features.schema, logger: logger.component("store"))
    self.store = store

    registry = try SQLiteRegistry(path: "\(folder)/\(SQLiteRegistry.fileName)", now: now())
    let mode: AccessMode =
      configuration[Settings.requireKeys]
      ? .keysRequired : .keyless(tenant: .default, loopbackOnly: !configuration[Settings.allowPublic])
    authenticator = try Authenticator(
      registry: registry, mode: mode, hash: { SHA256.digest($0) }, now: now, logger: logger.component("auth"))

    diskGuard = DiskGuard(folder: folder, freeBytesMin: configuration[Settings.freeDiskMin])
    journal = try Journal(
      JournalOptions(configuration, retention: options.retention), identityPath: "\(folder)/axonize.id",
      logger: logger.component("journal"))
    let gate = StorageGate(disk: diskGuard, journal: journal)
    let pipeline = IngestPipeline(store: store, journal: journal, gate: gate, laneCount: loopCount)

    let queriesMax = configuration[Settings.queriesMax]
    queryWorkers = try WorkerPool(
      name: "query", threadCount: queriesMax,
      shares: WorkShares(waitingCountMax: 64 * queriesMax, threadCount: queriesMax))
    let workers = QueryWorkers(pool: queryWorkers, timeout: configuration[Settings.queryTimeout])
    let context = FeatureContext(
      configuration: configuration, engine: store, schema: Features.schema, retention: options.retention,
      derived: { [store] in store.derivedTables(of: $0) },
      pipeline: pipeline, samples: SamplePort(), spans: SpanPort(), scores: ScorePort(), authenticator: authenticator,
      tenants: { [registry] in try registry.tenants() }, documents: registry,
      workers: workers, queryLimits: options.queryLimits,
      isActive: { [authenticator, phase] in !phase.isStopping && authenticator.isActive($0) }, now: now, logger: logger,
      version: version)
    features = try Features.ofServer.map { try $0.init(context) }
    protocols = features.flatMap { $0.protocols }
    pages = features.flatMap { $0.pages }
    metricsPages = features.flatMap { $0.metricsPages }
    health = try Health(
      phase: phase, checks: Self.checks(store, registry) + features.flatMap { $0.healthChecks },
      logger: logger.component("health"))
    api = APIServer(
      endpoints: OpenAPIDocument.describing(
        features.flatMap { $0.endpoints }, operations: features.flatMap { $0.operations }, version: version),
      workers: workers, repeats: IdempotentRequests(store: registry, hash: { SHA256.digest($0) }),
      logger: logger.component("api"), now: now)
    programPaths = ProgramPaths(protocols.flatMap { $0.paths } + api.definitions.map(\.path))
    let housekeeping = try Housekeeping(authenticator: authenticator, logger: logger)

    running.add { [store] in store.close() }
    running.add { [queryWorkers] in queryWorkers.stop() }
    running.add { [health] in health.stop() }
    running.add { housekeeping.stop() }
    running.add { [journal] in journal.stop() }
    do {
      try running.start(RollupThread(store.rollups, logger: logger.component("store")))
      for service in features.flatMap({ $0.services }) { try running.start(service) }
      try pipeline.replay()
      for source in features.flatMap({ $0.rowSources }) { try running.start(source) }
    } catch {
      running.stop()
      throw error
    }
  }

  private static func checks(_ store: EmbeddedStore, _ registry: SQLiteRegistry) -> [HealthCheck] {
    [
      HealthCheck("store", summary: "the store does not respond") { try store.check() },
      RegistryCheck.healthCheck(registry),
    ]
  }

  /// Has the features read their files again.
  func reload() { for feature in features { feature.reload() } }

  /// Commits what waits and closes the stores; the HTTP server has stopped before.
  func stop() { running.stop() }
}

/// Starts before the services of the features and stops after them, so it rolls up for all of them.
extension RollupThread: Service {}

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

/// Says whether requests may be taken: by the room on the disk, and in the journal.
struct StorageGate: IngestGate {
  let disk: DiskGuard
  let journal: Journal

  var refusal: String? { disk.refusal ?? journal.refusal }
}
