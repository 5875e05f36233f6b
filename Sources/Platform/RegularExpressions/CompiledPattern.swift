import CRE2

/// An expression that RE2 has compiled.
@safe
final class CompiledPattern: @unchecked Sendable {  // RE2 may be asked by several threads at once; nothing changes it.
  private let handle: OpaquePointer
  private let groupCount: Int

  init(_ expression: String, memoryBytesMax: Int) throws(RegularExpressionError) {
    // SAFETY: RE2 copies the expression.
    unsafe handle = expression.withUTF8Bytes { unsafe CRE2_compile($0.baseAddress, $0.count, Int64(memoryBytesMax)) }
    groupCount = unsafe CRE2_group_count(handle)
    var size = 0
    // SAFETY: the reason has `size` bytes and lives as long as the handle.
    if let reason = unsafe CRE2_error(handle, &size) {
      let bytes = unsafe UnsafeRawBufferPointer(start: reason, count: size)
      throw RegularExpressionError(unsafe String(decoding: bytes, as: UTF8.self))
    }
  }

  // SAFETY: made by init, and nobody else has it.
  deinit { unsafe CRE2_free(handle) }

  func matches(_ text: String) -> Bool {
    // SAFETY: the pointer comes with its number of bytes; without groups nothing is written.
    unsafe text.withUTF8Bytes { unsafe CRE2_match(handle, $0.baseAddress, $0.count, nil, nil, 0) != 0 }
  }

  /// What each group matched, the whole first, nil for one that took no part; nil when the text does not match.
  func groups(in text: String) -> [Substring?]? {
    let count = groupCount + 1
    var begins = [Int](repeating: -1, count: count)
    var ends = begins
    // SAFETY: the pointer comes with its number of bytes, and both arrays have `count` elements.
    let isMatch = unsafe text.withUTF8Bytes {
      unsafe CRE2_match(handle, $0.baseAddress, $0.count, &begins, &ends, count)
    }
    guard isMatch != 0 else { return nil }
    return zip(begins, ends).map { begin, end in
      guard begin >= 0 else { return nil }
      let start = text.utf8.index(text.startIndex, offsetBy: begin)
      return text[start..<text.utf8.index(start, offsetBy: end - begin)]
    }
  }

  /// The number of the group with a name.
  func number(of name: Substring) -> Int? {
    // SAFETY: the pointer comes with its number of bytes.
    let number = unsafe String(name).withUTF8Bytes { unsafe CRE2_group_number(handle, $0.baseAddress, $0.count) }
    return number > 0 ? number : nil
  }
}

extension String {
  /// The text's UTF-8 bytes; the pointer is not null.
  fileprivate func withUTF8Bytes<Result>(_ body: (UnsafeBufferPointer<CChar>) -> Result) -> Result {
    var text = self
    return text.withUTF8 { bytes in unsafe bytes.withMemoryRebound(to: CChar.self, body) }
  }
}
