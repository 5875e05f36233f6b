import CArrowADBC
import Columns

/// Gathers the values of one column from the Arrow arrays of a result's batches.
///
/// https://arrow.apache.org/docs/format/CDataInterface.html, "Data type description -- format strings".
@safe
final class ArrowColumnReader {
  private enum Format {
    case int(width: Int), unsigned(width: Int), double(width: Int)
    case octet
    case bit
    case text(offsetWidth: Int)
    case fixedBytes(width: Int)
    case decimal(scale: Int)
    case list(offsetWidth: Int)
    case map
    /// The entries of a map; other tuples are not read.
    case entries
    case null
  }

  let name: String
  private let format: Format
  private let children: [ArrowColumnReader]
  private let dictionary: ArrowColumnReader?
  private var ints: [Int64] = []
  private var unsigneds: [UInt64] = []
  private var octets: [UInt8] = []
  private var doubles: [Double] = []
  private var data: [UInt8] = []
  private var offsets: [Int] = [0]
  private var rowCount = 0
  /// Of every row, once one is NULL; empty until then.
  private var validity: [Bool] = []

  /// Reads the type of a column.
  init(_ schema: UnsafePointer<ArrowSchema>) throws(EngineFailure) {
    // SAFETY: the producer fills format, name and children of a schema that is not released.
    let schema = unsafe schema.pointee
    let text = unsafe String(cString: schema.format)
    let name = unsafe schema.name.map { unsafe String(cString: $0) } ?? ""
    self.name = name
    format = try Self.format(text, of: name)
    var children: [ArrowColumnReader] = []
    for index in 0..<Int(unsafe schema.n_children) {
      try unsafe children.append(ArrowColumnReader(schema.children[index]!))
    }
    if case .map = format { children = children.first?.children ?? [] }
    self.children = children
    if let dictionary = unsafe schema.dictionary {
      self.dictionary = try unsafe ArrowColumnReader(dictionary)
    } else {
      self.dictionary = nil
    }
  }

  private static func format(_ text: String, of name: String) throws(EngineFailure) -> Format {
    switch text {
    case "c": return .int(width: 1)
    case "s": return .int(width: 2)
    case "i", "tdD", "tts", "ttm": return .int(width: 4)
    case "l", "tdm", "ttu", "ttn": return .int(width: 8)
    case "C": return .octet
    case "S": return .unsigned(width: 2)
    case "I": return .unsigned(width: 4)
    case "L": return .unsigned(width: 8)
    case "f": return .double(width: 4)
    case "g": return .double(width: 8)
    case "b": return .bit
    case "u", "z": return .text(offsetWidth: 4)
    case "U", "Z": return .text(offsetWidth: 8)
    case "+l": return .list(offsetWidth: 4)
    case "+L": return .list(offsetWidth: 8)
    case "+m": return .map
    case "+s" where name == "entries": return .entries
    case "n": return .null
    default: break
    }
    if text.hasPrefix("w:"), let width = Int(text.dropFirst(2)) { return .fixedBytes(width: width) }
    if text.hasPrefix("ts") || text.hasPrefix("tD") { return .int(width: 8) }
    if text.hasPrefix("d:") {
      let parts = text.dropFirst(2).split(separator: ",").compactMap { Int($0) }
      if parts.count == 2 { return .decimal(scale: parts[1]) }
    }
    throw EngineFailure(
      code: 0, message: "The engine returned an unsupported type, Arrow's '\(text)', in the column \(name).")
  }

  /// The values so far.
  var column: ResultColumn {
    ResultColumn(name: name, values: values, validity: validity.isEmpty ? nil : validity)
  }

  private var values: ResultValues {
    if let dictionary { return dictionary.values }
    return switch format {
    case .int, .bit, .null, .entries: .ints(ints)
    case .unsigned: .unsigneds(unsigneds)
    case .octet: .octets(octets)
    case .double, .decimal: .doubles(doubles)
    case .text, .fixedBytes: .bytes(offsets: offsets, data: data)
    case .list: .list(offsets: offsets, elements: children[0].values)
    case .map: .map(offsets: offsets, keys: children[0].values, values: children[1].values)
    }
  }

