/// A column of text with few distinct values, each stored once.
package final class DictionaryColumn: Column {
  @usableFromInline package let codes = GrowableBuffer<UInt32>()
  package let dictionary: StringDictionary

  package init(dictionary: StringDictionary = StringDictionary()) { self.dictionary = dictionary }

  @inlinable
  package var rowCount: Int { codes.count }

  @inlinable
  package func append(_ text: UnsafeRawBufferPointer) {
    codes.append(unsafe dictionary.code(text))
  }

  package func append(_ text: String) { codes.append(dictionary.code(text)) }

  /// Appends a row by a code that the dictionary gave since it was last emptied.
  @inlinable
  @inline(__always)
  package func append(code: UInt32) {
    assert(Int(code) < dictionary.count)
    codes.append(code)
  }

  /// The text of a row, for tests and slow paths.
  package subscript(row: Int) -> String { dictionary.entries[Int(codes[row])] }

  package var usedBytes: Int { codes.count * 4 + dictionary.usedBytes }
  package var offsetMax: Int { dictionary.entries.offsetMax }
  package var layout: ColumnLayout {
    unsafe ColumnLayout(
      kind: .dictionary, rowCount: rowCount, buffers: [codes.rawBytes], dictionary: [dictionary.entries.layout])
  }
  package var mark: ColumnMark { ColumnMark(rowCount: rowCount, dictionaryCount: dictionary.count) }
  package func truncate(toRowCount rowCount: Int) { codes.truncate(to: rowCount) }

  package func rollback(to mark: ColumnMark) {
    codes.truncate(to: mark.rowCount)
    dictionary.truncate(to: mark.dictionaryCount)
  }

  package func removeAll(keepingBytesMax: Int) {
    codes.removeAll(keepingBytesMax: keepingBytesMax)
    dictionary.removeAll(keepingBytesMax: keepingBytesMax)
  }
}
