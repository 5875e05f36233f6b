extension Migration {
  /// Adds `details`, which holds what most spans have nothing of, and fills it from the columns that held it before.
  ///
  /// Sixteen columns that are nearly always empty cost a stored span 5 % of its CPU time, and a trace by its id a
  /// statement of its own. The alias columns go first: the engine builds the expression of each of them for each
  /// statement over the table, half a millisecond here, whether the statement reads it or not.
  static let details = Migration(
    number: 4, name: "details of spans",
    statements: [
      // The engine refuses to drop them as they are: it checks all expressions together, and takes the same lambda in two
      // of them for a recursion ("Recursive lambda", engine 26.9).
      """
      ALTER TABLE spans
        MODIFY COLUMN IF EXISTS all_attributes Map(LowCardinality(String), String) ALIAS attributes,
        MODIFY COLUMN IF EXISTS all_attribute_types Array(UInt8) ALIAS attribute_types
      """,
      "ALTER TABLE spans DROP COLUMN IF EXISTS all_attributes, DROP COLUMN IF EXISTS all_attribute_types",
      "ALTER TABLE spans ADD COLUMN IF NOT EXISTS details String CODEC(ZSTD(1)) AFTER attribute_types",
      """
      ALTER TABLE spans UPDATE details = \(detailsOfColumns)
      WHERE details = '' AND (notEmpty(event_times) OR notEmpty(link_span_ids) OR trace_state != ''
        OR dropped_attributes > 0 OR dropped_events > 0 OR dropped_links > 0)
      SETTINGS mutations_sync = 1
      """,
    ])

  /// Drops the columns whose content is in `details`.
  static let withoutDetailColumns = Migration(
    number: 5, name: "no columns for details",
    statements: [
      """
      ALTER TABLE spans
        \(detailColumns.map { "DROP COLUMN IF EXISTS \($0)" }.joined(separator: ",\n  "))
      """,
      """
      CREATE VIEW IF NOT EXISTS spans_with_attributes AS
      SELECT
        *,
        \(PromotedAttributeSQL.allAttributes) AS all_attributes,
        \(PromotedAttributeSQL.allAttributeTypes) AS all_attribute_types
      FROM spans
      """,
    ])

  private static let detailColumns = [
    "trace_state", "dropped_attributes", "event_times", "event_names", "event_attributes", "event_dropped_attributes",
    "dropped_events", "link_trace_ids", "link_span_ids", "link_trace_states", "link_flags", "link_attributes",
    "link_dropped_attributes", "dropped_links",
  ]

  /// The text that `SpanDetailText` would have written, but that it names fields which are empty or 0 too.
  private static let detailsOfColumns = """
    concat(
      '{"traceState":', toJSONString(trace_state),
      ',"droppedAttributesCount":', toString(dropped_attributes),
      ',"events":[', arrayStringConcat(arrayMap(
        (time, name, list, dropped) -> concat(
          '{"timeUnixNano":"', toString(toUnixTimestamp64Nano(time)), '","name":', toJSONString(name),
          if(list = '', '', concat(',"attributes":', list)), ',"droppedAttributesCount":', toString(dropped), '}'),
        event_times, arrayMap(x -> toString(x), event_names), event_attributes, event_dropped_attributes), ','),
      '],"droppedEventsCount":', toString(dropped_events),
      ',"links":[', arrayStringConcat(arrayMap(
        (trace, span, state, flags, list, dropped) -> concat(
          '{"traceId":"', lower(hex(trace)), '","spanId":"', leftPad(lower(hex(span)), 16, '0'),
          '","traceState":', toJSONString(state), if(list = '', '', concat(',"attributes":', list)),
          ',"droppedAttributesCount":', toString(dropped), ',"flags":', toString(flags), '}'),
        link_trace_ids, link_span_ids, link_trace_states, link_flags, link_attributes, link_dropped_attributes), ','),
      '],"droppedLinksCount":', toString(dropped_links), '}')
    """
}
