/// A number as JSON text spells it.
package enum JSONNumber: Sendable, Hashable {
  /// An integer without fraction and exponent.
  case int(Int64)
  /// An integer above `Int64.max`.
  case unsigned(UInt64)
  /// Anything else, correctly rounded; a number beyond the range of Double is refused.
  case double(Double)

  package var double: Double {
    switch self {
    case .int(let value): Double(value)
    case .unsigned(let value): Double(value)
    case .double(let value): value
    }
  }

  /// The number as an integer if it is one, for example 3 for `3.0`; nil beyond 64 bits.
  package var int: Int64? {
    switch self {
    case .int(let value): value
    case .unsigned: nil
    case .double(let value): Int64(exactly: value)
    }
  }

  package var unsigned: UInt64? {
    switch self {
    case .int(let value): UInt64(exactly: value)
    case .unsigned(let value): value
    case .double(let value): UInt64(exactly: value)
    }
  }
}

extension JSONReader {
  /// Reads a number (RFC 8259, section 6).
  package mutating func readNumber() throws(JSONError) -> JSONNumber {
    _ = try peek()
    let start = offset
    var isNegative = false
    if byte(offset) == 0x2d {
      isNegative = true
      offset += 1
    }
    guard let first = digit(offset) else { throw error("expected a digit") }
    var magnitude: UInt64 = 0
    var isExact = true
    if first == 0 {
      offset += 1
      if digit(offset) != nil { throw error("a number must not start with 0") }
    }
    while let digit = digit(offset) {
      let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
      if overflow || carry { isExact = false }
      magnitude = sum
      offset += 1
    }
    var isInteger = true
    if byte(offset) == 0x2e {
      isInteger = false
      offset += 1
      try skipDigits()
    }
    if let byte = byte(offset), byte == 0x65 || byte == 0x45 {
      isInteger = false
      offset += 1
      if let sign = self.byte(offset), sign == 0x2b || sign == 0x2d { offset += 1 }
      try skipDigits()
    }
    if isInteger, isExact {
      if !isNegative { return Int64(exactly: magnitude).map { .int($0) } ?? .unsigned(magnitude) }
      // "-0" keeps its sign only as a Double.
      if magnitude == 0 { return .double(-0.0) }
      if magnitude <= Int64.min.magnitude { return .int(Int64(truncatingIfNeeded: 0 &- magnitude)) }
    }
    // SAFETY: start and offset lie within the text.
    let spelling = unsafe String(decoding: text[start..<offset], as: UTF8.self)
    guard let value = Double(spelling), value.isFinite else {
      throw JSONError(offset: start, reason: "the number is out of range")
    }
    return .double(value)
  }

  private mutating func skipDigits() throws(JSONError) {
    guard digit(offset) != nil else { throw error("expected a digit") }
    while digit(offset) != nil { offset += 1 }
  }

  private func byte(_ index: Int) -> UInt8? {
    // SAFETY: the index is compared with the count first.
    index < count ? unsafe text[index] : nil
  }

  private func digit(_ index: Int) -> UInt8? {
    guard let byte = byte(index), byte >= 0x30, byte <= 0x39 else { return nil }
    return byte - 0x30
  }
}
