/// A column of 16-byte strings, such as trace ids.
public final class FixedBytesColumn: Column {
  /// Bytes of one row.
  public static let width = 16
  /// The two halves of each row, so that memory holds the bytes in order.
  public let halves = GrowableBuffer<UInt64>()

  public init() {}

  @inlinable
  public var rowCount: Int { halves.count >> 1 }

  /// Appends the 16 bytes of two big-endian halves.
  @inlinable
  @inline(__always)
  public func append(high: UInt64, low: UInt64) {
    let target = unsafe halves.reserve(2)
    // SAFETY: reserve made room for two.
    unsafe target[0] = high.bigEndian
    unsafe target[1] = low.bigEndian
    halves.commit(2)
  }

  /// The halves of a row as big-endian numbers.
  public subscript(row: Int) -> (high: UInt64, low: UInt64) {
    (UInt64(bigEndian: halves[row * 2]), UInt64(bigEndian: halves[row * 2 + 1]))
  }

  public var usedBytes: Int { rowCount * Self.width }
  public var offsetMax: Int { 0 }
  public var layout: ColumnLayout {
    unsafe ColumnLayout(kind: .fixedBytes(width: Self.width), rowCount: rowCount, buffers: [halves.rawBytes])
  }
  public func truncate(toRowCount rowCount: Int) { halves.truncate(to: rowCount * 2) }
  public func removeAll(keepingBytesMax: Int) { halves.removeAll(keepingBytesMax: keepingBytesMax) }
}
