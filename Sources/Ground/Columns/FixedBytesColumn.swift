/// A column of 16-byte strings, such as trace ids.
public final class FixedBytesColumn: Column {
  /// Bytes of one row.
  public static let width = 16
  /// The two halves of each row, so that memory holds the bytes in order.
  public let halves = GrowableBuffer<UInt64>()

  /// Makes an empty column.
  public init() {}

  /// Rows that are complete.
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

  /// Bytes of memory that the rows use, without what is only reserved.
  public var usedBytes: Int { rowCount * Self.width }

  /// The largest offset that an Arrow buffer of this column would have to hold.
  public var offsetMax: Int { 0 }

  /// What the rows look like in memory, until the column is next changed or freed.
  public var layout: ColumnLayout {
    unsafe ColumnLayout(kind: .fixedBytes(width: Self.width), rowCount: rowCount, buffers: [halves.rawBytes])
  }

  /// Drops the rows from `rowCount` on and whatever was written for an unfinished row.
  public func truncate(toRowCount rowCount: Int) { halves.truncate(to: rowCount * 2) }

  /// Drops all rows and keeps at most `keepingBytesMax` of memory in each buffer for the next ones.
  public func removeAll(keepingBytesMax: Int) { halves.removeAll(keepingBytesMax: keepingBytesMax) }
}
