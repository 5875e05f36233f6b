/// A column of 16-byte strings, such as trace ids.
package final class FixedBytesColumn: Column {
  /// Bytes of one row.
  package static let width = 16
  /// The two halves of each row, so that memory holds the bytes in order.
  @usableFromInline package let halves = GrowableBuffer<UInt64>()

  package init() {}

  @inlinable
  package var rowCount: Int { halves.count >> 1 }

  /// Appends the 16 bytes of two big-endian halves.
  @inlinable
  @inline(__always)
  package func append(high: UInt64, low: UInt64) {
    let target = unsafe halves.reserve(2)
    // SAFETY: reserve made room for two.
    unsafe target[0] = high.bigEndian
    unsafe target[1] = low.bigEndian
    halves.commit(2)
  }

  /// The halves of a row as big-endian numbers.
  package subscript(row: Int) -> (high: UInt64, low: UInt64) {
    (UInt64(bigEndian: halves[row * 2]), UInt64(bigEndian: halves[row * 2 + 1]))
  }

  package var usedBytes: Int { rowCount * Self.width }
  package var offsetMax: Int { 0 }
  package var layout: ColumnLayout {
    unsafe ColumnLayout(kind: .fixedBytes(width: Self.width), rowCount: rowCount, buffers: [halves.rawBytes])
  }
  package func truncate(toRowCount rowCount: Int) { halves.truncate(to: rowCount * 2) }
  package func removeAll(keepingBytesMax: Int) { halves.removeAll(keepingBytesMax: keepingBytesMax) }
}
