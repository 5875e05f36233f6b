/// Appends protobuf fields to bytes; just enough to make telemetry.
///
/// https://protobuf.dev/programming-guides/encoding/
struct ProtobufWriter {
  private(set) var bytes: [UInt8] = []

  /// How many bytes are written so far: where the next field begins.
  var count: Int { bytes.count }

  mutating func append(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func append(field: Int, varint value: UInt64) {
    append(varint: UInt64(field << 3))
    append(varint: value)
  }

  /// A 64-bit field; answers where its 8 bytes begin.
  @discardableResult
  mutating func append(field: Int, fixed64 value: UInt64) -> Int {
    append(varint: UInt64(field << 3 | 1))
    let offset = count
    for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    return offset
  }

  /// A string or bytes field; answers where its content begins.
  @discardableResult
  mutating func append(field: Int, content: some Collection<UInt8>) -> Int {
    append(varint: UInt64(field << 3 | 2))
    append(varint: UInt64(content.count))
    let offset = count
    bytes.append(contentsOf: content)
    return offset
  }

  @discardableResult
  mutating func append(field: Int, text: String) -> Int { append(field: field, content: text.utf8) }

  /// A message field whose content `write` makes; answers where the content begins, so that offsets found inside can be
  /// moved along.
  @discardableResult
  mutating func append(field: Int, message write: (inout ProtobufWriter) -> Void) -> Int {
    var inner = ProtobufWriter()
    write(&inner)
    return append(field: field, content: inner.bytes)
  }
}
