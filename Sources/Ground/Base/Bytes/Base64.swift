/// Base64 with padding (RFC 4648, section 4).
package enum Base64 {
  private static let alphabet: [UInt8] = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The length of the text of some bytes.
  package static func encodedCount(_ count: Int) -> Int { (count + 2) / 3 * 4 }

  /// Writes the text of some bytes; there MUST be room for `encodedCount` of them.
  package static func encode(_ bytes: UnsafeRawBufferPointer, to target: UnsafeMutablePointer<UInt8>) {
    var written = 0
    var offset = 0
    while offset < bytes.count {
      let rest = bytes.count - offset
      let group =
        unsafe UInt32(bytes[offset]) << 16 | (rest > 1 ? UInt32(bytes[offset + 1]) << 8 : 0)
        | (rest > 2 ? UInt32(bytes[offset + 2]) : 0)
      unsafe target[written] = alphabet[Int(group >> 18)]
      unsafe target[written + 1] = alphabet[Int(group >> 12 & 63)]
      unsafe target[written + 2] = rest > 1 ? alphabet[Int(group >> 6 & 63)] : 0x3d
      unsafe target[written + 3] = rest > 2 ? alphabet[Int(group & 63)] : 0x3d
      written += 4
      offset += 3
    }
  }

  /// The text of some bytes without padding, as gRPC sends binary metadata.
  package static func encodeUnpadded(_ bytes: [UInt8]) -> [UInt8] {
    let count = encodedCount(bytes.count)
    let text = unsafe [UInt8](unsafeUninitializedCapacity: count) { target, written in
      // SAFETY: the target has room for the whole text, and the bytes live during the call.
      if let start = target.baseAddress { unsafe bytes.withUnsafeBytes { unsafe encode($0, to: start) } }
      written = count
    }
    return Array(text[..<(count - (3 - bytes.count % 3) % 3)])
  }

  /// The bytes that a text spells, in the standard or the URL-safe alphabet, padded or not; nil if it is neither.
  ///
  /// Both alphabets are read because the JSON mapping of protobuf accepts both
  /// (https://protobuf.dev/programming-guides/json/, "bytes").
  package static func decode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
    var end = text.count
    while end > 0, text.count - end < 2, unsafe text[end - 1] == 0x3d { end -= 1 }
    if end < text.count, text.count % 4 != 0 { return nil }
    guard end % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(end / 4 * 3 + 2)
    var group: UInt32 = 0
    var bits = 0
    for index in 0..<end {
      guard let value = unsafe value(text[index]) else { return nil }
      group = group << 6 | UInt32(value)
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
      }
    }
    return bytes
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x41...0x5a: digit - 0x41
    case 0x61...0x7a: digit - 0x61 + 26
    case 0x30...0x39: digit - 0x30 + 52
    case 0x2b, 0x2d: 62
    case 0x2f, 0x5f: 63
    default: nil
    }
  }
}
