import Base
package import Columns

/// How much of a structured value may still be written to a buffer, and whether something was left out.
package struct TextAllowance {
  /// Where the buffer's text should end.
  ///
  /// Nothing starts beyond it.
  let end: Int
  package private(set) var isCut = false

  /// Allows `bytesMax` bytes beyond what a buffer holds.
  package init(_ buffer: GrowableBuffer<UInt8>, bytesMax: Int = TextLimits.valueBytesMax) {
    end = buffer.count + bytesMax
  }

  /// Whether another element may be begun.
  ///
  /// If not, it is left out.
  mutating func mayGoOn(_ buffer: GrowableBuffer<UInt8>) -> Bool {
    if buffer.count < end { return true }
    isCut = true
    return false
  }

  /// The part of a name that is stored.
  mutating func name(_ text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    unsafe prefix(text, TextLimits.nameBytesMax)
  }

  /// The part of a text that is stored.
  mutating func value(_ text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    unsafe prefix(text, TextLimits.valueBytesMax)
  }

  /// The part of bytes that is stored, whose base64 is then as long as a value may be.
  package mutating func value(bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    let bytesMax = TextLimits.valueBytesMax / 4 * 3
    guard bytes.count > bytesMax else { return unsafe bytes }
    isCut = true
    return unsafe UnsafeRawBufferPointer(rebasing: bytes[..<bytesMax])
  }

  private mutating func prefix(_ text: UnsafeRawBufferPointer, _ bytesMax: Int) -> UnsafeRawBufferPointer {
    guard text.count > bytesMax else { return unsafe text }
    isCut = true
    return unsafe UTF8Text.prefix(text, bytesMax: bytesMax)
  }
}
