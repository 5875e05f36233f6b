import Base
package import JSON
package import Protobuf

/// Turns OTLP/JSON requests into the same requests in protobuf
/// (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
///
/// So both encodings go through one decoder, and a resource has one identity whichever way it comes. Names may be in
/// lowerCamelCase or as in the .proto files, unknown ones are ignored, 64-bit numbers may be strings or numbers, enums
/// numbers or names; null is the same as leaving out. An id that is not hexadecimal becomes one byte, which the
/// decoder rejects with its record. Unlike protobuf's own mapping, ids are not base64.
package enum OTLPJSON {
  /// Objects and arrays inside one another: what the deepest attribute value takes, and the path to it.
  static var depthMax: Int { 4 * AnyValueText.depthMax + 32 }

  /// Appends the protobuf form of an export request to a writer.
  ///
  /// - `bytesMax`: the longest text taken, in bytes.
  package static func transcode(
    _ signal: OTLPSignal, json text: UnsafeRawBufferPointer, bytesMax: Int, to writer: inout ProtobufWriter
  ) throws(JSONError) {
    var reader = try unsafe JSONReader(text, limits: JSONLimits(depthMax: depthMax, bytesMax: bytesMax))
    let shape: MessageShape =
      switch signal {
      case .traces: .traceRequest
      case .metrics: .metricsRequest
      case .logs: .logsRequest
      }
    try transcode(shape, &reader, &writer)
    try reader.finish()
  }

  /// The protobuf forms of the exemplars in a list of `Exemplar`.
  package static func exemplars(json text: UnsafeRawBufferPointer) throws(JSONError) -> [[UInt8]] {
    var reader = try unsafe JSONReader(text, limits: JSONLimits(depthMax: depthMax, bytesMax: text.count))
    var exemplars: [[UInt8]] = []
    try reader.enterArray()
    while try reader.nextElement() {
      var writer = ProtobufWriter()
      try transcode(.exemplar, &reader, &writer)
      exemplars.append(writer.bytes)
    }
    try reader.finish()
    return exemplars
  }

  private static func transcode(
    _ shape: MessageShape, _ reader: inout JSONReader, _ writer: inout ProtobufWriter
  ) throws(JSONError) {
    let fields = shape.fields
    try reader.enterObject()
    while let name = try reader.nextKey() {
      guard let field = fields[name.string], try reader.peekKind() != .null else {
        try reader.skipValue()
        continue
      }
      try transcode(field, &reader, &writer)
    }
  }

  private static func transcode(
    _ field: MessageShape.Field, _ reader: inout JSONReader, _ writer: inout ProtobufWriter
  ) throws(JSONError) {
    let number = field.number
    switch field.kind {
    case .string:
      let text = try reader.readString()
      writer.string(number, text.string)
    case .bytes: writer.bytes(number, try readBase64(&reader))
    case .id: writer.bytes(number, try readID(&reader))
    case .bool: writer.bool(number, try reader.readBool())
    case .uint32: writer.varint(number, UInt64(try readInteger(&reader, as: UInt32.self)))
    case .sint32: writer.sint32(number, try readInteger(&reader, as: Int32.self))
    case .int64: writer.varint(number, UInt64(bitPattern: try readInteger(&reader, as: Int64.self)))
    case .fixed32: writer.fixed32(number, try readInteger(&reader, as: UInt32.self))
    case .fixed64: writer.fixed64(number, try readInteger(&reader, as: UInt64.self))
    case .sfixed64: writer.fixed64(number, UInt64(bitPattern: try readInteger(&reader, as: Int64.self)))
    case .double: writer.double(number, try readDouble(&reader))
    case .enumeration(let names): writer.varint(number, try readEnumeration(&reader, names))
    case .message(let shape):
      try writer.message(number) { inner throws(JSONError) in try transcode(shape, &reader, &inner) }
    case .messages(let shape):
      try reader.enterArray()
      while try reader.nextElement() {
        try writer.message(number) { inner throws(JSONError) in try transcode(shape, &reader, &inner) }
      }
    case .packedFixed64:
      writer.packedFixed64(
        number,
        try readList(&reader) { r throws(JSONError) in
          try readInteger(&r, as: UInt64.self)
        })
    case .packedUInt64:
      writer.packedVarint(
        number,
        try readList(&reader) { r throws(JSONError) in
          try readInteger(&r, as: UInt64.self)
        })
    case .packedDouble:
      writer.packedFixed64(
        number,
        try readList(&reader) { r throws(JSONError) in
          try readDouble(&r).bitPattern
        })
    }
  }

  // MARK: Values

  private static func readList(
    _ reader: inout JSONReader, _ read: (inout JSONReader) throws(JSONError) -> UInt64
  ) throws(JSONError) -> [UInt64] {
    var values: [UInt64] = []
    try reader.enterArray()
    while try reader.nextElement() { values.append(try read(&reader)) }
    return values
  }

  /// Reads an integer that may be a number or a decimal string.
  private static func readInteger<Value: FixedWidthInteger>(
    _ reader: inout JSONReader, as type: Value.Type
  ) throws(JSONError) -> Value {
    if try reader.peekKind() == .string {
      let text = try reader.readString().string
      guard let value = Value(text) else { throw reader.error("expected a whole number of \(type) before this") }
      return value
    }
    let value: Value? =
      switch try reader.readNumber() {
      case .int(let value): Value(exactly: value)
      case .unsigned(let value): Value(exactly: value)
      case .double(let value): Value(exactly: value)
      }
    guard let value else { throw reader.error("expected a whole number of \(type) before this") }
    return value
  }

  /// Reads a number that may be a string, such as "NaN", "Infinity" and "-Infinity".
  private static func readDouble(_ reader: inout JSONReader) throws(JSONError) -> Double {
    guard try reader.peekKind() == .string else { return try reader.readNumber().double }
    let text = try reader.readString().string
    switch text {
    case "NaN": return .nan
    case "Infinity": return .infinity
    case "-Infinity": return -.infinity
    default:
      guard let value = Double(text), value.isFinite else { throw reader.error("expected a number before this") }
      return value
    }
  }

  private static func readEnumeration(_ reader: inout JSONReader, _ names: [String]) throws(JSONError) -> UInt64 {
    guard try reader.peekKind() == .string else {
      return UInt64(bitPattern: Int64(try readInteger(&reader, as: Int32.self)))
    }
    let name = try reader.readString().string
    // A name of a later version counts as unspecified.
    return UInt64(names.firstIndex(of: name) ?? 0)
  }

  private static func readBase64(_ reader: inout JSONReader) throws(JSONError) -> [UInt8] {
    let text = try reader.readString()
    guard let bytes = unsafe text.withBytes({ unsafe Base64.decode($0) }) else {
      throw reader.error("expected base64 text before this")
    }
    return bytes
  }

  /// Reads an id; text that is not hexadecimal becomes one byte, which is not a valid id of any kind.
  private static func readID(_ reader: inout JSONReader) throws(JSONError) -> [UInt8] {
    let text = try reader.readString()
    return unsafe text.withBytes { digits in
      guard digits.count % 2 == 0 else { return [0] }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(digits.count / 2)
      for index in stride(from: 0, to: digits.count, by: 2) {
        // SAFETY: the count is even, so both indices lie within the digits.
        guard let high = unsafe Hex.nibble(digits[index]), let low = unsafe Hex.nibble(digits[index + 1]) else {
          return [0]
        }
        bytes.append(high << 4 | low)
      }
      return bytes
    }
  }
}
