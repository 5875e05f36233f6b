/// A column of UTF-8 text.
///
/// A row is written at once, or piece by piece into `bytes` and then closed by `endRow`.
package final class StringColumn: Column {
  /// One offset a row and one more, in bytes. Beyond `Int32.max` they wrap; see `offsetMax`.
  @usableFromInline package let offsets = GrowableBuffer<Int32>()
  /// The text of all rows, and of the row being written.
  package let bytes = GrowableBuffer<UInt8>()

  package init() { offsets.append(0) }

  @inlinable
  package var rowCount: Int { offsets.count - 1 }

  /// Appends a row; ill-formed UTF-8 becomes U+FFFD.
  @inlinable
  @inline(__always)
  package func append(_ text: UnsafeRawBufferPointer) {
    unsafe bytes.append(utf8: text)
    endRow()
  }

  package func append(_ text: String) {
    var text = text
    text.withUTF8 { unsafe append(UnsafeRawBufferPointer($0)) }
  }

  /// Closes the row that was written to `bytes`.
  @inlinable
  @inline(__always)
  package func endRow() { offsets.append(Int32(truncatingIfNeeded: bytes.count)) }

  /// Where the bytes of a row are.
  @inlinable
  package func range(_ row: Int) -> Range<Int> { Int(offsets[row])..<Int(offsets[row + 1]) }

  /// The bytes of a row; valid until the column is next changed.
  @inlinable
  package func rawBytes(_ row: Int) -> UnsafeRawBufferPointer {
    let range = range(row)
    // SAFETY: offsets only ever point into bytes.
    return unsafe UnsafeRawBufferPointer(start: bytes.base + range.lowerBound, count: range.count)
  }

  /// The text of a row, for tests and slow paths.
  package subscript(row: Int) -> String { unsafe String(decoding: rawBytes(row), as: UTF8.self) }

  /// Bytes written since the last complete row.
  package var openRowBytes: Int { bytes.count - Int(offsets[offsets.count - 1]) }

  package var usedBytes: Int { offsets.count * 4 + bytes.count }
  package var offsetMax: Int { bytes.count }
  package var layout: ColumnLayout {
    unsafe ColumnLayout(kind: .string, rowCount: rowCount, buffers: [offsets.rawBytes, bytes.rawBytes])
  }

  @inlinable
  package func truncate(toRowCount rowCount: Int) {
    bytes.truncate(to: Int(offsets[rowCount]))
    offsets.truncate(to: rowCount + 1)
  }

  package func removeAll(keepingBytesMax: Int) {
    offsets.removeAll(keepingBytesMax: keepingBytesMax)
    bytes.removeAll(keepingBytesMax: keepingBytesMax)
    offsets.append(0)
  }
}
