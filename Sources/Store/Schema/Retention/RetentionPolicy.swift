package import Base
import Columns
package import Engine

/// A time for which rows are kept, which has a setting of its own.
///
/// Rows go with their whole part: up to a day later than the setting says where parts hold rows of one UTC day.
package struct RetentionPeriod: Hashable, Sendable {
  package let name: String
  package let defaultDuration: Duration

  package init(_ name: String, default duration: Duration) {
    self.name = name
    defaultDuration = duration
  }
}

extension RetentionPeriod {
  /// Spans, traces and operations, and what is said of them.
  ///
  /// Default 30 days.
  package static let traces = RetentionPeriod("traces", default: .seconds(30 * 86_400))
  /// Aggregates by the minute and by longer times, of several slices.
  ///
  /// Default 90 days.
  package static let aggregates = RetentionPeriod("aggregates", default: .seconds(90 * 86_400))
}

/// How long the rows of each period are kept.
package struct RetentionPolicy: Sendable {
  private var durations: [RetentionPeriod: Duration] = [:]

  package init() {}

  /// The shortest time that was set; nil where none was.
  package var shortest: Duration? { durations.values.min() }

  /// The default of the period where nothing else was set.
  package subscript(period: RetentionPeriod) -> Duration {
    get { durations[period] ?? period.defaultDuration }
    set { durations[period] = newValue }
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

  package func apply(_ policy: RetentionPolicy, to tables: [StoredTable]) throws(EngineError) {
    let result = try run("SELECT name, engine_full FROM system.tables WHERE database = currentDatabase()")
    var definitions: [String: String] = [:]
    for row in 0..<result.rowCount { definitions[result["name"].string(row) ?? ""] = result["engine_full"].string(row) }
    for table in tables {
      guard let retention = table.retention else { continue }
      let hasTTL = definitions[table.name]?.contains(" TTL ") == true
      if policy[retention.period] == .forever {
        guard hasTTL else { continue }
        _ = try run("ALTER TABLE \(table.name) REMOVE TTL")
        logger.debug("retention removed", LogField("table", table.name))
        continue
      }
      let seconds = policy[retention.period].components.seconds
      let expression = "\(retention.time) + toIntervalSecond(\(seconds))"
      if definitions[table.name]?.contains("TTL \(expression)") == true { continue }
      _ = try run("ALTER TABLE \(table.name) MODIFY TTL \(expression)")
      logger.debug("retention set", LogField("table", table.name), LogField("seconds", seconds))
    }
  }
}
