extension Migration {
  /// Keeps the engine from computing statistics of every column in every merge, which is its standard since 26.
  ///
  /// Only planning uses them. Queries read them part by part and column by column, a thousand small reads for a trace by
  /// its id, and find their rows by primary key and skip indexes anyway; sessions turn them off too, for parts that have
  /// some.
  static let withoutStatistics = Migration(
    number: 3, name: "no column statistics",
    statements: [
      "resources", "scopes", "spans", "metric_points", "logs", "traces", "operations", "span_minutes", "span_durations",
      "attribute_keys",
    ].map { "ALTER TABLE \($0) MODIFY SETTING auto_statistics_types = ''" })
}
