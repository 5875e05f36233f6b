// Rows of one value for columns that lag behind: a decoder writes a row only where it differs from the usual value, and
// fills the gap before it, and at the end what is missing, at once.

extension FixedColumn {
  /// Appends rows of a value until there are `rowCount`; does nothing if there are as many.
  @inlinable
  @inline(__always)
  public func pad(_ value: Element, toRowCount rowCount: Int) { values.pad(value, toCount: rowCount) }
}

extension NullableColumn where Element: Numeric {
  /// Appends nulls until there are `rowCount` rows; does nothing if there are as many.
  @inlinable
  @inline(__always)
  public func padNull(toRowCount rowCount: Int) {
    guard values.count < rowCount else { return }
    values.pad(0, toCount: rowCount)
    // Bits after the last row are zero already.
    validity.pad(0, toCount: (rowCount &+ 7) >> 3)
  }
}

extension StringColumn {
  /// Appends empty rows until there are `rowCount`; does nothing if there are as many.
  ///
  /// No row may be open.
  @inlinable
  @inline(__always)
  public func padEmpty(toRowCount rowCount: Int) { offsets.padLast(toCount: rowCount &+ 1) }
}

extension DictionaryColumn {
  /// Appends rows of a code that the dictionary gave until there are `rowCount`; does nothing if there are as many.
  @inlinable
  @inline(__always)
  public func pad(code: UInt32, toRowCount rowCount: Int) { codes.pad(code, toCount: rowCount) }
}

extension ListColumn {
  /// Appends empty rows until there are `rowCount`; does nothing if there are as many.
  ///
  /// Elements that were appended since the last row was closed belong to the row behind these.
  @inlinable
  @inline(__always)
  public func padEmpty(toRowCount rowCount: Int) { offsets.padLast(toCount: rowCount &+ 1) }
}

extension GrowableBuffer {
  /// Appends an element until there are `count`.
  @inlinable
  @inline(__always)
  func pad(_ element: Element, toCount count: Int) {
    let missing = count &- self.count
    if missing > 0 { fill(element, count: missing) }
  }

  /// Appends the last element, which MUST exist, until there are `count`.
  @inlinable
  @inline(__always)
  func padLast(toCount count: Int) {
    let missing = count &- self.count
    if missing > 0 { fill(self[self.count - 1], count: missing) }
  }

  @inline(never)
  @usableFromInline
  func fill(_ element: Element, count: Int) { append(repeating: element, count: count) }
}
