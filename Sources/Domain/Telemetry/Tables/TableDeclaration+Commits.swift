/// Tables that commits fill beside those of the signals.
extension TableDeclaration {
  /// The keys of attributes, for completion.
  package static let attributeKeys = TableDeclaration(
    "attribute_keys",
    [
      ColumnDeclaration("tenant", "UInt32", meaning: "Whose attributes have the key."),
      ColumnDeclaration(
        "source", "LowCardinality(String)",
        meaning: "`span`, `resource`, `scope` or `log`; `metric` in rows of earlier versions."),
      ColumnDeclaration("key", "String", meaning: "The key of an attribute."),
      ColumnDeclaration("type", "UInt8", meaning: "The type number of a value that came with the key."),
      ColumnDeclaration(
        "last_seen", "DateTime('UTC')", filler: .commitSeconds,
        meaning: "When the server last recorded the key; not every commit that has it does."),
    ])

  /// Spans that were stored before the call inside them, and so no longer count.
  package static let lateOuterSpans = TableDeclaration(
    "late_outer_spans",
    [
      ColumnDeclaration("tenant", "UInt32", meaning: "Whose span it is."),
      ColumnDeclaration("trace_id", "FixedString(16)", meaning: "The trace of the outer span."),
      ColumnDeclaration("span_id", "UInt64", meaning: "The id of the outer span."),
      ColumnDeclaration(
        "outer_received_at", "DateTime('UTC')", meaning: "A time not after the commit that stored the outer span."),
      ColumnDeclaration(
        "received_at", "DateTime64(9, 'UTC')", filler: .commitNanoseconds,
        meaning: "The time of the commit that found a span inside it."),
    ])
}
