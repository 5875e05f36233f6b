package import API
import Base
package import Commands
package import Configuration
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
import PrometheusAPI
package import Schema
import Scraping
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
  private let pipeline: IngestPipeline
  private let scraping: ScrapeService
  private let upkeep: SeriesUpkeep
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
    ingest = try MetricsIngest(
      context.pipeline, index: index, context.configuration, logger: context.logger.component("metrics"),
      now: context.now)
    protocols = [
      MetricsRoutes(
        ingest: ingest, authenticator: context.authenticator,
        bodyBytesMax: context.configuration[Settings.bodyBytesMax])
    ]
    let reader = SeriesReader(
      index: index, engine: context.engine, pending: context.pending,
      derived: context.derived(MetricsTables.samples.table), retention: context.retention, now: context.now,
      queryLimits: context.queryLimits)
    let scraping = ScrapeService(
      try Self.scrapeConfiguration(context.configuration[MetricsSettings.scrapeFile]),
      sink: ScrapedSampleStore(ingest: ingest, tenant: .default), version: context.version,
      logger: context.logger.component("scraping"), now: context.now)
    self.scraping = scraping
    let patterns = SeriesPatternCompiler()
    endpoints =
      PrometheusEndpoints(
        reader: reader, patterns: patterns, version: context.version, targets: { scraping.targets }
      ).endpoints
      + MetricsEndpoints(
        reader: reader, patterns: patterns, workers: context.workers, isActive: context.isActive
      ).endpoints
  }

  /// What to scrape; nothing without a file.
  private static func scrapeConfiguration(_ path: String) throws -> ScrapeConfiguration {
    guard !path.isEmpty else { return .empty }
    do {
      return try ScrapeConfigurationReader.read(
        try File.read(path, sizeMax: 16 << 20), path: path, compiler: SeriesPatternCompiler())
    } catch let error as SystemError {
      throw ErrorReport(
        code: "scrape_file_unreadable", message: "The file \(path) (metrics.scrape_file) cannot be read: \(error).")
    } catch {
      throw ErrorReport(
        code: "scrape_file_invalid", message: "The file of metrics.scrape_file cannot be used:\n\(error)")
    }
  }

  package var services: [any Service] { [MetricsService(ingest: ingest, pipeline: pipeline), upkeep] }

  package var rowSources: [any Service] { [scraping] }

  package var healthChecks: [HealthCheck] {
    [
      HealthCheck("metrics") { [ingest] in
        ingest.problem.map { HealthCheck.Problem(summary: "samples cannot be stored", details: $0) }
      }
    ]
  }

  package func register(in metrics: MetricRegistry) {
    ingest.register(in: metrics)
    scraping.register(in: metrics)
    metrics.gauge("axonize_series", help: "Series in the index, of all tenants.") { [index] in
      Double(index.seriesCount)
    }
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
