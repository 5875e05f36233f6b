/// Everything that is stored: the tables of all features, and the steps that make them.
package struct StoreSchema: Sendable {
  package let tables: [StoredTable]
  /// In the order in which they run.
  package let steps: [SchemaStep]

  package init(tables: [StoredTable], steps: [SchemaStep]) {
    precondition(Set(tables.map(\.name)).count == tables.count, "two tables have one name")
    precondition(Set(steps.map(\.name)).count == steps.count, "two steps of the schema have one name")
    self.tables = tables
    self.steps = steps
  }
}
