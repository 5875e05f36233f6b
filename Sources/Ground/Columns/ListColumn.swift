/// A column whose rows are lists of another column's values.
///
/// The elements of a row are appended to `elements`, then `endRow` closes the row.
public final class ListColumn<Elements: Column>: Column {
  /// Where the list of each row begins among the elements, and where the last one ends.
  public let offsets = GrowableBuffer<Int32>()

  /// The elements of all rows, one after another.
  public let elements: Elements

  /// Makes an empty column whose elements go to a column of their own.
  public init(_ elements: Elements) {
    self.elements = elements
    offsets.append(0)
  }

  /// Rows that are complete.
  @inlinable
  public var rowCount: Int { offsets.count - 1 }

  /// Closes the row whose elements were appended.
  @inlinable
  @inline(__always)
  public func endRow() { offsets.append(Int32(truncatingIfNeeded: elements.rowCount)) }

  /// Which elements a row owns.
  public func range(_ row: Int) -> Range<Int> { Int(offsets[row])..<Int(offsets[row + 1]) }

  /// Bytes of memory that the rows use, without what is only reserved.
  public var usedBytes: Int { offsets.count * 4 + elements.usedBytes }

  /// The largest offset that an Arrow buffer of this column would have to hold.
  public var offsetMax: Int { max(elements.rowCount, elements.offsetMax) }

  /// What the rows look like in memory, until the column is next changed or freed.
  public var layout: ColumnLayout {
    unsafe ColumnLayout(kind: .list, rowCount: rowCount, buffers: [offsets.rawBytes], children: [elements.layout])
  }

  /// Where the column stands.
  public var mark: ColumnMark {
    ColumnMark(rowCount: rowCount, dictionaryCount: elements.mark.dictionaryCount)
  }

  /// Drops the rows from `rowCount` on and whatever was written for an unfinished row.
  public func truncate(toRowCount rowCount: Int) {
    elements.truncate(toRowCount: Int(offsets[rowCount]))
    offsets.truncate(to: rowCount + 1)
  }

  /// Goes back to a mark taken earlier on this column.
  public func rollback(to mark: ColumnMark) {
    let elementCount = Int(offsets[mark.rowCount])
    elements.rollback(to: ColumnMark(rowCount: elementCount, dictionaryCount: mark.dictionaryCount))
    offsets.truncate(to: mark.rowCount + 1)
  }

  /// Drops all rows and keeps at most `keepingBytesMax` of memory in each buffer for the next ones.
  public func removeAll(keepingBytesMax: Int) {
    elements.removeAll(keepingBytesMax: keepingBytesMax)
    offsets.removeAll(keepingBytesMax: keepingBytesMax)
    offsets.append(0)
  }
}
