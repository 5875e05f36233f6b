/// The memory of a column, described as an Arrow array: type, buffers and children.
///
/// The buffers follow the order of the Arrow C data interface
/// (https://arrow.apache.org/docs/format/Columnar.html, "Buffer Listing for Each Layout"), the validity bitmap apart.
@safe
public struct ColumnLayout {
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

  public let kind: Kind
  public let rowCount: Int
  /// One bit a row, least significant first, 1 for a value; nil when no row is null.
  public let validity: UnsafeRawBufferPointer?
  public let nullCount: Int
  public let buffers: [UnsafeRawBufferPointer]
  public let children: [ColumnLayout]
  /// One element for a dictionary column, else none.
  public let dictionary: [ColumnLayout]

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
