/// A column of text with few distinct values, each stored once.
public final class DictionaryColumn: Column {
  /// The code of each row's string.
  public let codes = GrowableBuffer<UInt32>()

  /// What the codes stand for.
  public let dictionary: StringDictionary

  /// Makes an empty column; several may share a dictionary.
  public init(dictionary: StringDictionary = StringDictionary()) { self.dictionary = dictionary }

  /// Rows that are complete.
  @inlinable
  public var rowCount: Int { codes.count }

  /// Appends a row; ill-formed UTF-8 becomes U+FFFD.
  ///
  /// A text equal to that of the row before is not hashed.
  @inlinable
  public func append(_ text: UnsafeRawBufferPointer) {
    let count = codes.count
    // SAFETY: there is a row before, and its code is one that the dictionary gave.
    if count > 0, case let last = unsafe codes.base[count &- 1], unsafe dictionary.isEqual(Int(last), text) {
      return codes.append(last)
    }
    codes.append(unsafe dictionary.code(text))
  }

  /// Appends a row.
  public func append(_ text: String) { codes.append(dictionary.code(text)) }

  /// Appends a row by a code that the dictionary gave since it was last emptied.
  @inlinable
  @inline(__always)
  public func append(code: UInt32) {
    assert(Int(code) < dictionary.count)
    codes.append(code)
  }

  /// The text of a row, for tests and slow paths.
  public subscript(row: Int) -> String { dictionary.entries[Int(codes[row])] }

  /// Bytes of memory that the rows use, without what is only reserved.
  public var usedBytes: Int { codes.count * 4 + dictionary.usedBytes }

  /// The largest offset that an Arrow buffer of this column would have to hold.
  public var offsetMax: Int { dictionary.entries.offsetMax }

  /// What the rows look like in memory, until the column is next changed or freed.
  public var layout: ColumnLayout {
    unsafe ColumnLayout(
      kind: .dictionary, rowCount: rowCount, buffers: [codes.rawBytes], dictionary: [dictionary.entries.layout])
  }

  /// Where the column stands.
  public var mark: ColumnMark { ColumnMark(rowCount: rowCount, dictionaryCount: dictionary.count) }

  /// Drops the rows from `rowCount` on and whatever was written for an unfinished row.
  public func truncate(toRowCount rowCount: Int) { codes.truncate(to: rowCount) }

  /// Goes back to a mark taken earlier on this column.
  public func rollback(to mark: ColumnMark) {
    codes.truncate(to: mark.rowCount)
    dictionary.truncate(to: mark.dictionaryCount)
  }

  /// Drops all rows and keeps at most `keepingBytesMax` of memory in each buffer for the next ones.
  public func removeAll(keepingBytesMax: Int) {
    codes.removeAll(keepingBytesMax: keepingBytesMax)
    dictionary.removeAll(keepingBytesMax: keepingBytesMax)
  }
}
