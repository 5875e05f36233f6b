import Base

/// Reads JSON text (RFC 8259) piece by piece, without building a tree.
///
/// The caller drives it: `enterObject`, then `nextKey` until it is nil, and for each key exactly one of the `read…`,
/// `enter…` and `skipValue` calls; arrays likewise with `nextElement`. The memory MUST outlive the reader.
@safe
package struct JSONReader {
  /// The kind of a value, from its first byte.
  package enum Kind: Sendable {
    case object, array, string, number, bool, null
  }

  let text: UnsafeRawBufferPointer
  let count: Int
  let limits: JSONLimits
  /// Bytes read so far.
  package internal(set) var offset = 0
  private var depth = 0
  private var isFirst = true
  /// The text of the last string that had escapes.
  var unescaped: [UInt8] = []

  /// Starts at the beginning of a text.
  package init(_ text: UnsafeRawBufferPointer, limits: JSONLimits = JSONLimits()) throws(JSONError) {
    unsafe self.text = unsafe text
    count = text.count
    self.limits = limits
    guard count <= limits.bytesMax else {
      throw JSONError(offset: limits.bytesMax, reason: "the text is longer than \(limits.bytesMax) bytes")
    }
  }

  // MARK: Structure

  /// What the next value is.
  package mutating func peekKind() throws(JSONError) -> Kind {
    switch try peek() {
    case 0x7b: return .object
    case 0x5b: return .array
    case 0x22: return .string
    case 0x74, 0x66: return .bool
    case 0x6e: return .null
    case 0x2d, 0x30...0x39: return .number
    default: throw error("expected a value")
    }
  }

  package mutating func enterObject() throws(JSONError) { try enter(0x7b, "expected an object") }
  package mutating func enterArray() throws(JSONError) { try enter(0x5b, "expected an array") }

  /// Reads the next key and its colon; nil leaves the object.
  ///
  /// The text is valid until the next call.
  package mutating func nextKey() throws(JSONError) -> JSONText? {
    guard try nextItem(closing: 0x7d) else { return nil }
    guard try peek() == 0x22 else { throw error("expected a key in quotation marks") }
    let key = try readString()
    guard try peek() == 0x3a else { throw error("expected a colon") }
    offset += 1
    return key
  }

  /// Whether another element follows; false leaves the array.
  package mutating func nextElement() throws(JSONError) -> Bool { try nextItem(closing: 0x5d) }

  /// Checks that nothing but white space is left.
  package mutating func finish() throws(JSONError) {
    skipSpace()
    if offset < count { throw error("expected the end of the text") }
  }

  private mutating func enter(_ bracket: UInt8, _ expectation: String) throws(JSONError) {
    guard try peek() == bracket else { throw error(expectation) }
    guard depth < limits.depthMax else { throw error("nested deeper than \(limits.depthMax) levels") }
    offset += 1
    depth += 1
    isFirst = true
  }

  private mutating func nextItem(closing bracket: UInt8) throws(JSONError) -> Bool {
    let byte = try peek()
    if byte == bracket {
      offset += 1
      depth -= 1
      isFirst = false
      return false
    }
    if isFirst {
      isFirst = false
      return true
    }
    guard byte == 0x2c else { throw error(bracket == 0x7d ? "expected a comma or }" : "expected a comma or ]") }
    offset += 1
    if try peek() == bracket { throw error("expected another item after the comma") }
    return true
  }

  // MARK: Values

  package mutating func readNull() throws(JSONError) { try expect("null") }

  package mutating func readBool() throws(JSONError) -> Bool {
    if try peek() == 0x74 {
      try expect("true")
      return true
    }
    try expect("false")
    return false
  }

  /// Skips a value of any kind, which MUST still be well formed.
  package mutating func skipValue() throws(JSONError) {
    switch try peekKind() {
    case .object:
      try enterObject()
      while try nextKey() != nil { try skipValue() }
    case .array:
      try enterArray()
      while try nextElement() { try skipValue() }
    case .string: _ = try readString()
    case .number: _ = try readNumber()
    case .bool: _ = try readBool()
    case .null: try readNull()
    }
  }

  private mutating func expect(_ word: StaticString) throws(JSONError) {
    skipSpace()
    let length = word.utf8CodeUnitCount
    guard count - offset >= length else { throw error("expected \(word)") }
    for index in 0..<length {
      // SAFETY: both lengths are checked above.
      if unsafe text[offset + index] != word.utf8Start[index] { throw error("expected \(word)") }
    }
    offset += length
  }

  // MARK: Bytes

  mutating func skipSpace() {
    // SAFETY: the offset is compared with the count before each load.
    while offset < count {
      let byte = unsafe text[offset]
      guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return }
      offset += 1
    }
  }

  mutating func peek() throws(JSONError) -> UInt8 {
    skipSpace()
    guard offset < count else { throw error("the text ends too early") }
    // SAFETY: the offset is checked above.
    return unsafe text[offset]
  }

  package func error(_ reason: String) -> JSONError { JSONError(offset: offset, reason: reason) }
}
