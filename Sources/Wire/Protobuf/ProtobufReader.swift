/// Reads the fields of one protobuf message in the order in which they stand, without copies or allocations
/// (https://protobuf.dev/programming-guides/encoding/).
///
/// Every read checks the bounds of the message once. Slices and nested readers point into the same memory, which
/// MUST outlive them.
@frozen
@safe
public struct ProtobufReader {
  @usableFromInline var cursor: UnsafeRawPointer
  @usableFromInline let end: UnsafeRawPointer
  /// Where the outermost message starts, for the offsets of mistakes.
  @usableFromInline let origin: UnsafeRawPointer

  /// Starts at the first byte of an outermost message.
  @inlinable
  public init(_ bytes: UnsafeRawBufferPointer) {
    // SAFETY: an empty buffer may have no address; any address serves for a stretch of no bytes.
    let base = unsafe bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
    unsafe cursor = base
    unsafe end = base + bytes.count
    unsafe origin = base
  }

  /// Starts at the first byte of a message that lies within another one.
  @inlinable
  @inline(__always)
  init(cursor: UnsafeRawPointer, end: UnsafeRawPointer, origin: UnsafeRawPointer) {
    unsafe self.cursor = cursor
    unsafe self.end = end
    unsafe self.origin = origin
  }

  /// Bytes not yet read.
  @inlinable
  public var remainingCount: Int { unsafe end - cursor }

  /// Whether nothing is left to read.
  @inlinable
  public var isAtEnd: Bool { unsafe cursor == end }

  /// Bytes from the start of the outermost message.
  @inlinable
  public var offset: Int { unsafe cursor - origin }

