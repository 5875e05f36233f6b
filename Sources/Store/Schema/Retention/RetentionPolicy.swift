import Columns
package import Base
package import Engine

/// How long rows are kept, by their own time.
///
/// Rows go with their whole part: up to a day later than the retention says, since parts hold rows of one UTC day.
package struct RetentionPolicy: Sendable, Equatable {
  /// Spans, traces and operations. Default 30 days.
  package var traces = Duration.seconds(30 * 86_400)
  /// Log records. Default 14 days.
  package var logs = Duration.seconds(14 * 86_400)
  /// Metric points. Default 30 days.
  package var metrics = Duration.seconds(30 * 86_400)
  /// Aggregates per minute and per hour. Default 90 days.
  package var aggregates = Duration.seconds(90 * 86_400)

  package init() {}

  /// The shortest time for which rows are kept as they came.
  package var shortest: Duration { min(traces, logs, metrics) }

  /// The table and the time of a row, as SQL, of everything that goes with time. Resources, scopes and attribute keys
  /// are few and stay.
  var rules: [(table: String, time: String, seconds: Int64)] {
    [
      ("spans", "toDateTime(start_time)", traces.components.seconds),
      ("traces", "toDateTime(fromUnixTimestamp64Nano(end_ns))", traces.components.seconds),
      ("operations", "last_seen", traces.components.seconds),
      ("logs", "toDateTime(time)", logs.components.seconds),
      ("metric_points", "toDateTime(time)", metrics.components.seconds),
      ("span_minutes", "minute", aggregates.components.seconds),
      ("span_half_hours", "half_hour", aggregates.components.seconds),
      ("gpu_hours", "hour", aggregates.components.seconds),
      ("label_durations", "time", aggregates.components.seconds),
      ("gpu_hour_sums", "hour", aggregates.components.seconds),
      ("trace_owners", "hour", traces.components.seconds),
      ("late_outer_spans", "toDateTime(received_at)", traces.components.seconds),
    ]
  }
}

/// Applies a retention policy to the tables, where they have another.
package struct RetentionRunner {
  private let run: SchemaRunner.Run
  private let logger: Logger

  package init(run: @escaping SchemaRunner.Run, logger: Logger) {
    self.run = run
    self.logger = logger
  }

  package func apply(_ policy: RetentionPolicy) throws(EngineError) {
    let result = try run("SELECT name, engine_full FROM system.tables WHERE database = currentDatabase()")
    var definitions: [String: String] = [:]
    for row in 0..<result.rowCount { definitions[result["name"].string(row) ?? ""] = result["engine_full"].string(row) }
    for rule in policy.rules {
      let expression = "\(rule.time) + toIntervalSecond(\(rule.seconds))"
      if definitions[rule.table]?.contains("TTL \(expression)") == true { continue }
      _ = try run("ALTER TABLE \(rule.table) MODIFY TTL \(expression)")
      logger.debug("retention set", LogField("table", rule.table), LogField("seconds", rule.seconds))
    }
  }
}
