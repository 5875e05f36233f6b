import CAxonizeCore

/// A field of a header; what it points to is valid until the next field is read.
struct HeaderField {
  var name: UnsafePointer<UInt8>
  var nameSize = 0
  var value: UnsafePointer<UInt8>
  var valueSize = 0
}

extension HeaderField {
  /// Whether the field has this name, which is in lower case.
  static func hasName(_ field: UnsafePointer<HeaderField>, _ name: StaticString) -> Bool {
    field.pointee.nameSize == name.utf8CodeUnitCount
      && memcmp(field.pointee.name, name.utf8Start, field.pointee.nameSize) == 0
  }

  /// The value as a number of decimal digits, at most 9 of them; nil for anything else.
  static func number(_ field: UnsafePointer<HeaderField>) -> UInt32? {
    guard field.pointee.valueSize > 0, field.pointee.valueSize <= 9 else { return nil }
    var number: UInt32 = 0
    for index in 0..<field.pointee.valueSize {
      let digit = field.pointee.value[index]
      guard digit >= 48, digit <= 57 else { return nil }
      number = number &* 10 &+ UInt32(digit &- 48)
    }
    return number
  }
}

/// Reads the fields of a header block (RFC 7541) whose writer was told to keep no dynamic table.
struct HeaderBlockReader {
  enum Outcome: UInt8 {
    case field, end, malformed
  }

  private var place: UnsafePointer<UInt8>
  private var end: UnsafePointer<UInt8>
  private var table: Huffman
  /// Memory for decoded texts, `scratchSize` bytes.
  private var scratch: UnsafeMutablePointer<UInt8>
  private var scratchUsed = 0
  private var listSize = 0
  private var isAtBegin = true

  /// Greatest size of a block's fields as RFC 9113, 6.5.2 counts it, and of a block.
  static let listSizeMax = 16384
  static let scratchSize = listSizeMax

  init(
    _ bytes: UnsafePointer<UInt8>, _ size: Int, _ table: Huffman, _ scratch: UnsafeMutablePointer<UInt8>
  ) {
    place = bytes
    end = bytes + size
    self.table = table
    self.scratch = scratch
  }

  /// Reads the next field.
  static func next(_ reader: UnsafeMutablePointer<HeaderBlockReader>, _ field: UnsafeMutablePointer<HeaderField>)
    -> Outcome
  {
    reader.pointee.scratchUsed = 0
    while reader.pointee.place < reader.pointee.end {
      let first = reader.pointee.place.pointee
      if first & 0xe0 == 0x20 {
        // A new size of the dynamic table (6.3): only at the begin, and never more than we allow, which is 0.
        guard reader.pointee.isAtBegin, integer(reader, bits: 5) == 0 else { return .malformed }
        continue
      }
      reader.pointee.isAtBegin = false
      if first & 0x80 != 0 {
        guard let number = integer(reader, bits: 7), number > 0, number <= HPACKStaticTable.count else {
          return .malformed
        }
        HPACKStaticTable.look(number, field)
        return counted(reader, field)
      }
      // Literals that are to be kept in the table, need not be, and must not be: nothing is kept in a table of size 0.
      guard let number = integer(reader, bits: first & 0x40 != 0 ? 6 : 4), number <= HPACKStaticTable.count else {
        return .malformed
      }
      if number > 0 {
        HPACKStaticTable.look(number, field)
      } else {
        guard let name = text(reader) else { return .malformed }
        field.pointee.name = name.place
        field.pointee.nameSize = name.size
      }
      guard let value = text(reader) else { return .malformed }
      field.pointee.value = value.place
      field.pointee.valueSize = value.size
      return counted(reader, field)
    }
    return .end
  }

  private static func counted(
    _ reader: UnsafeMutablePointer<HeaderBlockReader>, _ field: UnsafePointer<HeaderField>
  ) -> Outcome {
    reader.pointee.listSize &+= field.pointee.nameSize &+ field.pointee.valueSize &+ 32
    return reader.pointee.listSize <= listSizeMax ? .field : .malformed
  }

  /// RFC 7541, 5.1: a number that begins in the low bits of a byte; nil when it is cut off or longer than any use of it.
  private static func integer(_ reader: UnsafeMutablePointer<HeaderBlockReader>, bits: UInt8) -> Int? {
    guard reader.pointee.place < reader.pointee.end else { return nil }
    let mask = UInt8(1) &<< bits &- 1
    var value = Int(reader.pointee.place.pointee & mask)
    reader.pointee.place += 1
    if value < Int(mask) { return value }
    var shift = 0
    while reader.pointee.place < reader.pointee.end, shift <= 21 {
      let byte = reader.pointee.place.pointee
      reader.pointee.place += 1
      value &+= Int(byte & 0x7f) &<< shift
      if byte < 0x80 { return value }
      shift &+= 7
    }
    return nil
  }

  /// RFC 7541, 5.2: a text as it is or in Huffman's code.
  private static func text(
    _ reader: UnsafeMutablePointer<HeaderBlockReader>
  ) -> (place: UnsafePointer<UInt8>, size: Int)? {
    guard reader.pointee.place < reader.pointee.end else { return nil }
    let isCoded = reader.pointee.place.pointee & 0x80 != 0
    guard let size = integer(reader, bits: 7), size <= reader.pointee.end - reader.pointee.place else { return nil }
    let bytes = reader.pointee.place
    reader.pointee.place += size
    if !isCoded { return (bytes, size) }
    let target = reader.pointee.scratch + reader.pointee.scratchUsed
    guard
      let decoded = Huffman.decode(
        reader.pointee.table, bytes, size, target, scratchSize &- reader.pointee.scratchUsed)
    else { return nil }
    reader.pointee.scratchUsed &+= decoded
    return (UnsafePointer(target), decoded)
  }
}