  /// Adds rows of an array that has this column's type; the range counts from the array's first row.
  func append(_ array: UnsafePointer<ArrowArray>, _ range: Range<Int>) {
    // SAFETY: the producer's buffers hold offset + length values of the format that the schema told, and offsets
    // into children and data lie within those (Arrow columnar format); the range lies within the length.
    let array = unsafe array.pointee
    let base = Int(unsafe array.offset)
    let rows = range.lowerBound + base..<range.upperBound + base
    unsafe appendValidity(array, rows)
    if let dictionary {
      unsafe appendDictionary(array, rows, dictionary)
      return
    }
    switch format {
    case .null, .entries:
      ints.append(contentsOf: repeatElement(0, count: rows.count))
    case .int(let width):
      switch width {
      case 1: unsafe append(rows, of: Int8.self, array.buffers[1])
      case 2: unsafe append(rows, of: Int16.self, array.buffers[1])
      case 4: unsafe append(rows, of: Int32.self, array.buffers[1])
      default:
        guard let values = unsafe array.buffers[1]?.assumingMemoryBound(to: Int64.self) else { return }
        unsafe ints.append(contentsOf: UnsafeBufferPointer(start: values + rows.lowerBound, count: rows.count))
      }
    case .unsigned(let width):
      switch width {
      case 2: unsafe append(rows, of: UInt16.self, array.buffers[1])
      case 4: unsafe append(rows, of: UInt32.self, array.buffers[1])
      default:
        guard let values = unsafe array.buffers[1]?.assumingMemoryBound(to: UInt64.self) else { return }
        unsafe unsigneds.append(contentsOf: UnsafeBufferPointer(start: values + rows.lowerBound, count: rows.count))
      }
    case .octet:
      guard let values = unsafe array.buffers[1]?.assumingMemoryBound(to: UInt8.self) else { return }
      unsafe octets.append(contentsOf: UnsafeBufferPointer(start: values + rows.lowerBound, count: rows.count))
    case .double(let width):
      guard let buffer = unsafe array.buffers[1] else { return }
      if width == 4 {
        let values = unsafe buffer.assumingMemoryBound(to: Float.self)
        for row in rows { unsafe doubles.append(Double(values[row])) }
      } else {
        let values = unsafe buffer.assumingMemoryBound(to: Double.self)
        unsafe doubles.append(contentsOf: UnsafeBufferPointer(start: values + rows.lowerBound, count: rows.count))
      }
    case .decimal(let scale):
      unsafe appendDecimals(rows, scale: scale, array.buffers[1])
    case .bit:
      for row in rows { unsafe ints.append(Self.bit(array.buffers[1], row) ? 1 : 0) }
    case .fixedBytes(let width):
      if !rows.isEmpty, let buffer = unsafe array.buffers[1] {
        let start = unsafe buffer + rows.lowerBound * width
        unsafe data.append(contentsOf: UnsafeRawBufferPointer(start: start, count: rows.count * width))
      }
      for _ in rows { offsets.append(offsets[offsets.count - 1] + width) }
    case .text(let offsetWidth):
      guard let range = unsafe appendOffsets(rows, width: offsetWidth, array.buffers[1]), !range.isEmpty,
        let buffer = unsafe array.buffers[2]
      else { return }
      unsafe data.append(contentsOf: UnsafeRawBufferPointer(start: buffer + range.lowerBound, count: range.count))
    case .list(let offsetWidth):
      guard let range = unsafe appendOffsets(rows, width: offsetWidth, array.buffers[1]) else { return }
      unsafe children[0].append(array.children[0]!, range)
    case .map:
      guard let range = unsafe appendOffsets(rows, width: 4, array.buffers[1]) else { return }
      let entries = unsafe array.children[0]!
      let start = unsafe Int(entries.pointee.offset)
      let shifted = range.lowerBound + start..<range.upperBound + start
      unsafe children[0].append(entries.pointee.children[0]!, shifted)
      unsafe children[1].append(entries.pointee.children[1]!, shifted)
    }
  }

  private func append<Value: FixedWidthInteger & SignedInteger>(
    _ rows: Range<Int>, of type: Value.Type, _ buffer: UnsafeRawPointer?
  ) {
    // SAFETY: as in `append(_:_:)`.
    guard let values = unsafe buffer?.assumingMemoryBound(to: type) else { return }
    for row in rows { unsafe ints.append(Int64(values[row])) }
  }

  private func append<Value: FixedWidthInteger & UnsignedInteger>(
    _ rows: Range<Int>, of type: Value.Type, _ buffer: UnsafeRawPointer?
  ) {
    // SAFETY: as in `append(_:_:)`.
    guard let values = unsafe buffer?.assumingMemoryBound(to: type) else { return }
    for row in rows { unsafe unsigneds.append(UInt64(values[row])) }
  }

