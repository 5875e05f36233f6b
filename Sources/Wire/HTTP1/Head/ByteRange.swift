/// Where a part of a message lies: an offset from its first byte and a count of bytes.
package struct ByteRange: Sendable, Hashable {
  package var start: UInt32
  package var count: UInt32

  package static let empty = ByteRange(start: 0, count: 0)

  package init(start: UInt32, count: UInt32) {
    self.start = start
    self.count = count
  }

  init(_ start: Int, _ end: Int) {
    self.start = UInt32(truncatingIfNeeded: start)
    count = UInt32(truncatingIfNeeded: end - start)
  }

  package var isEmpty: Bool { count == 0 }
  package var indices: Range<Int> { Int(start)..<Int(start) + Int(count) }

  /// The text of this part; bytes that are not UTF-8 become replacement characters.
  package func text(in bytes: Span<UInt8>) -> String {
    let part = bytes.extracting(indices)
    return String(decoding: [UInt8](part), as: UTF8.self)
  }

  /// Whether this part is some ASCII text, without regard to case.
  package func equals(ignoringCase text: StaticString, in bytes: Span<UInt8>) -> Bool {
    guard Int(count) == text.utf8CodeUnitCount else { return false }
    let part = bytes.extracting(indices)
    return text.withUTF8Buffer { text in
      for index in 0..<part.count
      where Self.lowercased(part[index]) != Self.lowercased(unsafe text[index]) {
        return false
      }
      return true
    }
  }

  @inline(__always)
  static func lowercased(_ byte: UInt8) -> UInt8 {
    byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
  }
}

extension [UInt8] {
  /// A copy of these bytes.
  init(_ span: Span<UInt8>) {
    self.init(capacity: span.count) { output in
      for index in 0..<span.count { output.append(span[index]) }
    }
  }
}
