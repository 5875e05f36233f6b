import Base

/// A string as it stands in JSON text, with escapes resolved.
///
/// Valid until its reader is next used.
///
/// It is not checked to be well-formed UTF-8; `string` repairs it.
@safe
package struct JSONText {
  /// The UTF-8 bytes when no escape was in them, else nil.
  let plain: UnsafeRawBufferPointer?
  let unescaped: [UInt8]

  /// The text; ill-formed UTF-8 becomes U+FFFD.
  package var string: String {
    if let plain = unsafe plain { return unsafe String(decoding: plain, as: UTF8.self) }
    return String(decoding: unescaped, as: UTF8.self)
  }

  /// Calls `body` with the bytes.
  package func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    if let plain = unsafe plain { return try unsafe body(plain) }
    var result: Result<R, E>?
    unsafe unescaped.withUnsafeBytes { bytes in
      do throws(E) { result = .success(try unsafe body(bytes)) } catch { result = .failure(error) }
    }
    guard let result else { preconditionFailure("withUnsafeBytes did not call its body") }
    return try result.get()
  }
}

extension JSONReader {
  /// Reads a string.
  ///
  /// Escapes are resolved; a lone surrogate becomes U+FFFD, since texts cut in the middle of an emoji arrive that way
  /// from JavaScript.
  package mutating func readString() throws(JSONError) -> JSONText {
    guard try peek() == 0x22 else { throw error("expected a string") }
    let start = offset + 1
    var index = start
    // SAFETY: indices are compared with the count before each load, and start <= index.
    while index < count {
      let byte = unsafe text[index]
      if byte == 0x22 {
        offset = index + 1
        return unsafe JSONText(plain: UnsafeRawBufferPointer(rebasing: text[start..<index]), unescaped: [])
      }
      if byte == 0x5c { return try readEscapedString(from: start, firstEscape: index) }
      if byte < 0x20 {
        throw JSONError(offset: index, reason: "a control character must be escaped in a string")
      }
      index += 1
    }
    throw JSONError(offset: count, reason: "the string has no end")
  }

  private mutating func readEscapedString(from start: Int, firstEscape: Int) throws(JSONError) -> JSONText {
    var bytes: [UInt8] = unsafe Array(text[start..<firstEscape])
    var index = firstEscape
    while index < count {
      // SAFETY: the index is compared with the count above.
      let byte = unsafe text[index]
      switch byte {
      case 0x22:
        offset = index + 1
        return unsafe JSONText(plain: nil, unescaped: bytes)
      case 0x5c:
        index = try readEscape(at: index, into: &bytes)
      case 0..<0x20:
        throw JSONError(offset: index, reason: "a control character must be escaped in a string")
      default:
        bytes.append(byte)
        index += 1
      }
    }
    throw JSONError(offset: count, reason: "the string has no end")
  }

  /// Resolves the escape at `index` and returns the index after it.
  private func readEscape(at index: Int, into bytes: inout [UInt8]) throws(JSONError) -> Int {
    guard index + 1 < count else { throw JSONError(offset: count, reason: "the string has no end") }
    // SAFETY: the index is checked above.
    let kind = unsafe text[index + 1]
    switch kind {
    case 0x22, 0x5c, 0x2f: bytes.append(kind)
    case 0x62: bytes.append(0x08)
    case 0x66: bytes.append(0x0c)
    case 0x6e: bytes.append(0x0a)
    case 0x72: bytes.append(0x0d)
    case 0x74: bytes.append(0x09)
    case 0x75:
      let unit = try readCodeUnit(at: index + 2)
      var end = index + 6
      var scalar = Unicode.Scalar(unit)
      if UTF16.isLeadSurrogate(unit), end + 1 < count, unsafe text[end] == 0x5c, unsafe text[end + 1] == 0x75 {
        let trail = try readCodeUnit(at: end + 2)
        if UTF16.isTrailSurrogate(trail) {
          scalar = Unicode.Scalar(0x10000 + (UInt32(unit & 0x3ff) << 10 | UInt32(trail & 0x3ff)))
          end += 6
        }
      }
      bytes.append(contentsOf: UTF8.encode(scalar ?? "\u{fffd}") ?? UTF8.encodedReplacementCharacter)
      return end
    default: throw JSONError(offset: index, reason: "unknown escape")
    }
    return index + 2
  }

  private func readCodeUnit(at index: Int) throws(JSONError) -> UInt16 {
    guard index + 4 <= count else { throw JSONError(offset: count, reason: "the string has no end") }
    var unit: UInt16 = 0
    for position in index..<index + 4 {
      // SAFETY: the end is checked above.
      guard let nibble = unsafe Hex.nibble(text[position]) else {
        throw JSONError(offset: position, reason: "\\u needs four hexadecimal digits")
      }
      unit = unit << 4 | UInt16(nibble)
    }
    return unit
  }
}