  /// The bytes not yet read.
  @inlinable
  public var remainingBytes: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: cursor, count: end - cursor)
  }

  @inline(never)
  @usableFromInline
  func error(_ reason: ProtobufError.Reason) -> ProtobufError { ProtobufError(reason, offset: offset) }

  // MARK: Fields

  /// Reads the next tag; 0 at the end of the message.
  @inlinable
  @inline(__always)
  package mutating func nextTag() throws(ProtobufError) -> UInt32 {
    guard unsafe cursor < end else { return 0 }
    // SAFETY: one byte is left.
    let first = unsafe cursor.load(as: UInt8.self)
    // One byte holds the numbers up to 15: a number that is not 0 and a wire type up to 5.
    if first < 0x80, first >= 8, first & 7 <= 5 {
      unsafe cursor += 1
      return UInt32(first)
    }
    return try nextLongTag()
  }

  @inline(never)
  @usableFromInline
  mutating func nextLongTag() throws(ProtobufError) -> UInt32 {
    let start = unsafe cursor
    let tag = try readVarint()
    // A tag is a varint of 32 bits: field numbers end at 2^29 - 1.
    guard let tag = UInt32(exactly: tag), tag >> 3 != 0, tag & 7 <= 5 else {
      unsafe cursor = start
      throw error(.invalidTag)
    }
    return tag
  }

  @inlinable
  @inline(__always)
  package mutating func readVarint() throws(ProtobufError) -> UInt64 {
    guard unsafe cursor < end else { throw error(.truncated) }
    // SAFETY: one byte is left.
    let first = unsafe cursor.load(as: UInt8.self)
    if first < 0x80 {
      unsafe cursor += 1
      return UInt64(first)
    }
    return try readLongVarint()
  }

  @inlinable
  mutating func readLongVarint() throws(ProtobufError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    var position = unsafe cursor
    while shift < 64 {
      guard unsafe position < end else { throw error(.truncated) }
      // SAFETY: one byte is left.
      let byte = unsafe position.load(as: UInt8.self)
      unsafe position += 1
      value |= UInt64(byte & 0x7f) &<< shift
      if byte < 0x80 {
        // The tenth byte holds the 64th bit alone.
        if shift == 63, byte > 1 { throw error(.varintOverflow) }
        unsafe cursor = position
        return value
      }
      shift &+= 7
    }
    throw error(.varintOverflow)
  }

  @inlinable
  @inline(__always)
  package mutating func readFixed64() throws(ProtobufError) -> UInt64 {
    guard remainingCount >= 8 else { throw error(.truncated) }
    // SAFETY: eight bytes are left.
    let value = unsafe cursor.loadUnaligned(as: UInt64.self)
    unsafe cursor += 8
    return UInt64(littleEndian: value)
  }

  @inlinable
  @inline(__always)
  package mutating func readFixed32() throws(ProtobufError) -> UInt32 {
    guard remainingCount >= 4 else { throw error(.truncated) }
    // SAFETY: four bytes are left.
    let value = unsafe cursor.loadUnaligned(as: UInt32.self)
    unsafe cursor += 4
    return UInt32(littleEndian: value)
  }

  @inlinable
  @inline(__always)
  package mutating func readDouble() throws(ProtobufError) -> Double { Double(bitPattern: try readFixed64()) }

  @inlinable
  @inline(__always)
  package mutating func readBool() throws(ProtobufError) -> Bool { try readVarint() != 0 }

  /// Reads a varint as the 32 bits that are kept of it, as protobuf's parsers do for uint32 and enum fields.
  @inlinable
  @inline(__always)
  package mutating func readUInt32() throws(ProtobufError) -> UInt32 {
    UInt32(truncatingIfNeeded: try readVarint())
  }

  /// Reads a varint that is zigzag-coded (sint32).
  @inlinable
  package mutating func readSInt32() throws(ProtobufError) -> Int32 {
    let value = UInt32(truncatingIfNeeded: try readVarint())
    return Int32(bitPattern: value >> 1) ^ -Int32(bitPattern: value & 1)
  }

  /// Reads the bytes of a string, bytes or packed field.
  @inlinable
  @inline(__always)
  package mutating func readBytes() throws(ProtobufError) -> UnsafeRawBufferPointer {
    let length = try readVarint()
    guard length <= UInt64(remainingCount) else { throw error(.truncated) }
    let count = Int(truncatingIfNeeded: length)
    let bytes = unsafe UnsafeRawBufferPointer(start: cursor, count: count)
    unsafe cursor += count
    return unsafe bytes
  }

  /// Reads the length of a message field and returns a reader of the message.
  @inlinable
  @inline(__always)
  package mutating func readMessage() throws(ProtobufError) -> ProtobufReader {
    let length = try readVarint()
    guard length <= UInt64(remainingCount) else { throw error(.truncated) }
    let start = unsafe cursor
    unsafe cursor += Int(truncatingIfNeeded: length)
    return unsafe ProtobufReader(cursor: start, end: cursor, origin: origin)
  }

  // MARK: Skipping

  /// Groups inside one another that are skipped; protobuf's own parsers stop at 100 too.
  public static var groupDepthMax: Int { 100 }

  /// Skips the value of a field that the caller does not know.
  @inline(never)
  package mutating func skip(_ tag: UInt32) throws(ProtobufError) {
    try skip(tag, depth: 0)
  }

  private mutating func skip(_ tag: UInt32, depth: Int) throws(ProtobufError) {
    switch WireType(rawValue: tag & 7) {
    case .varint: _ = try readVarint()
    case .fixed64: _ = try readFixed64()
    case .lengthDelimited: _ = unsafe try readBytes()
    case .fixed32: _ = try readFixed32()
    case .startGroup:
      guard depth < Self.groupDepthMax else { throw error(.tooDeep) }
      while true {
        let inner = try nextTag()
        if inner == tag + 1 { return }
        guard inner != 0, inner & 7 != WireType.endGroup.rawValue else { throw error(.unbalancedGroup) }
        try skip(inner, depth: depth + 1)
      }
    case .endGroup: throw error(.unbalancedGroup)
    case nil: throw error(.invalidTag)
    }
  }
}
