/// A column whose rows are lists of another column's values.
///
/// The elements of a row are appended to `elements`, then `endRow` closes the row.
package final class ListColumn<Elements: Column>: Column {
  @usableFromInline package let offsets = GrowableBuffer<Int32>()
  package let elements: Elements

  package init(_ elements: Elements) {
    self.elements = elements
    offsets.append(0)
  }

  @inlinable
  package var rowCount: Int { offsets.count - 1 }

  /// Closes the row whose elements were appended.
  @inlinable
  @inline(__always)
  package func endRow() { offsets.append(Int32(truncatingIfNeeded: elements.rowCount)) }

  /// Elements of the row being written.
  package var openElementCount: Int { elements.rowCount - Int(offsets[offsets.count - 1]) }

  /// Which elements a row owns.
  package func range(_ row: Int) -> Range<Int> { Int(offsets[row])..<Int(offsets[row + 1]) }

  package var usedBytes: Int { offsets.count * 4 + elements.usedBytes }
  package var offsetMax: Int { max(elements.rowCount, elements.offsetMax) }
  package var layout: ColumnLayout {
    unsafe ColumnLayout(kind: .list, rowCount: rowCount, buffers: [offsets.rawBytes], children: [elements.layout])
  }
  package var mark: ColumnMark {
    ColumnMark(rowCount: rowCount, dictionaryCount: elements.mark.dictionaryCount)
  }

  package func truncate(toRowCount rowCount: Int) {
    elements.truncate(toRowCount: Int(offsets[rowCount]))
    offsets.truncate(to: rowCount + 1)
  }

  package func rollback(to mark: ColumnMark) {
    let elementCount = Int(offsets[mark.rowCount])
    elements.rollback(to: ColumnMark(rowCount: elementCount, dictionaryCount: mark.dictionaryCount))
    offsets.truncate(to: mark.rowCount + 1)
  }

  package func removeAll(keepingBytesMax: Int) {
    elements.removeAll(keepingBytesMax: keepingBytesMax)
    offsets.removeAll(keepingBytesMax: keepingBytesMax)
    offsets.append(0)
  }
}
