/// The five bytes before a message: a compressed flag and a length
/// (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, "Length-Prefixed-Message").
package struct GRPCFrame: Sendable, Hashable {
  package static let prefixByteCount = 5

  package let isCompressed: Bool
  package let byteCount: Int

  /// Reads the prefix; nil when there are fewer than five bytes or the flag is neither 0 nor 1.
  package init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= Self.prefixByteCount, unsafe bytes[0] <= 1 else { return nil }
    isCompressed = unsafe bytes[0] == 1
    byteCount = Int(UInt32(bigEndian: unsafe bytes.loadUnaligned(fromByteOffset: 1, as: UInt32.self)))
  }

  /// A message that is not compressed, with its prefix.
  package static func encode(_ message: [UInt8]) -> [UInt8] {
    precondition(message.count <= Int(UInt32.max), "a message of \(message.count) bytes has no frame")
    let count = UInt32(message.count)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(message.count + prefixByteCount)
    bytes.append(0)
    for shift in [UInt32(24), 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
    bytes.append(contentsOf: message)
    return bytes
  }
}

/// The `grpc-timeout` field: at most eight digits and a unit.
package enum GRPCTimeout {
  /// Nil when the text is not a timeout.
  package static func parse(_ text: String) -> Duration? {
    let digits = text.utf8.dropLast()
    guard let unit = text.utf8.last, (1...8).contains(digits.count) else { return nil }
    var value: Int64 = 0
    for digit in digits {
      guard digit >= 0x30, digit <= 0x39 else { return nil }
      value = value * 10 + Int64(digit - 0x30)
    }
    switch unit {
    case UInt8(ascii: "H"): return .seconds(value * 3600)
    case UInt8(ascii: "M"): return .seconds(value * 60)
    case UInt8(ascii: "S"): return .seconds(value)
    case UInt8(ascii: "m"): return .milliseconds(value)
    case UInt8(ascii: "u"): return .microseconds(value)
    case UInt8(ascii: "n"): return .nanoseconds(value)
    default: return nil
    }
  }
}
