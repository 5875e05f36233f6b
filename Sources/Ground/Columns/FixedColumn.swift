/// A column of numbers, none of them null.
package final class FixedColumn<Element: ColumnElement>: Column {
  @usableFromInline package let values = GrowableBuffer<Element>()
  private let kind: ElementKind

  /// Makes an empty column; `kind` may name a logical type of the same memory, e.g. a timestamp for Int64.
  package init(kind: ElementKind = Element.elementKind) { self.kind = kind }

  @inlinable
  package var rowCount: Int { values.count }

  @inlinable
  package subscript(row: Int) -> Element {
    get { values[row] }
    set { values[row] = newValue }
  }

  @inlinable
  @inline(__always)
  package func append(_ value: Element) { values.append(value) }

  @inlinable
  package func append(repeating value: Element, count: Int) { values.append(repeating: value, count: count) }

  package var usedBytes: Int { values.count * MemoryLayout<Element>.stride }
  package var offsetMax: Int { 0 }
  package var layout: ColumnLayout {
    unsafe ColumnLayout(kind: .fixed(kind), rowCount: rowCount, buffers: [values.rawBytes])
  }
  package func truncate(toRowCount rowCount: Int) { values.truncate(to: rowCount) }
  package func removeAll(keepingBytesMax: Int) { values.removeAll(keepingBytesMax: keepingBytesMax) }
}

/// A column of numbers, some of them null.
package final class NullableColumn<Element: ColumnElement>: Column {
  @usableFromInline package let values = GrowableBuffer<Element>()
  /// One bit a row, least significant first; bits behind the last row are zero.
  @usableFromInline package let validity = GrowableBuffer<UInt8>()
  private let kind: ElementKind

  package init(kind: ElementKind = Element.elementKind) { self.kind = kind }

  @inlinable
  package var rowCount: Int { values.count }

  @inlinable
  package subscript(row: Int) -> Element? {
    validity[row >> 3] & (1 << UInt8(row & 7)) == 0 ? nil : values[row]
  }

  @inlinable
  @inline(__always)
  package func append(_ value: Element, isValid: Bool) {
    let row = values.count
    if row & 7 == 0 { validity.append(0) }
    // SAFETY: the byte of this row was appended with the first row that it covers.
    unsafe validity.base[row >> 3] |= (isValid ? 1 : 0) << UInt8(truncatingIfNeeded: row & 7)
    values.append(value)
  }

  @inlinable
  package func append(_ value: Element?) where Element: Numeric { append(value ?? 0, isValid: value != nil) }

  package var usedBytes: Int { values.count * MemoryLayout<Element>.stride + validity.count }
  package var offsetMax: Int { 0 }

  package var layout: ColumnLayout {
    var valid = 0
    for index in 0..<validity.count { valid += validity[index].nonzeroBitCount }
    return unsafe ColumnLayout(
      kind: .fixed(kind), rowCount: rowCount, validity: validity.rawBytes, nullCount: rowCount - valid,
      buffers: [values.rawBytes])
  }

  package func truncate(toRowCount rowCount: Int) {
    values.truncate(to: rowCount)
    validity.truncate(to: (rowCount + 7) >> 3)
    if rowCount & 7 != 0 { validity[rowCount >> 3] &= (1 << UInt8(rowCount & 7)) - 1 }
  }

  package func removeAll(keepingBytesMax: Int) {
    values.removeAll(keepingBytesMax: keepingBytesMax)
    validity.removeAll(keepingBytesMax: keepingBytesMax)
  }
}
