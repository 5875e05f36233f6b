/// A column of attribute lists: keys in a dictionary, values as text, and a type code for each value.
///
/// Order and repeated keys are kept. An entry is a key code appended to `keys`, a row of `values` and a code in
/// `types`; `endRow` closes the row. `typesColumn` gives the type codes as a list column over the same offsets.
public final class MapColumn: Column {
  /// Where the map of each row begins among the entries, and where the last one ends.
  public let offsets = GrowableBuffer<Int32>()

  /// The keys of all entries.
  public let keys: DictionaryColumn

  /// The values of all entries, as text.
  public let values: StringColumn

  /// The type number of each entry's value.
  public let types: FixedColumn<UInt8>

  /// The key that last followed each key, by code plus one; at 0 the key that last began a row.
  ///
  /// Clients write the attributes of a kind of span in one order, so the guess is mostly right and saves hashing the
  /// key.
  @usableFromInline let successors = GrowableBuffer<UInt32>()

  /// Makes an empty column with columns of its own for the entries.
  public convenience init() { self.init(keys: DictionaryColumn(), values: StringColumn(), types: FixedColumn()) }

  /// Makes a map of entries whose rows are still to be closed.
  init(keys: DictionaryColumn, values: StringColumn, types: FixedColumn<UInt8>) {
    self.keys = keys
    self.values = values
    self.types = types
    offsets.append(0)
  }

  /// Rows that are complete.
  @inlinable
  public var rowCount: Int { offsets.count - 1 }

  /// Closes the row whose entries were appended.
  @inlinable
  @inline(__always)
  public func endRow() { offsets.append(Int32(truncatingIfNeeded: keys.rowCount)) }

  /// Entries of the row being written.
  @inlinable
  public var openEntryCount: Int { keys.rowCount - Int(offsets[offsets.count - 1]) }

  /// The place of the next key of the open row for `keyCode`.
  @inlinable
  @inline(__always)
  public var openPlace: Int {
    let count = keys.codes.count
    // SAFETY: there is always one offset, and a key before this one if the row has an entry.
    let isFirst = unsafe count == Int(offsets.base[offsets.count &- 1])
    return unsafe isFirst ? 0 : Int(keys.codes.base[count &- 1]) &+ 1
  }

  /// The code of a key, which joins the dictionary if it is new.
  ///
  /// No entry is appended.
  ///
  /// - place: 0 for the first key of a row, else the code of the key before it, plus one.
  @inlinable
  @inline(__always)
  public func keyCode(_ text: UnsafeRawBufferPointer, place: Int) -> UInt32 {
    if let guess = unsafe guessedKeyCode(text, place: place) { return guess }
    return unsafe unexpectedKeyCode(text, place: place)
  }

  /// The code of a key that follows as it did before; nil for one that has to be looked up by ``unexpectedKeyCode``.
  @inlinable
  @inline(__always)
  public func guessedKeyCode(_ text: UnsafeRawBufferPointer, place: Int) -> UInt32? {
    guard place < successors.count else { return nil }
    // SAFETY: the place is not negative, as a code is not.
    let guess = unsafe successors.base[place]
    guard Int(guess) < keys.dictionary.count, unsafe keys.dictionary.isEqual(Int(guess), text) else { return nil }
    return guess
  }

  /// The code of a key that does not follow as the rows before say; from now on it is the one that is expected there.
  @inline(never)
  public func unexpectedKeyCode(_ text: UnsafeRawBufferPointer, place: Int) -> UInt32 {
    let code = unsafe keys.dictionary.code(text)
    if place >= successors.count {
      successors.append(repeating: .max, count: keys.dictionary.count + 1 - successors.count)
    }
    successors[place] = code
    return code
  }

  /// Which entries a row owns.
  public func range(_ row: Int) -> Range<Int> { Int(offsets[row])..<Int(offsets[row + 1]) }

  /// The entries of a row, for tests and slow paths.
  public subscript(row: Int) -> [(key: String, type: UInt8, value: String)] {
    range(row).map { (keys[$0], types[$0], values[$0]) }
  }

  /// Appends an entry, for tests and slow paths.
  public func append(key: String, type: AttributeType, value: String) {
    keys.append(key)
    values.append(value)
    types.append(type.rawValue)
  }

  /// Bytes of memory that the rows use, without what is only reserved.
  public var usedBytes: Int { offsets.count * 4 + keys.usedBytes + values.usedBytes + types.usedBytes }

  /// The largest offset that an Arrow buffer of this column would have to hold.
  public var offsetMax: Int { max(keys.rowCount, keys.offsetMax, values.offsetMax) }

  /// The map of keys to values; the types are apart.
  public var layout: ColumnLayout {
    unsafe ColumnLayout(
      kind: .map, rowCount: rowCount, buffers: [offsets.rawBytes], children: [keys.layout, values.layout])
  }

  /// Where the column stands.
  public var mark: ColumnMark { ColumnMark(rowCount: rowCount, dictionaryCount: keys.dictionary.count) }

  /// Drops the rows from `rowCount` on and whatever was written for an unfinished row.
  public func truncate(toRowCount rowCount: Int) {
    let entryCount = Int(offsets[rowCount])
    keys.truncate(toRowCount: entryCount)
    // An unfinished entry may have a key without a value.
    values.truncate(toRowCount: min(entryCount, values.rowCount))
    types.truncate(toRowCount: min(entryCount, types.rowCount))
    offsets.truncate(to: rowCount + 1)
  }

  /// Goes back to a mark taken earlier on this column.
  public func rollback(to mark: ColumnMark) {
    truncate(toRowCount: mark.rowCount)
    keys.dictionary.truncate(to: mark.dictionaryCount)
  }

  /// Drops all rows and keeps at most `keepingBytesMax` of memory in each buffer for the next ones.
  public func removeAll(keepingBytesMax: Int) {
    keys.removeAll(keepingBytesMax: keepingBytesMax)
    values.removeAll(keepingBytesMax: keepingBytesMax)
    types.removeAll(keepingBytesMax: keepingBytesMax)
    successors.removeAll(keepingBytesMax: keepingBytesMax)
    offsets.removeAll(keepingBytesMax: keepingBytesMax)
    offsets.append(0)
  }

  /// The type codes as a list column of their own, to be exported beside the map.
  public var typesColumn: MapTypesColumn { MapTypesColumn(of: self) }
}

/// The type codes of a map column as a list column.
///
/// A view: changing the map changes it.
public final class MapTypesColumn: Column {
  let map: MapColumn

  init(of map: MapColumn) { self.map = map }

  /// Rows that are complete.
  public var rowCount: Int { map.rowCount }

  /// Bytes of memory that the rows use, without what is only reserved.
  public var usedBytes: Int { 0 }

  /// The largest offset that an Arrow buffer of this column would have to hold.
  public var offsetMax: Int { 0 }

  /// What the rows look like in memory, until the column is next changed or freed.
  public var layout: ColumnLayout {
    unsafe ColumnLayout(
      kind: .list, rowCount: rowCount, buffers: [map.offsets.rawBytes], children: [map.types.layout])
  }
  /// Does nothing: the map that owns the memory is truncated itself.
  public func truncate(toRowCount rowCount: Int) {}
  /// Does nothing: the map that owns the memory is emptied itself.
  public func removeAll(keepingBytesMax: Int) {}
}
