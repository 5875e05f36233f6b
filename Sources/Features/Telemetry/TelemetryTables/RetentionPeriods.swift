package import Schema

extension RetentionPeriod {
  /// Log records.
  ///
  /// Default 14 days.
  package static let logs = RetentionPeriod("logs", default: .seconds(14 * 86_400))
}
