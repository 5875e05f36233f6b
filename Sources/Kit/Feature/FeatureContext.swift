package import Base
package import Configuration
package import Engine
package import Identity
package import Ingest
package import Schema

/// What a server gives its slices to work with.
package struct FeatureContext: Sendable {
  package let configuration: Configuration
  package let engine: any AnalyticsEngine
  /// What all slices store in the engine, and for how long.
  package let schema: StoreSchema
  package let retention: RetentionPolicy
  /// The tables that are derived from a source, by its name.
  package let derived: @Sendable (_ source: String) -> any DerivedTables
  /// The way of rows to the engine.
  package let pipeline: IngestPipeline
  /// Rows that were acknowledged and are not in the engine yet, of whatever slice.
  package var pending: any PendingRows { pipeline }
  /// Where slices meet over samples of series.
  package let samples: SamplePort
  /// Where slices meet over spans.
  package let spans: SpanPort
  /// Where slices meet over scores.
  package let scores: ScorePort
  /// Who makes a request, for routes that are not endpoints.
  package let authenticator: Authenticator
  /// All tenants.
  package let tenants: @Sendable () throws -> [Tenant]
  /// Small documents that slices keep for tenants.
  package let documents: any DocumentStore
  /// Threads that may block.
  package let workers: any BlockingWorkers
  package let queryLimits: QueryLimits
  /// Whether whoever began a long response may still get it; asked again and again.
  package let isActive: @Sendable (Principal) -> Bool
  /// The wall clock.
  package let now: @Sendable () -> UnixNanoseconds
  package let logger: Logger
  /// The server's version.
  package let version: String

  package init(
    configuration: Configuration, engine: any AnalyticsEngine, schema: StoreSchema, retention: RetentionPolicy,
    derived: @escaping @Sendable (_ source: String) -> any DerivedTables, pipeline: IngestPipeline,
    samples: SamplePort, spans: SpanPort, scores: ScorePort, authenticator: Authenticator,
    tenants: @escaping @Sendable () throws -> [Tenant], documents: any DocumentStore, workers: any BlockingWorkers,
    queryLimits: QueryLimits,
    isActive: @escaping @Sendable (Principal) -> Bool, now: @escaping @Sendable () -> UnixNanoseconds,
    logger: Logger, version: String
  ) {
    self.configuration = configuration
    self.engine = engine
    self.schema = schema
    self.retention = retention
    self.derived = derived
    self.pipeline = pipeline
    self.samples = samples
    self.spans = spans
    self.scores = scores
    self.authenticator = authenticator
    self.tenants = tenants
    self.documents = documents
    self.workers = workers
    self.queryLimits = queryLimits
    self.isActive = isActive
    self.now = now
    self.logger = logger
    self.version = version
  }
}

extension FeatureContext {
  /// The id of a tenant; nil where none has the name.
  package func tenant(_ name: String) throws -> TenantID? { try tenants().first { $0.name == name }?.id }
}
