package import API
package import Commands
import CompatibilityAPI
package import Configuration
package import Feature
import TelemetryAPI
import TelemetryCommands
import TelemetryQueries
import TelemetrySettings

/// Traces, metrics and logs: how they come in, are kept, and are asked for.
package struct TelemetryFeature: Feature {
  package static let name = "telemetry"
  package static let settings = [IngestSettings.group, RetentionSettings.group]
  package static let commands = TraceCommands.all + OwnerCommands.all + LogCommands.all + MetricCommands.all
  package static let schemas = TelemetryEndpoints.schemas

  package let endpoints: [Endpoint<Void>]

  package init(_ context: FeatureContext) {
    let reader = TelemetryReader(
      engine: context.engine, derived: context.derived, pending: context.pending, limits: context.queryLimits)
    endpoints =
      TelemetryEndpoints(
        reader: reader, workers: context.workers, now: context.now, isActive: context.isActive
      ).endpoints + CompatibilityEndpoints(reader: reader, version: context.version).endpoints
  }
}
