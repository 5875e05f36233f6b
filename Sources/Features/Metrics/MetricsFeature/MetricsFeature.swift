package import API
import Base
package import Commands
package import Configuration
import Engine
package import Feature
import Ingest
package import Metrics
import MetricsAPI
import MetricsCommands
import MetricsIndex
import MetricsIngest
import MetricsQueries
import MetricsSettings
import MetricsTables
import OTLPExport
import PromQL
import PrometheusAPI
package import Schema
import Scraping
import Series
import SeriesPatterns
import System

/// Series of samples: how they come in, are kept, and are asked for in PromQL.
package struct MetricsFeature: Feature {
  package static let name = "metrics"
  package static let settings = [MetricsSettings.group]
  package static let commands = MetricsCommands.all
  package static let tables = MetricsTables.all
  package static let schemaSteps = MetricsTables.steps

  private let ingest: MetricsIngest
  private let index: SeriesIndex
  private let recent: RecentSamples
  private let memory: EvaluationMemory
  private let pipeline: IngestPipeline
  private let scraping: ScrapeService
  private let upkeep: SeriesUpkeep
  private let move: StoredPointMove
  package let protocols: [any ProtocolRoutes]
  package let endpoints: [Endpoint<Void>]

  package static func setRetention(_ policy: inout RetentionPolicy, by configuration: Configuration) {
    policy.setMetrics(configuration)
  }

  package init(_ context: FeatureContext) throws {
    index = SeriesIndex()
    try index.load(from: context.engine)
    var retention = RetentionPolicy()
    retention.setMetrics(context.configuration)
    upkeep = SeriesUpkeep(index: index, retention: retention[.series], now: context.now)
    pipeline = context.pipeline
    let recent = RecentSamples(
      bytesMax: context.configuration[MetricsSettings.recentMemoryMax], now: context.now)
    self.recent = recent
    memory = EvaluationMemory(bytesMax: context.configuration[MetricsSettings.queryMemoryMax])
    ingest = try MetricsIngest(
      context.pipeline, index: index, context.configuration, logger: context.logger.component("metrics"),
      now: context.now, didStore: { recent.note($0, $1) })
    context.samples.offer(SampleStore(ingest: ingest))
    move = StoredPointMove(
      ingest: ingest, engine: context.engine, pipeline: context.pipeline, retention: retention[.samples],
      logger: context.logger.component("metrics"), now: context.now)
    let bodyBytesMax = context.configuration[Settings.bodyBytesMax]
    protocols = [
      OTLPRoutes([ingest.otlpService], authenticator: context.authenticator, bodyBytesMax: bodyBytesMax),
      MetricsRoutes(ingest: ingest, authenticator: context.authenticator, bodyBytesMax: bodyBytesMax),
    ]
    let reader = SeriesReader(
      index: index, engine: context.engine, pending: context.pending,
      derived: context.derived(MetricsTables.samples.table), retention: context.retention, now: context.now,
      queryLimits: context.queryLimits, recent: recent)
    context.samples.offer(OfferedSeries(reader: reader))
    context.samples.offer(StoredSteps(reader: reader))
    let scraped = try Self.scrapeTenant(context)
    let scraping = try Self.scraping(context, ingest, for: scraped)
    self.scraping = scraping
    let patterns = SeriesPatternCompiler()
    endpoints =
      PrometheusEndpoints(
        reader: reader, patterns: patterns, version: context.version, memory: memory,
        targets: { $0 == scraped ? scraping.targets : ScrapeTargetsView() }
      ).endpoints
      + MetricsEndpoints(
        reader: reader, patterns: patterns, workers: context.workers, isActive: context.isActive
      ).endpoints
  }

  package var operations: [EndpointDefinition] { [MetricsRoutes.push] }

  package var services: [any Service] { [MetricsService(ingest: ingest, pipeline: pipeline), upkeep] }

  package var rowSources: [any Service] { [move, scraping] }

  package var healthChecks: [HealthCheck] {
    [
      HealthCheck("metrics") { [ingest, scraping] in
        if let problem = ingest.problem {
          return HealthCheck.Problem(summary: "samples cannot be stored", details: problem)
        }
        return scraping.problem.map {
          HealthCheck.Problem(summary: "the scrape configuration stays as it was", details: $0, isReady: true)
        }
      }
    ]
  }

  package func reload() { scraping.reload() }

  package func register(in metrics: MetricRegistry) {
    ingest.register(in: metrics)
    scraping.register(in: metrics)
    recent.register(in: metrics)
    metrics.gauge("axonize_query_memory_bytes", help: "Memory that evaluations of PromQL take, by estimate.") {
      [memory] in Double(memory.byteCount)
    }
    metrics.gauge("axonize_series", help: "Series in the index, of all tenants.") { [index] in
      Double(index.seriesCount)
    }
  }
}

/// The series for other slices.
private struct OfferedSeries: SeriesReading {
  let reader: SeriesReader

  func series(of tenant: TenantID, during activity: QueryActivity) -> any SeriesSource {
    reader.series(of: tenant, during: activity)
  }
}

/// Has the stream of samples take part in the pipeline while the server runs.
private struct MetricsService: Service {
  let ingest: MetricsIngest
  let pipeline: IngestPipeline

  func start() { for stream in ingest.streams { pipeline.add(stream) } }

  /// Commits what waits.
  func stop() { ingest.stop() }
}
