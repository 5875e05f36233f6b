/// A column of numbers, none of them null.
public final class FixedColumn<Element: ColumnElement>: Column {
  public let values = GrowableBuffer<Element>()
  let kind: ElementKind

  /// Makes an empty column; `kind` may name a logical type of the same memory, e.g. a timestamp for Int64.
  public init(kind: ElementKind = Element.elementKind) { self.kind = kind }

  @inlinable
  public var rowCount: Int { values.count }

  @inlinable
  public subscript(row: Int) -> Element {
    get { values[row] }
    set { values[row] = newValue }
  }

  @inlinable
  @inline(__always)
  public func append(_ value: Element) { values.append(value) }

  @inlinable
  public func append(repeating value: Element, count: Int) { values.append(repeating: value, count: count) }

  public var usedBytes: Int { values.count * MemoryLayout<Element>.stride }
  public var offsetMax: Int { 0 }
  public var layout: ColumnLayout {
    unsafe ColumnLayout(kind: .fixed(kind), rowCount: rowCount, buffers: [values.rawBytes])
  }
  public func truncate(toRowCount rowCount: Int) { values.truncate(to: rowCount) }
  public func removeAll(keepingBytesMax: Int) { values.removeAll(keepingBytesMax: keepingBytesMax) }
}

/// A column of numbers, some of them null.
public final class NullableColumn<Element: ColumnElement>: Column {
  public let values = GrowableBuffer<Element>()
  /// One bit per row, least significant first; bits after the last row are zero.
  public let validity = GrowableBuffer<UInt8>()
  let kind: ElementKind

  public init(kind: ElementKind = Element.elementKind) { self.kind = kind }

  @inlinable
  public var rowCount: Int { values.count }

  @inlinable
  public subscript(row: Int) -> Element? {
    validity[row >> 3] & (1 << UInt8(row & 7)) == 0 ? nil : values[row]
  }

  @inlinable
  @inline(__always)
  public func append(_ value: Element, isValid: Bool) {
    let row = values.count
    if row & 7 == 0 { validity.append(0) }
    // SAFETY: the byte of this row was appended with the first row that it covers.
    unsafe validity.base[row >> 3] |= (isValid ? 1 : 0) << UInt8(truncatingIfNeeded: row & 7)
    values.append(value)
  }

  @inlinable
  public func append(_ value: Element?) where Element: Numeric { append(value ?? 0, isValid: value != nil) }

  public var usedBytes: Int { values.count * MemoryLayout<Element>.stride + validity.count }
  public var offsetMax: Int { 0 }

  public var layout: ColumnLayout {
    var valid = 0
    for index in 0..<validity.count { valid += validity[index].nonzeroBitCount }
    return unsafe ColumnLayout(
      kind: .fixed(kind), rowCount: rowCount, validity: validity.rawBytes, nullCount: rowCount - valid,
      buffers: [values.rawBytes])
  }

  public func truncate(toRowCount rowCount: Int) {
    values.truncate(to: rowCount)
    validity.truncate(to: (rowCount + 7) >> 3)
    if rowCount & 7 != 0 { validity[rowCount >> 3] &= (1 << UInt8(rowCount & 7)) - 1 }
  }

  public func removeAll(keepingBytesMax: Int) {
    values.removeAll(keepingBytesMax: keepingBytesMax)
    validity.removeAll(keepingBytesMax: keepingBytesMax)
  }
}
