import Base

/// Writes JSON text (RFC 8259) into an array of bytes; commas are placed by the writer.
///
/// The caller opens and closes objects and arrays in pairs and writes a key before every value of an object.
package struct JSONWriter: Sendable {
  /// The text so far.
  package private(set) var bytes: [UInt8]
  private var needsComma = false

  /// The integers that a reader with 64-bit floats keeps exactly (RFC 8259, section 6): ±(2^53 - 1).
  package static let exactIntegers: ClosedRange<Int64> = -9_007_199_254_740_991...9_007_199_254_740_991

  /// Makes a writer with room for some bytes.
  package init(reservingCapacity capacity: Int = 1024) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  /// Drops what was written and keeps the memory, to write another document or the next chunk of a stream.
  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    needsComma = false
  }

  // MARK: Structure

  package mutating func beginObject() { open(0x7b) }
  package mutating func endObject() { close(0x7d) }
  package mutating func beginArray() { open(0x5b) }
  package mutating func endArray() { close(0x5d) }

  /// Writes an object whose members `body` writes.
  package mutating func object<E: Error>(_ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
    beginObject()
    try body(&self)
    endObject()
  }

  /// Writes an array whose elements `body` writes.
  package mutating func array<E: Error>(_ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
    beginArray()
    try body(&self)
    endArray()
  }

  /// Writes the name of the next member.
  package mutating func key(_ name: String) {
    separate()
    quote(name)
    bytes.append(0x3a)
    needsComma = false
  }

  /// Writes the name of the next member from UTF-8 bytes; ill-formed parts become U+FFFD.
  package mutating func key(utf8 name: ArraySlice<UInt8>) {
    separate()
    quote(utf8: name)
    bytes.append(0x3a)
    needsComma = false
  }

  /// Writes the name of the next member.
  package mutating func key(_ key: JSONKey) {
    separate()
    bytes.append(contentsOf: key.bytes)
    needsComma = false
  }

  // MARK: Values

  package mutating func null() { literal("null") }
  package mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }

  package mutating func string(_ text: String) {
    separate()
    quote(text)
    needsComma = true
  }

  /// Writes a string from UTF-8 bytes; ill-formed parts become U+FFFD.
  package mutating func string(utf8 text: ArraySlice<UInt8>) {
    separate()
    quote(utf8: text)
    needsComma = true
  }

  /// Writes an integer as a JSON number, whatever its size.
  package mutating func int(_ value: some BinaryInteger) {
    separate()
    bytes.append(contentsOf: String(value).utf8)
    needsComma = true
  }

  /// Writes an integer as a string of decimal digits.
  package mutating func quotedInt(_ value: Int64) {
    // A sign and 19 digits, between quotation marks.
    var text = InlineArray<22, UInt8>(repeating: 0x22)
    var first = 21
    var rest = value.magnitude
    repeat {
      first -= 1
      text[first] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    if value < 0 {
      first -= 1
      text[first] = 0x2d
    }
    text[first - 1] = 0x22
    append(text.span.extracting((first - 1)...))
  }

  /// Writes a string of the 16 hexadecimal digits of a number.
  package mutating func hex(_ value: UInt64) {
    var text = InlineArray<18, UInt8>(repeating: 0x22)
    for index in 0..<16 { text[index + 1] = Self.digit(value, index) }
    append(text.span)
  }

  /// Writes a string of the 32 hexadecimal digits of a number of 128 bits.
  package mutating func hex(_ high: UInt64, _ low: UInt64) {
    var text = InlineArray<34, UInt8>(repeating: 0x22)
    for index in 0..<16 {
      text[index + 1] = Self.digit(high, index)
      text[index + 17] = Self.digit(low, index)
    }
    append(text.span)
  }

  private static func digit(_ value: UInt64, _ index: Int) -> UInt8 {
    Hex.digit(UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * index)) & 0xf)
  }

  /// Writes a value that is JSON already.
  private mutating func append(_ value: Span<UInt8>) {
    separate()
    // SAFETY: the buffer is read within the call.
    unsafe value.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    needsComma = true
  }

  /// Writes an integer as a number if every reader keeps it exactly, else as a string.
  package mutating func exactInt(_ value: Int64) {
    if Self.exactIntegers.contains(value) { int(value) } else { quotedInt(value) }
  }

  /// Writes an unsigned integer as a number if every reader keeps it exactly, else as a string.
  package mutating func exactInt(_ value: UInt64) {
    if value <= 9_007_199_254_740_991 { int(value) } else { string(String(value)) }
  }

  /// Writes the shortest text that reads back as the same number, with a point or an exponent; a number that JSON
  /// cannot express becomes one of the strings "NaN", "Infinity" and "-Infinity", as protobuf's JSON mapping has it.
  package mutating func double(_ value: Double) {
    guard value.isFinite else { return string(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity") }
    separate()
    bytes.append(contentsOf: value.description.utf8)
    needsComma = true
  }

  /// Inserts text that MUST be one whole JSON value.
  package mutating func raw(_ json: some Sequence<UInt8>) {
    separate()
    bytes.append(contentsOf: json)
    needsComma = true
  }

  /// Inserts a line feed between documents of a stream of JSON lines.
  package mutating func newline() {
    bytes.append(0x0a)
    needsComma = false
  }

  // MARK: Members

  package mutating func member(_ name: String, _ value: String) {
    key(name)
    string(value)
  }

  /// Writes a member that is null when there is no text.
  package mutating func member(_ name: String, _ value: String?) {
    key(name)
    if let value { string(value) } else { null() }
  }

  package mutating func member(_ name: String, _ value: Bool) {
    key(name)
    bool(value)
  }

  package mutating func member(_ name: String, _ value: some BinaryInteger) {
    key(name)
    int(value)
  }

  package mutating func member(_ name: String, _ value: Double) {
    key(name)
    double(value)
  }

  // MARK: Text

  private mutating func separate() { if needsComma { bytes.append(0x2c) } }

  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  private mutating func literal(_ text: StaticString) {
    separate()
    // SAFETY: a StaticString made of a literal has memory of this size for the life of the process.
    unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    needsComma = true
  }

  private mutating func quote(_ text: String) {
    var text = text
    text.withUTF8 { unsafe quote(wellFormed: $0) }
  }

  private mutating func quote(utf8 text: ArraySlice<UInt8>) {
    unsafe text.withUnsafeBytes { raw in
      if unsafe UTF8Text.firstInvalidOffset(raw) == nil {
        unsafe raw.withMemoryRebound(to: UInt8.self) { unsafe quote(wellFormed: $0) }
      } else {
        unsafe quote(UTF8Text.repaired(raw))
      }
    }
  }

  /// Escapes what RFC 8259, section 7 demands: the quotation mark, the backslash and U+0000 to U+001F.
  private mutating func quote(wellFormed text: UnsafeBufferPointer<UInt8>) {
    bytes.append(0x22)
    var runStart = 0
    for index in 0..<text.count {
      // SAFETY: the index and the runs lie within the text.
      let byte = unsafe text[index]
      guard byte < 0x20 || byte == 0x22 || byte == 0x5c else { continue }
      if index > runStart { unsafe bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[runStart..<index])) }
      runStart = index + 1
      bytes.append(0x5c)
      switch byte {
      case 0x22, 0x5c: bytes.append(byte)
      case 0x08: bytes.append(0x62)
      case 0x09: bytes.append(0x74)
      case 0x0a: bytes.append(0x6e)
      case 0x0c: bytes.append(0x66)
      case 0x0d: bytes.append(0x72)
      default: bytes.append(contentsOf: [0x75, 0x30, 0x30, Hex.digit(byte >> 4), Hex.digit(byte & 0xf)])
      }
    }
    if text.count > runStart {
      unsafe bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[runStart..<text.count]))
    }
    bytes.append(0x22)
  }
}

/// The name of a member as it is written, with its colon, for objects that are written often.
package struct JSONKey: Sendable {
  let bytes: [UInt8]

  package init(_ name: String) {
    var writer = JSONWriter()
    writer.key(name)
    bytes = writer.bytes
  }
}
