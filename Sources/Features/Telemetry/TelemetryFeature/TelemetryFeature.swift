package import Commands
package import Configuration
import Feature
import TelemetryCommands
import TelemetrySettings

/// Traces, metrics and logs: how they come in, are kept, and are asked for.
package enum TelemetryFeature: FeatureDeclaration {
  package static let name = "telemetry"

  package static let settings = [IngestSettings.group, RetentionSettings.group]

  package static let commands = TraceCommands.all + OwnerCommands.all + LogCommands.all + MetricCommands.all
}
