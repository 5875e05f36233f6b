package import Configuration
package import Schema
import TelemetryTables

/// How long telemetry is kept.
package enum RetentionSettings {
  package static let traces: Setting<Duration> = retention("retention.traces", "30d", of: "spans and traces")
  package static let logs: Setting<Duration> = retention("retention.logs", "14d", of: "log records")
  package static let aggregates: Setting<Duration> = retention(
    "retention.aggregates", "90d", of: "per-minute statistics of services and models")

  package static let group = SettingGroup(
    "retention", title: "Retention",
    [traces.declaration, logs.declaration, aggregates.declaration])

  private static func retention(_ key: String, _ defaultText: String, of rows: String) -> Setting<Duration> {
    Setting<Duration>(
      key, expected: Parsers.durationForm, default: defaultText, meaning: "How long \(rows) are kept.",
      notes: "At least 1h. A shorter time takes effect at the next start.",
      parse: Parsers.duration(.seconds(3600)...(.seconds(3650 * 86400))))
  }
}

extension RetentionPolicy {
  /// Sets how long telemetry is kept.
  package mutating func setTelemetry(_ configuration: Configuration) {
    self[.traces] = configuration[RetentionSettings.traces]
    self[.logs] = configuration[RetentionSettings.logs]
    self[.aggregates] = configuration[RetentionSettings.aggregates]
  }
}
