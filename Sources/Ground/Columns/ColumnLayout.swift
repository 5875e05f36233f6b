/// The memory of a column, described as an Arrow array: type, buffers and children.
///
/// The buffers follow the order of the Arrow C data interface
/// (https://arrow.apache.org/docs/format/Columnar.html, "Buffer Listing for Each Layout"), the validity bitmap apart.
@safe
public struct ColumnLayout {
  /// How the buffers are to be read.
  public enum Kind: Sendable, Hashable {
    /// Buffers: [values].
    case fixed(ElementKind)
    /// Byte strings of one width. Buffers: [values].
    case fixedBytes(width: Int)
    /// UTF-8 text. Buffers: [Int32 offsets, one more than rows; bytes].
    case string
    /// Dictionary-coded text. Buffers: [UInt32 codes]; `dictionary` is a string layout.
    case dictionary
    /// Buffers: [Int32 offsets, one more than rows]; one child, the elements of all rows.
    case list
    /// Buffers: [Int32 offsets, one more than rows]; two children, the keys and the values of all entries
    /// (Arrow nests them in a struct array of as many rows).
    case map
  }

  /// How the buffers are to be read.
  public let kind: Kind

  /// Rows of the column.
  public let rowCount: Int
  /// One bit a row, least significant first, 1 for a value; nil when no row is null.
  public let validity: UnsafeRawBufferPointer?

  /// How many rows are null.
  public let nullCount: Int

  /// The buffers in Arrow's order for the kind.
  public let buffers: [UnsafeRawBufferPointer]

  /// The layouts of the columns that this one consists of.
  public let children: [ColumnLayout]
  /// One element for a dictionary column, else none.
  public let dictionary: [ColumnLayout]

  /// Describes a column.
  public init(
    kind: Kind, rowCount: Int, validity: UnsafeRawBufferPointer? = nil, nullCount: Int = 0,
    buffers: [UnsafeRawBufferPointer], children: [ColumnLayout] = [], dictionary: [ColumnLayout] = []
  ) {
    self.kind = kind
    self.rowCount = rowCount
    unsafe self.validity = unsafe validity
    self.nullCount = nullCount
    unsafe self.buffers = unsafe buffers
    self.children = children
    self.dictionary = dictionary
  }
}

extension GrowableBuffer {
  /// The bytes of the elements.
  public var rawBytes: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: base, count: count * MemoryLayout<Element>.stride)
  }
}
