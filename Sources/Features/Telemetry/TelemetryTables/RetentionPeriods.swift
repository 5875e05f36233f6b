package import Schema

extension RetentionPeriod {
  /// Spans, traces and operations.
  ///
  /// Default 30 days.
  package static let traces = RetentionPeriod("traces", default: .seconds(30 * 86_400))
  /// Log records.
  ///
  /// Default 14 days.
  package static let logs = RetentionPeriod("logs", default: .seconds(14 * 86_400))
}
