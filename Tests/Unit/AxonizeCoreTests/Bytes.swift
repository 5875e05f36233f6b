import CAxonizeCore

@testable import AxonizeCore

/// Bytes of hexadecimal digits; spaces are passed over.
func bytes(_ digits: String) -> [UInt8] {
  let values = digits.filter { $0 != " " }.compactMap { $0.hexDigitValue }
  return stride(from: 0, to: values.count, by: 2).map { UInt8(values[$0] * 16 + values[$0 + 1]) }
}

func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }

/// A header block's fields as "name: value"; nil when it is malformed.
func fields(_ block: [UInt8]) -> [String]? {
  guard let table = Huffman.make() else { return nil }
  let scratch = UnsafeMutablePointer<UInt8>.allocate(capacity: HeaderBlockReader.scratchSize)
  defer {
    Huffman.release(table)
    scratch.deallocate()
  }
  return (block + [0]).withUnsafeBufferPointer { memory -> [String]? in
    guard let start = memory.baseAddress else { return nil }
    var reader = HeaderBlockReader(start, block.count, table, scratch)
    var field = HeaderField(name: start, value: start)
    var found: [String] = []
    while true {
      switch HeaderBlockReader.next(&reader, &field) {
      case .malformed: return nil
      case .end: return found
      case .field:
        let name = UnsafeBufferPointer(start: field.name, count: field.nameSize)
        let value = UnsafeBufferPointer(start: field.value, count: field.valueSize)
        found.append("\(text(name)): \(text(value))")
      }
    }
  }
}

/// A frame of HTTP/2.
struct SentFrame: Hashable {
  var kind: UInt8
  var flags: UInt8 = 0
  var stream: UInt32 = 0
  var payload: [UInt8] = []

  var encoded: [UInt8] {
    let size = payload.count
    return [
      UInt8(truncatingIfNeeded: size >> 16), UInt8(truncatingIfNeeded: size >> 8), UInt8(truncatingIfNeeded: size),
    ]
      + [kind, flags] + number(stream) + payload
  }

  /// The frames that lie one after another.
  static func all(_ bytes: [UInt8]) -> [SentFrame] {
    var found: [SentFrame] = []
    var rest = bytes[...]
    while rest.count >= 9 {
      let head = Array(rest.prefix(9))
      let size = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
      let stream = head[5...].reduce(0) { $0 << 8 | UInt32($1) }
      found.append(
        SentFrame(kind: head[3], flags: head[4], stream: stream, payload: Array(rest.dropFirst(9).prefix(size))))
      rest = rest.dropFirst(9 + size)
    }
    return found
  }
}

/// Four bytes, greatest first.
func number(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }

/// A field that is kept in no table, in clear.
func literal(_ name: String, _ value: String) -> [UInt8] {
  func text(_ text: String) -> [UInt8] {
    let size = text.utf8.count
    return (size < 127 ? [UInt8(size)] : [127] + varint(size - 127)) + Array(text.utf8)
  }
  return [0] + text(name) + text(value)
}

private func varint(_ value: Int) -> [UInt8] {
  value < 128 ? [UInt8(value)] : [UInt8(value & 127 | 128)] + varint(value >> 7)
}
