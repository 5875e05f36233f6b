/// Protobuf's wire format (https://protobuf.dev/programming-guides/encoding/), for what is not on the hot path.
struct ProtobufBytes: Sendable {
  private(set) var bytes: [UInt8] = []

  mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// A number in the varint form.
  mutating func number(_ field: UInt32, _ value: UInt64) {
    varint(UInt64(field) << 3)
    varint(value)
  }

  /// Eight bytes, least first.
  mutating func fixed64(_ field: UInt32, _ value: UInt64) {
    varint(UInt64(field) << 3 | 1)
    raw64(value)
  }

  mutating func double(_ field: UInt32, _ value: Double) { fixed64(field, value.bitPattern) }

  /// Eight bytes without a tag, as in a packed field.
  mutating func raw64(_ value: UInt64) {
    for shift in stride(from: 0 as UInt64, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
  }

  mutating func data(_ field: UInt32, _ content: some Collection<UInt8>) {
    varint(UInt64(field) << 3 | 2)
    varint(UInt64(content.count))
    bytes.append(contentsOf: content)
  }

  /// A text, also an empty one.
  mutating func string(_ field: UInt32, _ text: some StringProtocol) { data(field, text.utf8) }

  /// A text unless it is empty.
  mutating func optionalString(_ field: UInt32, _ text: String) { if !text.isEmpty { string(field, text) } }

  /// A message within this one.
  mutating func message(_ field: UInt32, _ write: (inout ProtobufBytes) -> Void) {
    var inner = ProtobufBytes()
    write(&inner)
    data(field, inner.bytes)
  }

  /// Bytes that are encoded already.
  mutating func append(_ encoded: [UInt8]) { bytes.append(contentsOf: encoded) }
}
