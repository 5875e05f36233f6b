package import JSON

/// A list of the API and the table in which its command shows it.
///
/// Commands of other features find it by its name in ``CommandContext/lists``.
package struct ListDefinition: Sendable {
  /// The last part of its path, for example `traces`.
  package let name: String
  /// Makes the table of rows.
  package let table: @Sendable ([JSONValue]) -> Table

  package init(_ name: String, table: @escaping @Sendable ([JSONValue]) -> Table) {
    self.name = name
    self.table = table
  }

  /// Shows what a command line asks for, as the command of the list does.
  package func run(_ arguments: ParsedArguments, _ context: CommandContext) throws(CommandFailure) -> ExitCode {
    try ListCommand.run("/\(name)", arguments, context, table)
  }
}
