import Base

extension TraceID {
  /// The 16 bytes, most significant first, as OTLP carries them.
  var bytes: [UInt8] { high.bigEndianBytes + low.bigEndianBytes }
}

extension SpanID {
  /// The 8 bytes, most significant first, as OTLP carries them.
  var bytes: [UInt8] { rawValue.bigEndianBytes }
}

extension UInt64 {
  fileprivate var bigEndianBytes: [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: self >> UInt64(56 - 8 * $0)) }
  }
}

extension Base64 {
  /// The text of some bytes.
  static func text(_ bytes: [UInt8]) -> String {
    unsafe String(unsafeUninitializedCapacity: encodedCount(bytes.count)) { target in
      guard let base = target.baseAddress else { return 0 }
      // SAFETY: the string has room for the encoded count.
      unsafe bytes.withUnsafeBytes { unsafe encode($0, to: base) }
      return encodedCount(bytes.count)
    }
  }
}