  /// Adds the ends of rows, and returns which elements they own.
  private func appendOffsets(_ rows: Range<Int>, width: Int, _ buffer: UnsafeRawPointer?) -> Range<Int>? {
    guard !rows.isEmpty, let buffer = unsafe buffer else { return nil }
    let shift = offsets[offsets.count - 1]
    // SAFETY: as in `append(_:_:)`; an offsets buffer has one more entry than rows.
    func at(_ row: Int) -> Int {
      unsafe width == 4
        ? Int(buffer.assumingMemoryBound(to: Int32.self)[row]) : Int(buffer.assumingMemoryBound(to: Int64.self)[row])
    }
    let first = at(rows.lowerBound)
    for row in rows { offsets.append(at(row + 1) - first + shift) }
    return first..<at(rows.upperBound)
  }

  private func appendDecimals(_ rows: Range<Int>, scale: Int, _ buffer: UnsafeRawPointer?) {
    guard let buffer = unsafe buffer else { return }
    var divisor = 1.0
    for _ in 0..<scale { divisor *= 10 }
    // SAFETY: as in `append(_:_:)`; a decimal128 is 16 bytes, least significant first.
    for row in rows {
      let low = unsafe buffer.loadUnaligned(fromByteOffset: row * 16, as: UInt64.self)
      let high = unsafe buffer.loadUnaligned(fromByteOffset: row * 16 + 8, as: Int64.self)
      doubles.append((Double(high) * 0x1p64 + Double(low)) / divisor)
    }
  }

  private func appendDictionary(_ array: ArrowArray, _ rows: Range<Int>, _ dictionary: ArrowColumnReader) {
    for row in rows {
      // SAFETY: as in `append(_:_:)`; codes lie within the dictionary, or the row is null.
      let code = unsafe Self.code(array.buffers[1], row, format)
      let entries = unsafe array.dictionary!
      if unsafe Self.isValid(array, row), unsafe code < Int(entries.pointee.length) {
        unsafe dictionary.append(entries, code..<code + 1)
      } else {
        dictionary.appendEmpty()
      }
    }
  }

  private func appendEmpty() {
    ints.append(0)
    unsigneds.append(0)
    octets.append(0)
    doubles.append(0)
    offsets.append(offsets[offsets.count - 1])
  }

  private func appendValidity(_ array: ArrowArray, _ rows: Range<Int>) {
    defer { rowCount += rows.count }
    if case .null = format {
      validity.append(contentsOf: repeatElement(false, count: rows.count))
      return
    }
    // SAFETY: the first buffer is the validity bitmap, or NULL when no row is null.
    if validity.isEmpty, unsafe array.n_buffers == 0 || array.buffers[0] == nil || array.null_count == 0 { return }
    if validity.isEmpty {
      guard rows.contains(where: { unsafe !Self.isValid(array, $0) }) else { return }
      validity.append(contentsOf: repeatElement(true, count: rowCount))
    }
    for row in rows { unsafe validity.append(Self.isValid(array, row)) }
  }

  private static func isValid(_ array: ArrowArray, _ row: Int) -> Bool {
    // SAFETY: the first buffer is the validity bitmap, or NULL when no row is null.
    unsafe array.n_buffers == 0 || array.buffers[0] == nil || bit(array.buffers[0], row)
  }

  private static func bit(_ buffer: UnsafeRawPointer?, _ row: Int) -> Bool {
    guard let bytes = unsafe buffer?.assumingMemoryBound(to: UInt8.self) else { return false }
    // SAFETY: a bitmap has a bit for each row.
    return unsafe bytes[row >> 3] & (1 << UInt8(row & 7)) != 0
  }

  private static func code(_ buffer: UnsafeRawPointer?, _ row: Int, _ format: Format) -> Int {
    guard let buffer = unsafe buffer else { return 0 }
    // SAFETY: the codes have the width of the column's own format.
    switch format {
    case .int(width: 1): return unsafe Int(buffer.assumingMemoryBound(to: Int8.self)[row])
    case .int(width: 2): return unsafe Int(buffer.assumingMemoryBound(to: Int16.self)[row])
    case .int(width: 4): return unsafe Int(buffer.assumingMemoryBound(to: Int32.self)[row])
    case .octet: return unsafe Int(buffer.assumingMemoryBound(to: UInt8.self)[row])
    case .unsigned(width: 2): return unsafe Int(buffer.assumingMemoryBound(to: UInt16.self)[row])
    case .unsigned(width: 4): return unsafe Int(buffer.assumingMemoryBound(to: UInt32.self)[row])
    default: return unsafe Int(buffer.assumingMemoryBound(to: Int64.self)[row])
    }
  }
}
