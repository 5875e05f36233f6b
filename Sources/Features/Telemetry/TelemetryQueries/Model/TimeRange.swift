import Base
import SQLBuilder

extension TimeRange {
  /// The conditions that a time column is in the range.
  func conditions(on column: SQLFragment) -> [SQLFragment] {
    [
      "\(column) >= fromUnixTimestamp64Nano(\(start.rawValue), 'UTC')",
      "\(column) < fromUnixTimestamp64Nano(\(end.rawValue), 'UTC')",
    ]
  }
}
