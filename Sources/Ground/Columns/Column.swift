/// A typed, append-only column in Arrow's memory layout.
///
/// A column is filled by one thread and then handed on; it is never used by two at once.
public protocol Column: AnyObject, Sendable {
  /// Rows that are complete.
  var rowCount: Int { get }

  /// Bytes of memory that the rows use, without what is only reserved.
  var usedBytes: Int { get }

  /// The largest offset that an Arrow buffer of this column would have to hold; beyond `Int32.max` it must not be
  /// exported but rolled back.
  var offsetMax: Int { get }

  /// What the rows look like in memory. Its pointers are valid until the column is next changed or freed.
  var layout: ColumnLayout { get }

  /// Where the column stands, for `rollback(to:)`.
  var mark: ColumnMark { get }

  /// Drops the rows from `rowCount` on and whatever was written for an unfinished row. Distinct strings that only
  /// these rows used may stay in a dictionary.
  func truncate(toRowCount rowCount: Int)

  /// A column of copies of some rows, in this order. It may share its dictionary with this one, so it is for reading.
  func copy(of rows: [Range<Int>]) -> Self

  /// Goes back to a mark taken earlier on this column, dictionary entries included.
  func rollback(to mark: ColumnMark)

  /// Drops all rows and keeps at most `keepingBytesMax` of memory in each buffer for the next ones.
  func removeAll(keepingBytesMax: Int)
}

extension Column {
  /// Where the column stands.
  public var mark: ColumnMark { ColumnMark(rowCount: rowCount, dictionaryCount: 0) }

  /// Goes back to a mark taken earlier on this column.
  public func rollback(to mark: ColumnMark) { truncate(toRowCount: mark.rowCount) }
}

/// A point to which a column can go back.
public struct ColumnMark: Sendable {
  /// Rows that the column had.
  public let rowCount: Int

  /// Entries that its dictionary had; 0 without one.
  public let dictionaryCount: Int

  /// Makes a mark.
  public init(rowCount: Int, dictionaryCount: Int) {
    self.rowCount = rowCount
    self.dictionaryCount = dictionaryCount
  }
}

/// The type of the values of a fixed-width column.
public enum ElementKind: Sendable, Hashable {
  case int8, int16, int32, int64, uint8, uint16, uint32, uint64, float64
  /// Int64 nanoseconds since the Unix epoch, UTC.
  case timestampNanoseconds
}

/// A number that a fixed-width column can hold.
public protocol ColumnElement: BitwiseCopyable, Hashable, Sendable {
  static var elementKind: ElementKind { get }
}

extension Int8: ColumnElement {
  /// The type of its values in a column.
  public static var elementKind: ElementKind { .int8 }
}
extension Int16: ColumnElement {
  /// The type of its values in a column.
  public static var elementKind: ElementKind { .int16 }
}
extension Int32: ColumnElement {
  /// The type of its values in a column.
  public static var elementKind: ElementKind { .int32 }
}
extension Int64: ColumnElement {
  /// The type of its values in a column.
  public static var elementKind: ElementKind { .int64 }
}
extension UInt8: ColumnElement {
  /// The type of its values in a column.
  public static var elementKind: ElementKind { .uint8 }
}
extension UInt16: ColumnElement {
  /// The type of its values in a column.
  public static var elementKind: ElementKind { .uint16 }
}
extension UInt32: ColumnElement {
  /// The type of its values in a column.
  public static var elementKind: ElementKind { .uint32 }
}
extension UInt64: ColumnElement {
  /// The type of its values in a column.
  public static var elementKind: ElementKind { .uint64 }
}
extension Double: ColumnElement {
  /// The type of its values in a column.
  public static var elementKind: ElementKind { .float64 }
}
