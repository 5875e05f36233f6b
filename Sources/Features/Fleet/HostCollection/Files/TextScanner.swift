/// Goes through the words and lines of a file of the kernel.
struct TextScanner: ~Escapable {
  private let text: Span<UInt8>
  private var at = 0

  @_lifetime(copy text)
  init(_ text: Span<UInt8>) { self.text = text }

  var isAtEnd: Bool { at >= text.count }

  /// The next word of the line; nil at its end.
  @_lifetime(self: copy self)
  mutating func word() -> Range<Int>? {
    while at < text.count, Self.isBlank(text[at]) { at += 1 }
    let begin = at
    while at < text.count, !Self.isBlank(text[at]), text[at] != UInt8(ascii: "\n") { at += 1 }
    return at > begin ? begin..<at : nil
  }

  /// The next word of the line as a whole number; nil at its end and for any other word.
  @_lifetime(self: copy self)
  mutating func integer() -> UInt64? {
    guard let range = word() else { return nil }
    return KernelNumber.integer(text.extracting(range))
  }

  /// Skips the rest of the line.
  @_lifetime(self: copy self)
  mutating func nextLine() {
    while at < text.count, text[at] != UInt8(ascii: "\n") { at += 1 }
    at += 1
  }

  @_lifetime(copy self)
  func bytes(_ range: Range<Int>) -> Span<UInt8> { text.extracting(range) }

  /// Whether a part is the same as another.
  func isEqual(_ range: Range<Int>, _ other: Range<Int>) -> Bool {
    guard range.count == other.count else { return false }
    for offset in 0..<range.count where text[range.lowerBound + offset] != text[other.lowerBound + offset] {
      return false
    }
    return true
  }

  func string(_ range: Range<Int>) -> String {
    var bytes: [UInt8] = []
    append(range, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  func append(_ range: Range<Int>, to bytes: inout [UInt8]) {
    for index in range { bytes.append(text[index]) }
  }

  /// Whether a part is a text.
  func isText(_ range: Range<Int>, _ other: StaticString) -> Bool {
    range.count == other.utf8CodeUnitCount && hasPrefix(range, other)
  }

  /// Whether a part begins with a text.
  func hasPrefix(_ range: Range<Int>, _ prefix: StaticString) -> Bool {
    guard range.count >= prefix.utf8CodeUnitCount else { return false }
    for index in 0..<prefix.utf8CodeUnitCount {
      // SAFETY: the index is less than the count of the constant's bytes.
      guard unsafe text[range.lowerBound + index] == prefix.utf8Start[index] else { return false }
    }
    return true
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
