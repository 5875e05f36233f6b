/// A column whose rows are lists of another column's values.
///
/// The elements of a row are appended to `elements`, then `endRow` closes the row.
public final class ListColumn<Elements: Column>: Column {
  public let offsets = GrowableBuffer<Int32>()
  public let elements: Elements

  public init(_ elements: Elements) {
    self.elements = elements
    offsets.append(0)
  }

  @inlinable
  public var rowCount: Int { offsets.count - 1 }

  /// Closes the row whose elements were appended.
  @inlinable
  @inline(__always)
  public func endRow() { offsets.append(Int32(truncatingIfNeeded: elements.rowCount)) }

  /// Elements of the row being written.
  public var openElementCount: Int { elements.rowCount - Int(offsets[offsets.count - 1]) }

  /// Which elements a row owns.
  public func range(_ row: Int) -> Range<Int> { Int(offsets[row])..<Int(offsets[row + 1]) }

  public var usedBytes: Int { offsets.count * 4 + elements.usedBytes }
  public var offsetMax: Int { max(elements.rowCount, elements.offsetMax) }
  public var layout: ColumnLayout {
    unsafe ColumnLayout(kind: .list, rowCount: rowCount, buffers: [offsets.rawBytes], children: [elements.layout])
  }
  public var mark: ColumnMark {
    ColumnMark(rowCount: rowCount, dictionaryCount: elements.mark.dictionaryCount)
  }

  public func truncate(toRowCount rowCount: Int) {
    elements.truncate(toRowCount: Int(offsets[rowCount]))
    offsets.truncate(to: rowCount + 1)
  }

  public func rollback(to mark: ColumnMark) {
    let elementCount = Int(offsets[mark.rowCount])
    elements.rollback(to: ColumnMark(rowCount: elementCount, dictionaryCount: mark.dictionaryCount))
    offsets.truncate(to: mark.rowCount + 1)
  }

  public func removeAll(keepingBytesMax: Int) {
    elements.removeAll(keepingBytesMax: keepingBytesMax)
    offsets.removeAll(keepingBytesMax: keepingBytesMax)
    offsets.append(0)
  }
}
