extension Migration {
  /// Moves the alias columns with every attribute of a span out of the table into a view.
  ///
  /// The engine builds the expression of each alias column of a table for each statement over the table, half a
  /// millisecond here, whether the statement reads it or not.
  static let attributeView = Migration(
    number: 4, name: "attributes in a view",
    statements: [
      // The engine refuses to drop them as they are: it checks all expressions together, and takes the same lambda in two
      // of them for a recursion ("Recursive lambda", engine 26.9).
      """
      ALTER TABLE spans
        MODIFY COLUMN IF EXISTS all_attributes Map(LowCardinality(String), String) ALIAS attributes,
        MODIFY COLUMN IF EXISTS all_attribute_types Array(UInt8) ALIAS attribute_types
      """,
      "ALTER TABLE spans DROP COLUMN IF EXISTS all_attributes, DROP COLUMN IF EXISTS all_attribute_types",
      """
      CREATE VIEW IF NOT EXISTS spans_with_attributes AS
      SELECT
        *,
        \(PromotedAttributeSQL.allAttributes) AS all_attributes,
        \(PromotedAttributeSQL.allAttributeTypes) AS all_attribute_types
      FROM spans
      """,
    ])
}
