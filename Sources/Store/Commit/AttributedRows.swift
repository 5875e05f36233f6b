package import Columns
package import Telemetry

/// Rows with attributes, whose keys are noted for completion.
package protocol AttributedRows: TelemetryBlock {
  /// The value of `source` in the table `attribute_keys`.
  static var attributeSource: String { get }
  /// The tenants of the rows.
  var tenant: FixedColumn<UInt32> { get }
  var attributeMap: MapColumn { get }
  /// The promoted attributes that a row holds in typed columns instead of the map, as bits.
  func promotedBits(_ row: Int) -> UInt32
}

extension AttributedRows {
  package func promotedBits(_ row: Int) -> UInt32 { 0 }
}
