package import Columns

/// Rows of the table `resources`: one for each resource that rows of the same batch point to.
package final class ResourceBlock: ReferenceBlock {
  package let tenant = FixedColumn<UInt32>()
  /// Hash of the resource's bytes and its schema URL; unique within a tenant.
  package let resourceID = FixedColumn<UInt64>()
  package let serviceName = DictionaryColumn()
  package let attributes = MapColumn()
  package let droppedAttributes = FixedColumn<UInt32>()
  package let schemaURL = DictionaryColumn()

  package let listed = SetOnce<ColumnBlock>()
  package let known = KnownIDs()

  package init() { listed.set(Self.table.columns(of: self)) }

  package static let idColumn: String? = "resource_id"
  /// More distinct resources than a cluster has pods.
  package static let rememberedCountMax = 65_536
  package func id(_ row: Int) -> UInt64 { resourceID[row] }
}

/// Rows of the table `scopes`: one for each instrumentation scope that rows of the same batch point to.
package final class ScopeBlock: ReferenceBlock {
  package let tenant = FixedColumn<UInt32>()
  /// Hash of the scope's bytes and its schema URL; unique within a tenant.
  package let scopeID = FixedColumn<UInt64>()
  package let name = DictionaryColumn()
  package let version = DictionaryColumn()
  package let attributes = MapColumn()
  package let droppedAttributes = FixedColumn<UInt32>()
  package let schemaURL = DictionaryColumn()

  package let listed = SetOnce<ColumnBlock>()
  package let known = KnownIDs()

  package init() { listed.set(Self.table.columns(of: self)) }

  package static let idColumn: String? = "scope_id"
  package static let rememberedCountMax = 65_536
  package func id(_ row: Int) -> UInt64 { scopeID[row] }
}

/// Rows that rows of other tables point to by an id, each of which is in a block once.
package protocol ReferenceBlock: TelemetryBlock {
  /// The column by which rows of another table point to these, under the same name in both; nil where they do not say which
  /// they point to.
  static var idColumn: String? { get }
  /// How many ids the store remembers to have stored, at least; each takes some 16 bytes. Forgetting costs a repeated row.
  static var rememberedCountMax: Int { get }

  var tenant: FixedColumn<UInt32> { get }
  /// By what a row is known to be stored; unique within a tenant.
  func id(_ row: Int) -> UInt64
  var known: KnownIDs { get }
}

extension ReferenceBlock {
  /// The row of an id, nil when it has none yet.
  package func row(tenant: UInt32, id: UInt64) -> Int? { known.row(tenant: tenant, id: id) }

  /// Remembers the row of an id that was just completed.
  package func didAppend(tenant: UInt32, id: UInt64) {
    known.insert(tenant: tenant, id: id, row: rowCount - 1)
  }

  package func removeAll() {
    columns.removeAll()
    known.removeAll()
  }

  package func rollback(to marks: [ColumnMark]) {
    columns.rollback(to: marks)
    known.forget(fromRow: rowCount)
  }
}

/// Which ids have a row in a block.
///
/// It grows with the block and is emptied with it.
package final class KnownIDs: @unchecked Sendable {  // Like its block it has one owner at a time.
  package init() {}

  private struct Key: Hashable {
    let tenant: UInt32
    let id: UInt64
  }

  private var rows: [Key: Int] = [:]

  func row(tenant: UInt32, id: UInt64) -> Int? { rows[Key(tenant: tenant, id: id)] }
  func insert(tenant: UInt32, id: UInt64, row: Int) { rows[Key(tenant: tenant, id: id)] = row }
  func removeAll() { rows.removeAll(keepingCapacity: rows.count < 4096) }
  func forget(fromRow rowCount: Int) { rows = rows.filter { $0.value < rowCount } }
}
