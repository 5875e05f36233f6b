/// What SQLite says when a call fails.
package struct SQLiteError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it is, from the primary result code (https://www.sqlite.org/rescode.html).
  package enum Kind: Sendable {
    /// Another connection holds a lock longer than the busy timeout.
    case busy
    /// A UNIQUE, CHECK, NOT NULL or foreign key rule refuses the row.
    case constraint
    /// The disk is full.
    case full
    /// The file or its directory cannot be written.
    case readOnly
    /// The file cannot be opened.
    case cannotOpen
    /// The file is damaged or no database.
    case corrupt
    /// The operating system failed to read or write.
    case inputOutput
    case other
  }

  package let kind: Kind
  /// The extended result code.
  package let code: Int32
  /// SQLite's own text; it holds no bound value.
  package let message: String

  package var description: String { "SQLite: \(message) (code \(code))" }
}
