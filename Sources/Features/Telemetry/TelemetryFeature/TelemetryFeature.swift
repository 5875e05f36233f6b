package import API
import Base
package import Commands
package import Configuration
package import Feature
import Ingest
import JaegerAPI
package import Metrics
import OTLPExport
package import Schema
import TelemetryAPI
import TelemetryCommands
import TelemetryIngest
import TelemetryQueries
import TelemetrySettings
import TelemetryTables
import TempoAPI
import TraceInterchange

/// Traces and logs: how they come in, are kept, and are asked for.
package struct TelemetryFeature: Feature {
  package static let name = "telemetry"
  package static let settings = [RetentionSettings.group]
  package static let commands = TraceCommands.all + OwnerCommands.all + LogCommands.all
  package static let tables = TelemetryTables.all
  package static let schemaSteps = TelemetryTables.steps

  private let ingest: TelemetryIngest
  private let pipeline: IngestPipeline
  package let protocols: [any ProtocolRoutes]
  package let endpoints: [Endpoint<Void>]

  package static func setRetention(_ policy: inout RetentionPolicy, by configuration: Configuration) {
    policy.setTelemetry(configuration)
  }

  package init(_ context: FeatureContext) throws {
    pipeline = context.pipeline
    ingest = try TelemetryIngest(
      context.pipeline, context.configuration, logger: context.logger.component("ingest"), now: context.now)
    protocols = [
      OTLPRoutes(
        ingest.services, authenticator: context.authenticator,
        bodyBytesMax: context.configuration[Settings.bodyBytesMax])
    ]
    // One reader for all APIs, so that they share what it remembers of resources and scopes.
    let reader = TelemetryReader(
      engine: context.engine, derived: context.derived(TelemetryTables.spans.table), pending: context.pending,
      scores: context.scores, limits: context.queryLimits)
    context.spans.offer(reader)
    endpoints =
      TelemetryEndpoints(
        reader: reader, workers: context.workers, now: context.now, isActive: context.isActive
      ).endpoints
      + InterchangeEndpoints([Jaeger.api, Tempo.api(version: context.version)], reader: reader).endpoints
  }

  package var services: [any Service] { [IngestService(ingest: ingest, pipeline: pipeline)] }

  package var healthChecks: [HealthCheck] {
    [
      HealthCheck("ingest") { [ingest, pipeline] in
        IngestHealth(refusal: pipeline.refusal, journal: pipeline.journalProblem, store: ingest.problem).problem
      }
    ]
  }

  package func register(in metrics: MetricRegistry) { ingest.register(in: metrics) }
}

/// Has the streams of the signals take part in the pipeline while the server runs.
private struct IngestService: Service {
  let ingest: TelemetryIngest
  let pipeline: IngestPipeline

  func start() { for stream in ingest.streams { pipeline.add(stream) } }

  /// Commits what waits.
  func stop() { ingest.stop() }
}
