/// The fields of a protobuf message (https://protobuf.dev/programming-guides/encoding/), written by the SDK's core.
struct ProtobufFields: Sequence, IteratorProtocol {
  enum Content {
    case number(UInt64)
    case bytes(ArraySlice<UInt8>)

    var number: UInt64 { if case .number(let value) = self { value } else { 0 } }
    var bytes: ArraySlice<UInt8> { if case .bytes(let value) = self { value } else { [] } }
    var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  private var rest: ArraySlice<UInt8>

  init(_ message: some Collection<UInt8>) { rest = Array(message)[...] }

  /// The next field; nil at the end, and where the rest is no message.
  mutating func next() -> (field: UInt64, content: Content)? {
    guard let tag = varint() else { return nil }
    switch tag & 7 {
    case 0: return varint().map { (tag >> 3, .number($0)) }
    case 1: return fixed(8).map { (tag >> 3, .number($0)) }
    case 2:
      guard let size = varint().flatMap(Int.init(exactly:)), size <= rest.count else { return nil }
      defer { rest = rest.dropFirst(size) }
      return (tag >> 3, .bytes(rest.prefix(size)))
    case 5: return fixed(4).map { (tag >> 3, .number($0)) }
    default: return nil
    }
  }

  private mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: 0 as UInt64, to: 70, by: 7) {
      guard let byte = rest.popFirst() else { return nil }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }

  private mutating func fixed(_ size: Int) -> UInt64? {
    guard rest.count >= size else { return nil }
    defer { rest = rest.dropFirst(size) }
    return rest.prefix(size).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
