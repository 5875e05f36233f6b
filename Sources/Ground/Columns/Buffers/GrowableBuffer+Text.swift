public import Base

extension GrowableBuffer where Element == UInt8 {
  /// Appends literal ASCII text.
  @inlinable
  public func append(ascii text: StaticString) {
    // SAFETY: a StaticString made of a literal has memory of this size for the life of the process.
    unsafe append(copying: UnsafeRawPointer(text.utf8Start), count: text.utf8CodeUnitCount)
  }

  /// Appends a copy of bytes that are not part of this buffer.
  @inlinable
  public func append(copying bytes: UnsafeRawBufferPointer) {
    if let base = bytes.baseAddress { unsafe append(copying: base, count: bytes.count) }
  }

  /// Appends a number in decimal.
  public func append(decimal value: Int64) {
    let target = unsafe reserve(DecimalText.bytesMax)
    commit(unsafe DecimalText.write(value, to: target))
  }

  /// Appends an unsigned number in decimal.
  public func append(decimal value: UInt64) {
    let target = unsafe reserve(DecimalText.bytesMax)
    commit(unsafe DecimalText.write(value, to: target))
  }

  /// Appends the shortest text that reads back as the same number, or `NaN`, `Infinity`, `-Infinity`.
  public func append(double value: Double) {
    let target = unsafe reserve(DecimalText.bytesMax)
    commit(unsafe DecimalText.write(value, to: target))
  }

  /// Appends a number as JSON; what JSON cannot express is put in quotation marks, as protobuf's JSON mapping has it.
  public func append(json value: Double) {
    if value.isFinite { return append(double: value) }
    append(0x22)
    append(double: value)
    append(0x22)
  }

  /// Appends bytes as base64.
  public func append(base64 bytes: UnsafeRawBufferPointer) {
    let count = Base64.encodedCount(bytes.count)
    let target = unsafe reserve(count)
    // SAFETY: reserve made room for the encoded count.
    unsafe Base64.encode(bytes, to: target)
    commit(count)
  }

  /// Appends two lower-case hexadecimal digits a byte.
  public func append(hex bytes: UnsafeRawBufferPointer) {
    for index in 0..<bytes.count {
      // SAFETY: the index lies within the bytes.
      let byte = unsafe bytes[index]
      append(Hex.digit(byte >> 4))
      append(Hex.digit(byte & 0xf))
    }
  }

  /// Appends UTF-8 text; every maximal ill-formed part becomes U+FFFD.
  ///
  /// Returns whether the text was well formed.
  @inlinable
  @inline(__always)
  @discardableResult
  public func append(utf8 text: UnsafeRawBufferPointer) -> Bool {
    guard let base = text.baseAddress else { return true }
    if text.count <= ByteCopy.shortMax {
      let target = unsafe reserve(text.count)
      // SAFETY: reserve made room for the text, which is not part of this buffer.
      guard unsafe ByteCopy.copyASCII(from: base, to: UnsafeMutableRawPointer(target), count: text.count) else {
        return unsafe append(nonASCII: text)
      }
      commit(text.count)
      return true
    }
    if unsafe UTF8Text.asciiPrefixCount(base, count: text.count) != text.count {
      return unsafe append(nonASCII: text)
    }
    unsafe append(copying: base, count: text.count)
    return true
  }

  @inline(never)
  @usableFromInline
  func append(nonASCII text: UnsafeRawBufferPointer) -> Bool {
    if unsafe UTF8Text.firstInvalidOffset(text) == nil, let base = text.baseAddress {
      unsafe append(copying: base, count: text.count)
      return true
    }
    var repaired = unsafe UTF8Text.repaired(text)
    repaired.withUTF8 { repaired in
      guard let base = repaired.baseAddress else { return }
      unsafe append(copying: base, count: repaired.count)
    }
    return false
  }

  /// Appends UTF-8 text as a JSON string; ill-formed parts become U+FFFD.
  public func append(quoted text: UnsafeRawBufferPointer) {
    append(0x22)
    if unsafe UTF8Text.firstInvalidOffset(text) == nil {
      unsafe append(escaping: text)
    } else {
      var repaired = unsafe UTF8Text.repaired(text)
      repaired.withUTF8 { unsafe append(escaping: UnsafeRawBufferPointer($0)) }
    }
    append(0x22)
  }

  /// Escapes what RFC 8259, section 7 demands.
  private func append(escaping text: UnsafeRawBufferPointer) {
    guard let base = text.baseAddress else { return }
    var runStart = 0
    for index in 0..<text.count {
      // SAFETY: the index and the runs lie within the text.
      let byte = unsafe text[index]
      guard byte < 0x20 || byte == 0x22 || byte == 0x5c else { continue }
      unsafe append(copying: base + runStart, count: index - runStart)
      runStart = index + 1
      append(0x5c)
      switch byte {
      case 0x22, 0x5c: append(byte)
      case 0x08: append(0x62)
      case 0x09: append(0x74)
      case 0x0a: append(0x6e)
      case 0x0c: append(0x66)
      case 0x0d: append(0x72)
      default:
        append(ascii: "u00")
        append(Hex.digit(byte >> 4))
        append(Hex.digit(byte & 0xf))
      }
    }
    unsafe append(copying: base + runStart, count: text.count - runStart)
  }
}
