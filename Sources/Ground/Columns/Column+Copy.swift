// Copies of rows, for a store that has to insert parts of a block. Each column copies a run of rows at once.

extension FixedColumn {
  /// A column of copies of some rows, in this order.
  public func copy(of rows: [Range<Int>]) -> FixedColumn {
    let copy = FixedColumn(kind: kind)
    for run in rows { copy.values.append(run, of: values) }
    return copy
  }
}

extension NullableColumn {
  /// A column of copies of some rows, in this order.
  public func copy(of rows: [Range<Int>]) -> NullableColumn {
    let copy = NullableColumn(kind: kind)
    for row in rows.joined() { copy.append(values[row], isValid: self[row] != nil) }
    return copy
  }
}

extension FixedBytesColumn {
  /// A column of copies of some rows, in this order.
  public func copy(of rows: [Range<Int>]) -> FixedBytesColumn {
    let copy = FixedBytesColumn()
    for run in rows { copy.halves.append(run.lowerBound * 2..<run.upperBound * 2, of: halves) }
    return copy
  }
}

extension StringColumn {
  /// A column of copies of some rows, in this order.
  public func copy(of rows: [Range<Int>]) -> StringColumn {
    let copy = StringColumn()
    for run in offsets.ranges(of: rows) { copy.bytes.append(run, of: bytes) }
    copy.offsets.appendOffsets(of: rows, from: offsets)
    return copy
  }
}

extension DictionaryColumn {
  /// The copy has the same dictionary.
  public func copy(of rows: [Range<Int>]) -> DictionaryColumn {
    let copy = DictionaryColumn(dictionary: dictionary)
    for run in rows { copy.codes.append(run, of: codes) }
    return copy
  }
}

extension ListColumn {
  /// A column of copies of some rows, in this order.
  public func copy(of rows: [Range<Int>]) -> ListColumn {
    let copy = ListColumn(elements.copy(of: offsets.ranges(of: rows)))
    copy.offsets.appendOffsets(of: rows, from: offsets)
    return copy
  }
}

extension MapColumn {
  /// A column of copies of some rows, in this order.
  public func copy(of rows: [Range<Int>]) -> MapColumn {
    let entries = offsets.ranges(of: rows)
    let copy = MapColumn(
      keys: keys.copy(of: entries), values: values.copy(of: entries), types: types.copy(of: entries))
    copy.offsets.appendOffsets(of: rows, from: offsets)
    return copy
  }
}

extension MapTypesColumn {
  /// The copy has a map of its own, without keys and values.
  public func copy(of rows: [Range<Int>]) -> MapTypesColumn {
    let types = MapColumn(
      keys: DictionaryColumn(), values: StringColumn(), types: map.types.copy(of: map.offsets.ranges(of: rows)))
    types.offsets.appendOffsets(of: rows, from: map.offsets)
    return MapTypesColumn(of: types)
  }
}

extension ColumnBlock {
  /// A block of copies of some rows, in this order.
  public func copy(of rows: [Range<Int>]) -> ColumnBlock {
    ColumnBlock(columns.map { Named(name: $0.name, column: $0.column.copy(of: rows)) })
  }
}

extension GrowableBuffer {
  /// Appends a copy of elements of another buffer.
  func append(_ elements: Range<Int>, of other: GrowableBuffer) {
    precondition(other !== self && elements.lowerBound >= 0 && elements.upperBound <= other.count, "no such elements")
    // SAFETY: the elements lie within the other buffer.
    unsafe append(copying: UnsafeRawPointer(other.base + elements.lowerBound), count: elements.count)
  }
}

extension GrowableBuffer<Int32> {
  /// What rows own, when these are their offsets.
  func ranges(of rows: [Range<Int>]) -> [Range<Int>] {
    rows.map { Int(self[$0.lowerBound])..<Int(self[$0.upperBound]) }
  }

  /// Appends the ends of rows of another buffer of offsets, moved to follow the last one here.
  func appendOffsets(of rows: [Range<Int>], from other: GrowableBuffer<Int32>) {
    var end = self[count - 1]
    for row in rows.joined() {
      end += other[row + 1] - other[row]
      append(end)
    }
  }
}
