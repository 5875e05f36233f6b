/// Aggregates over the rows of `traces`, of which a trace can have several until they are merged.
enum TraceColumns {
  static let start: SQLFragment = "min(start_ns)"
  static let end: SQLFragment = "max(end_ns)"
  static let lastStart: SQLFragment = "max(last_start_ns)"
  static let rootName: SQLFragment = "max(toString(root_name))"
  static let rootService: SQLFragment = "max(toString(root_service))"
  static let durationNanoseconds: SQLFragment = "(max(end_ns) - min(start_ns))"
}
