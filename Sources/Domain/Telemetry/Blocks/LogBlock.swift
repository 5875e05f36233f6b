package import Columns

/// Rows of the table `logs`.
package final class LogBlock: TelemetryBlock {
  package let tenant = FixedColumn<UInt32>()
  /// When it happened; the observed time where the client gave no other.
  package let time = FixedColumn<Int64>(kind: .timestampNanoseconds)
  package let observedTime = FixedColumn<Int64>(kind: .timestampNanoseconds)
  /// 1 to 24 as in OTLP, 0 unspecified.
  package let severityNumber = FixedColumn<UInt8>()
  package let severityText = DictionaryColumn()
  /// The canonical text of the body; `bodyType` is a raw value of `AttributeType`.
  package let body = StringColumn()
  package let bodyType = FixedColumn<UInt8>()
  /// All zero when the record belongs to no trace.
  package let traceID = FixedBytesColumn()
  package let spanID = FixedColumn<UInt64>()
  package let flags = FixedColumn<UInt32>()
  package let serviceName = DictionaryColumn()
  package let resourceID = FixedColumn<UInt64>()
  package let scopeName = DictionaryColumn()
  package let scopeVersion = DictionaryColumn()
  package let scopeID = FixedColumn<UInt64>()
  package let eventName = DictionaryColumn()
  package let attributes = MapColumn()
  package let droppedAttributes = FixedColumn<UInt32>()
  /// Hash of the body of the request that brought the record, to recognise a retry.
  package let batchID = FixedColumn<UInt64>()

  package let listed = SetOnce<ColumnBlock>()

  package init() { listed.set(Self.table.columns(of: self)) }
}
