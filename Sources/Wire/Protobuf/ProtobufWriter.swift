/// Writes the fields of protobuf messages into an array of bytes (https://protobuf.dev/programming-guides/encoding/).
///
/// Fields are written whatever their value; the caller leaves out defaults.
package struct ProtobufWriter: Sendable {
  /// The message so far.
  package private(set) var bytes: [UInt8]

  package init(reservingCapacity capacity: Int = 256) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  package mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  package mutating func varint(_ number: UInt32, _ value: UInt64) {
    append(tag: number, .varint)
    appendVarint(value)
  }

  package mutating func bool(_ number: UInt32, _ value: Bool) { varint(number, value ? 1 : 0) }

  /// Writes a zigzag-coded number (sint32).
  package mutating func sint32(_ number: UInt32, _ value: Int32) {
    varint(number, UInt64(UInt32(bitPattern: value << 1 ^ value >> 31)))
  }

  package mutating func fixed64(_ number: UInt32, _ value: UInt64) {
    append(tag: number, .fixed64)
    appendFixed(value)
  }

  package mutating func fixed32(_ number: UInt32, _ value: UInt32) {
    append(tag: number, .fixed32)
    appendFixed(value)
  }

  package mutating func double(_ number: UInt32, _ value: Double) { fixed64(number, value.bitPattern) }

  package mutating func string(_ number: UInt32, _ text: String) {
    append(tag: number, .lengthDelimited)
    appendVarint(UInt64(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  package mutating func bytes(_ number: UInt32, _ value: some Collection<UInt8>) {
    append(tag: number, .lengthDelimited)
    appendVarint(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  /// Writes a message whose fields `body` writes, in place.
  ///
  /// A length takes one byte until the body is known; a longer one moves the body, which costs a copy of it.
  package mutating func message<E: Error>(
    _ number: UInt32, _ body: (inout ProtobufWriter) throws(E) -> Void
  ) throws(E) {
    append(tag: number, .lengthDelimited)
    try delimited(body)
  }

  /// Begins a message whose fields follow and take a number of bytes.
  package mutating func beginMessage(_ number: UInt32, byteCount: Int) {
    append(tag: number, .lengthDelimited)
    appendVarint(UInt64(byteCount))
  }

  /// Appends fields that were written before.
  package mutating func fields(_ encoded: [UInt8]) { bytes += encoded }

  /// Writes a length and then what `body` writes, without a tag.
  private mutating func delimited<E: Error>(_ body: (inout ProtobufWriter) throws(E) -> Void) throws(E) {
    let start = bytes.count
    bytes.append(0)
    try body(&self)
    var length = UInt64(bytes.count - start - 1)
    if length < 0x80 {
      bytes[start] = UInt8(length)
      return
    }
    var prefix: [UInt8] = []
    while length >= 0x80 {
      prefix.append(UInt8(truncatingIfNeeded: length) | 0x80)
      length >>= 7
    }
    prefix.append(UInt8(length))
    bytes.replaceSubrange(start...start, with: prefix)
  }

  /// Writes numbers of eight bytes as one packed field.
  package mutating func packedFixed64(_ number: UInt32, _ values: some Collection<UInt64>) {
    append(tag: number, .lengthDelimited)
    appendVarint(UInt64(values.count * 8))
    for value in values { appendFixed(value) }
  }

  /// Writes varints as one packed field.
  package mutating func packedVarint(_ number: UInt32, _ values: some Collection<UInt64>) {
    message(number) { writer in
      for value in values { writer.appendVarint(value) }
    }
  }

  private mutating func append(tag number: UInt32, _ type: WireType) {
    appendVarint(UInt64(number << 3 | type.rawValue))
  }

  private mutating func appendVarint(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(value))
  }

  private mutating func appendFixed(_ value: some FixedWidthInteger) {
    var rest = value
    for _ in 0..<value.bitWidth / 8 {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }
}
