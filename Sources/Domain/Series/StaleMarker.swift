/// The value that ends a series: a NaN of its own, which remote write and scrapes send when a series is gone.
package enum StaleMarker {
  /// Prometheus' bit pattern (`model/value/value.go`), by which it differs from every NaN that is a value.
  package static let bitPattern: UInt64 = 0x7ff0_0000_0000_0002
  package static let value = Double(bitPattern: bitPattern)

  @inlinable
  package static func isStale(_ value: Double) -> Bool { value.bitPattern == 0x7ff0_0000_0000_0002 }
}
