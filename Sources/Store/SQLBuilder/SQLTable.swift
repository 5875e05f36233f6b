/// A table or a view that statements may read.
///
/// It MUST have a column `tenant`, by which every read of it is filtered.
package struct SQLTable: Hashable, Sendable {
  package let name: String

  /// - Parameter name: a name of our own source; nothing that a user writes.
  package init(_ name: StaticString) { self.name = name.description }
}
