/// Walks over the lines of a whole head.
struct HeadLines {
  private var offset = 0

  /// Skips one empty line before the start line (RFC 9112, section 2.2).
  mutating func skipEmptyLine(in bytes: Span<UInt8>) {
    if bytes.count >= 2, bytes[0] == 0x0d, bytes[1] == 0x0a { offset = 2 }
  }

  /// The next line without its CRLF.
  mutating func next(in bytes: Span<UInt8>) throws(HTTP1Error) -> (start: Int, end: Int) {
    guard let lineFeed = ByteSearch.lineFeed(in: bytes, from: offset) else {
      preconditionFailure("a head without an empty line was given to its parser")
    }
    let start = offset
    offset = lineFeed + 1
    guard lineFeed > start, bytes[lineFeed - 1] == 0x0d else { throw .bareLineFeed }
    return (start, lineFeed - 1)
  }

  /// Reads the field lines up to the empty line (RFC 9112, section 5).
  mutating func readFields(
    of bytes: Span<UInt8>, into fields: inout HeadFields, fieldCountMax: Int
  ) throws(HTTP1Error) {
    while true {
      let line = try next(in: bytes)
      if line.start == line.end { return }
      guard fields.all.count < fieldCountMax else { throw .tooManyFields }
      fields.append(try Self.field(in: bytes, from: line.start, to: line.end))
    }
  }

  private static func field(
    in bytes: Span<UInt8>, from start: Int, to end: Int
  ) throws(HTTP1Error) -> HeadFields.Field {
    var index = start
    while index < end, Characters.isToken(bytes[index]) { index += 1 }
    guard index < end else { throw .missingColon }
    guard bytes[index] == UInt8(ascii: ":"), index > start else {
      guard Characters.isBlank(bytes[index]) else { throw .invalidFieldName }
      throw index == start ? .obsoleteFold : .spaceBeforeColon
    }
    let name = ByteRange(start, index)
    var valueStart = index + 1
    var valueEnd = end
    while valueStart < valueEnd, Characters.isBlank(bytes[valueStart]) { valueStart += 1 }
    while valueEnd > valueStart, Characters.isBlank(bytes[valueEnd - 1]) { valueEnd -= 1 }
    if let invalid = ByteSearch.invalidValueByte(in: bytes, from: valueStart, to: valueEnd) {
      throw bytes[invalid] == 0x0d ? .bareCarriageReturn : .invalidFieldValue
    }
    return HeadFields.Field(
      id: FieldID.named(name, in: bytes), name: name, value: ByteRange(valueStart, valueEnd))
  }

  /// Reads `HTTP/1.0` or `HTTP/1.1` and returns the second digit (RFC 9112, section 2.3).
  static func minorVersion(of bytes: Span<UInt8>, from start: Int, to end: Int) throws(HTTP1Error) -> UInt8 {
    let isDigit = { (byte: UInt8) in byte >= 0x30 && byte <= 0x39 }
    guard end - start == 8, bytes[start] == UInt8(ascii: "H"), bytes[start + 1] == UInt8(ascii: "T"),
      bytes[start + 2] == UInt8(ascii: "T"), bytes[start + 3] == UInt8(ascii: "P"),
      bytes[start + 4] == UInt8(ascii: "/"), bytes[start + 6] == UInt8(ascii: "."),
      isDigit(bytes[start + 5]), isDigit(bytes[start + 7])
    else { throw .malformedVersion }
    let minor = bytes[start + 7] - 0x30
    guard bytes[start + 5] == UInt8(ascii: "1"), minor <= 1 else { throw .unsupportedVersion }
    return minor
  }
}
