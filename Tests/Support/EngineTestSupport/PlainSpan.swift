import Columns
package import Telemetry
import Testing

extension SpanBlock {
  /// Appends a span that has a tenant, a batch, a resource and one attribute, and nothing in every other column.
  package func appendPlainSpan(tenant: UInt32, batchID: UInt64, resource: UInt64) {
    attributes.append(key: "k", type: .string, value: "v")
    for named in columns.columns { named.column.appendNothing() }
    self.tenant.truncate(toRowCount: self.tenant.rowCount - 1)
    self.tenant.append(tenant)
    self.batchID[rowCount - 1] = batchID
    self.resourceID[rowCount - 1] = resource
  }
}

extension Column {
  /// Ends a row with the column's zero, empty or null value.
  fileprivate func appendNothing() {
    switch self {
    case let column as FixedColumn<UInt8>: column.append(0)
    case let column as FixedColumn<UInt32>: column.append(0)
    case let column as FixedColumn<UInt64>: column.append(0)
    case let column as FixedColumn<Int64>: column.append(0)
    case let column as NullableColumn<UInt64>: column.append(nil)
    case let column as NullableColumn<Int64>: column.append(nil)
    case let column as FixedBytesColumn: column.append(high: 0, low: 0)
    case let column as StringColumn: column.append("")
    case let column as DictionaryColumn: column.append("")
    case let column as MapColumn: column.endRow()
    case let column as ListColumn<FixedColumn<Int64>>: column.endRow()
    case let column as ListColumn<FixedColumn<UInt32>>: column.endRow()
    case let column as ListColumn<FixedColumn<UInt64>>: column.endRow()
    case let column as ListColumn<DictionaryColumn>: column.endRow()
    case let column as ListColumn<StringColumn>: column.endRow()
    case let column as ListColumn<FixedBytesColumn>: column.endRow()
    case is MapTypesColumn: break
    default: Issue.record("no empty value for \(type(of: self))")
    }
  }
}
