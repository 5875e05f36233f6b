package import Base

/// What the store keeps in a table, of all tenants.
package struct KeptTable: Sendable, Hashable {
  package let name: String
  package var rowCount: Int64 = 0
  /// On the disk, compressed, without parts that were merged into others.
  package var byteCount: Int64 = 0
  /// How long rows are kept; nil for ever.
  package let retention: Duration?
  /// When the oldest and the newest row are of; nil where the store does not know it without reading them.
  package var oldest: UnixNanoseconds?
  package var newest: UnixNanoseconds?
  /// When rows become old enough to be removed; nil where none do.
  package var nextDeletion: UnixNanoseconds?

  package init(name: String, retention: Duration?) {
    self.name = name
    self.retention = retention
  }

  /// Nil for an empty table.
  package var bytesPerRow: Double? { rowCount > 0 ? Double(byteCount) / Double(rowCount) : nil }
}
