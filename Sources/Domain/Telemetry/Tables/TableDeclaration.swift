/// A table of the store, as whoever fills, reads or explains it has to know it.
///
/// The steps of the schema make the tables; a test compares what they made with the declarations.
package struct TableDeclaration: Sendable {
  package let name: String
  /// The column of the time by whose UTC day the store divides the rows; nil for a table that is not divided.
  package let dayColumn: String?
  /// In the order of the table.
  package let columns: [ColumnDeclaration]

  package init(_ name: String, dayColumn: String? = nil, _ columns: [ColumnDeclaration]) {
    precondition(
      dayColumn == nil || columns.contains { $0.name == dayColumn },
      "the table \(name) has no column \(dayColumn ?? "")")
    self.name = name
    self.dayColumn = dayColumn
    self.columns = columns
  }
}

/// A column of a table.
package struct ColumnDeclaration: Sendable {
  /// What the store writes where the rows do not have the column.
  package enum Filler: Sendable, Hashable {
    /// The time of the commit, in nanoseconds.
    case commitNanoseconds
    /// The time of the commit, in seconds.
    case commitSeconds
    /// A byte of 0.
    case zeroByte
  }

  /// The name as a literal of our own source, so that it may become part of a statement.
  package let literal: StaticString
  /// Type and codec, in the engine's words.
  package let type: String
  /// Nil where the rows MUST have the column.
  package let filler: Filler?
  /// What a value says, in Markdown.
  package let meaning: String

  package init(_ name: StaticString, _ type: String, filler: Filler? = nil, meaning: String) {
    self.literal = name
    self.type = type
    self.filler = filler
    self.meaning = meaning
  }

  package var name: String { literal.description }
}
