/// A column of UTF-8 text.
///
/// A row is written at once, or piece by piece into `bytes` and then closed by `endRow`.
public final class StringColumn: Column {
  /// One offset a row and one more, in bytes.
  ///
  /// Beyond `Int32.max` they wrap; see `offsetMax`.
  public let offsets = GrowableBuffer<Int32>()
  /// The text of all rows, and of the row being written.
  public let bytes = GrowableBuffer<UInt8>()

  /// Makes an empty column.
  public init() { offsets.append(0) }

  /// Rows that are complete.
  @inlinable
  public var rowCount: Int { offsets.count - 1 }

  /// Appends a row; ill-formed UTF-8 becomes U+FFFD.
  @inlinable
  @inline(__always)
  public func append(_ text: UnsafeRawBufferPointer) {
    unsafe bytes.append(utf8: text)
    endRow()
  }

  /// Appends a row.
  public func append(_ text: String) {
    var text = text
    text.withUTF8 { unsafe append(UnsafeRawBufferPointer($0)) }
  }

  /// Closes the row that was written to `bytes`.
  @inlinable
  @inline(__always)
  public func endRow() { offsets.append(Int32(truncatingIfNeeded: bytes.count)) }

  /// Where the bytes of a row are.
  @inlinable
  public func range(_ row: Int) -> Range<Int> { Int(offsets[row])..<Int(offsets[row + 1]) }

  /// The bytes of a row; valid until the column is next changed.
  @inlinable
  public func rawBytes(_ row: Int) -> UnsafeRawBufferPointer {
    let range = range(row)
    // SAFETY: offsets only ever point into bytes.
    return unsafe UnsafeRawBufferPointer(start: bytes.base + range.lowerBound, count: range.count)
  }

  /// The text of a row, for tests and slow paths.
  public subscript(row: Int) -> String { unsafe String(decoding: rawBytes(row), as: UTF8.self) }

  /// Bytes of memory that the rows use, without what is only reserved.
  public var usedBytes: Int { offsets.count * 4 + bytes.count }

  /// The largest offset that an Arrow buffer of this column would have to hold.
  public var offsetMax: Int { bytes.count }

  /// What the rows look like in memory, until the column is next changed or freed.
  public var layout: ColumnLayout {
    unsafe ColumnLayout(kind: .string, rowCount: rowCount, buffers: [offsets.rawBytes, bytes.rawBytes])
  }

  /// Drops the rows from `rowCount` on and whatever was written for an unfinished row.
  @inlinable
  public func truncate(toRowCount rowCount: Int) {
    bytes.truncate(to: Int(offsets[rowCount]))
    offsets.truncate(to: rowCount + 1)
  }

  /// Drops all rows and keeps at most `keepingBytesMax` of memory in each buffer for the next ones.
  public func removeAll(keepingBytesMax: Int) {
    offsets.removeAll(keepingBytesMax: keepingBytesMax)
    bytes.removeAll(keepingBytesMax: keepingBytesMax)
    offsets.append(0)
  }
}
