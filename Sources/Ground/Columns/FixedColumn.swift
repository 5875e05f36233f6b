/// A column of numbers, none of them null.
public final class FixedColumn<Element: ColumnElement>: Column {
  /// The values of all rows.
  public let values = GrowableBuffer<Element>()
  let kind: ElementKind

  /// Makes an empty column; `kind` may name a logical type of the same memory, for example a timestamp for Int64.
  public init(kind: ElementKind = Element.elementKind) { self.kind = kind }

  /// Rows that are complete.
  @inlinable
  public var rowCount: Int { values.count }

  /// The value of a row.
  @inlinable
  public subscript(row: Int) -> Element {
    get { values[row] }
    set { values[row] = newValue }
  }

  /// Appends a row.
  @inlinable
  @inline(__always)
  public func append(_ value: Element) { values.append(value) }

  /// Appends rows of one value.
  @inlinable
  public func append(repeating value: Element, count: Int) { values.append(repeating: value, count: count) }

  /// Bytes of memory that the rows use, without what is only reserved.
  public var usedBytes: Int { values.count * MemoryLayout<Element>.stride }

  /// The largest offset that an Arrow buffer of this column would have to hold.
  public var offsetMax: Int { 0 }

  /// What the rows look like in memory, until the column is next changed or freed.
  public var layout: ColumnLayout {
    unsafe ColumnLayout(kind: .fixed(kind), rowCount: rowCount, buffers: [values.rawBytes])
  }

  /// Drops the rows from `rowCount` on and whatever was written for an unfinished row.
  public func truncate(toRowCount rowCount: Int) { values.truncate(to: rowCount) }

  /// Drops all rows and keeps at most `keepingBytesMax` of memory in each buffer for the next ones.
  public func removeAll(keepingBytesMax: Int) { values.removeAll(keepingBytesMax: keepingBytesMax) }
}

/// A column of numbers, some of them null.
public final class NullableColumn<Element: ColumnElement>: Column {
  /// The values of all rows; 0 where a row is null.
  public let values = GrowableBuffer<Element>()
  /// One bit per row, least significant first; bits after the last row are zero.
  public let validity = GrowableBuffer<UInt8>()
  let kind: ElementKind

  /// Makes an empty column; `kind` may name a logical type of the same memory.
  public init(kind: ElementKind = Element.elementKind) { self.kind = kind }

  /// Rows that are complete.
  @inlinable
  public var rowCount: Int { values.count }

  /// The value of a row; nil where it is null.
  @inlinable
  public subscript(row: Int) -> Element? {
    validity[row >> 3] & (1 << UInt8(row & 7)) == 0 ? nil : values[row]
  }

  /// Appends a row, which is null unless it is valid.
  @inlinable
  @inline(__always)
  public func append(_ value: Element, isValid: Bool) {
    let row = values.count
    if row & 7 == 0 { validity.append(0) }
    // SAFETY: the byte of this row was appended with the first row that it covers.
    unsafe validity.base[row >> 3] |= (isValid ? 1 : 0) << UInt8(truncatingIfNeeded: row & 7)
    values.append(value)
  }

  /// Appends a row; nil is null.
  @inlinable
  public func append(_ value: Element?) where Element: Numeric { append(value ?? 0, isValid: value != nil) }

  /// Bytes of memory that the rows use, without what is only reserved.
  public var usedBytes: Int { values.count * MemoryLayout<Element>.stride + validity.count }

  /// The largest offset that an Arrow buffer of this column would have to hold.
  public var offsetMax: Int { 0 }

  /// What the rows look like in memory, until the column is next changed or freed.
  public var layout: ColumnLayout {
    var valid = 0
    for index in 0..<validity.count { valid += validity[index].nonzeroBitCount }
    return unsafe ColumnLayout(
      kind: .fixed(kind), rowCount: rowCount, validity: validity.rawBytes, nullCount: rowCount - valid,
      buffers: [values.rawBytes])
  }

  /// Drops the rows from `rowCount` on and whatever was written for an unfinished row.
  public func truncate(toRowCount rowCount: Int) {
    values.truncate(to: rowCount)
    validity.truncate(to: (rowCount + 7) >> 3)
    if rowCount & 7 != 0 { validity[rowCount >> 3] &= (1 << UInt8(rowCount & 7)) - 1 }
  }

  /// Drops all rows and keeps at most `keepingBytesMax` of memory in each buffer for the next ones.
  public func removeAll(keepingBytesMax: Int) {
    values.removeAll(keepingBytesMax: keepingBytesMax)
    validity.removeAll(keepingBytesMax: keepingBytesMax)
  }
}
