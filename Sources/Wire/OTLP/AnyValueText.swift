import Base
package import Columns
package import Protobuf

/// Writes protobuf `AnyValue` messages as text into a buffer, without a tree and without allocations.
package enum AnyValueText {
  /// Values inside one another.
  ///
  /// Protobuf's own parsers stop at 100 messages, which is at most 50 values, since each level takes two or three
  /// messages; so 64 refuses nothing that such a parser could have read, and keeps the stack small.
  package static let depthMax = 64
  /// Objects and arrays inside one another in the JSON of such a value, and of what it may stand in: a value is up to four
  /// levels, and the events or links of a span are five levels around it.
  package static let jsonDepthMax = 4 * depthMax + 16

  /// Appends an `AnyValue` in the OTLP/JSON form, for example `{"arrayValue":{"values":[{"intValue":"1"}]}}`.
  ///
  /// Of several values in one message the last counts, as for every oneof.
  package static func append(
    _ value: ProtobufReader, to buffer: GrowableBuffer<UInt8>, within allowance: inout TextAllowance, depth: Int = 0
  ) throws(ProtobufError) {
    guard depth < depthMax else { throw ProtobufError(.tooDeep, offset: value.offset) }
    let start = buffer.count
    buffer.append(ascii: "{")
    let empty = buffer.count
    var reader = value
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(AnyValueField.string):
        buffer.truncate(to: empty)
        buffer.append(ascii: "\"stringValue\":")
        unsafe buffer.append(quoted: allowance.value(try reader.readBytes()))
      case ProtobufTag.varint(AnyValueField.bool):
        buffer.truncate(to: empty)
        buffer.append(ascii: try reader.readBool() ? "\"boolValue\":true" : "\"boolValue\":false")
      case ProtobufTag.varint(AnyValueField.int):
        buffer.truncate(to: empty)
        buffer.append(ascii: "\"intValue\":\"")
        buffer.append(decimal: Int64(bitPattern: try reader.readVarint()))
        buffer.append(ascii: "\"")
      case ProtobufTag.fixed64(AnyValueField.double):
        buffer.truncate(to: empty)
        buffer.append(ascii: "\"doubleValue\":")
        buffer.append(json: try reader.readDouble())
      case ProtobufTag.bytes(AnyValueField.bytes):
        buffer.truncate(to: empty)
        buffer.append(ascii: "\"bytesValue\":\"")
        unsafe buffer.append(base64: allowance.value(bytes: try reader.readBytes()))
        buffer.append(ascii: "\"")
      case ProtobufTag.bytes(AnyValueField.array):
        buffer.truncate(to: empty)
        buffer.append(ascii: "\"arrayValue\":{\"values\":[")
        try appendArray(try reader.readMessage(), to: buffer, within: &allowance, depth: depth)
        buffer.append(ascii: "]}")
      case ProtobufTag.bytes(AnyValueField.keyValueList):
        buffer.truncate(to: empty)
        buffer.append(ascii: "\"kvlistValue\":{\"values\":")
        try append(
          keyValues: try reader.readMessage(), field: ListField.values, to: buffer, within: &allowance, depth: depth + 1
        )
        buffer.append(ascii: "}")
      default: try reader.skip(tag)
      }
    }
    buffer.append(ascii: "}")
    assert(buffer.count > start)
  }

  private static func appendArray(
    _ array: ProtobufReader, to buffer: GrowableBuffer<UInt8>, within allowance: inout TextAllowance, depth: Int
  ) throws(ProtobufError) {
    var reader = array
    var isFirst = true
    while case let tag = try reader.nextTag(), tag != 0 {
      guard tag == ProtobufTag.bytes(ListField.values) else {
        try reader.skip(tag)
        continue
      }
      guard allowance.mayGoOn(buffer) else { return }
      if !isFirst { buffer.append(ascii: ",") }
      isFirst = false
      try append(try reader.readMessage(), to: buffer, within: &allowance, depth: depth + 1)
    }
  }

  /// Appends the `KeyValue` fields of a message as an OTLP/JSON list; other fields of the message are skipped.
  ///
  /// - Parameter countMax: the pairs that are written at most.
  /// - Returns: how many pairs were left out.
  @discardableResult
  package static func append(
    keyValues message: ProtobufReader, field number: UInt32, countMax: Int = .max, to buffer: GrowableBuffer<UInt8>,
    within allowance: inout TextAllowance, depth: Int = 0
  ) throws(ProtobufError) -> UInt32 {
    var reader = message
    buffer.append(ascii: "[")
    var count = 0
    var omitted: UInt32 = 0
    while case let tag = try reader.nextTag(), tag != 0 {
      guard tag == ProtobufTag.bytes(number) else {
        try reader.skip(tag)
        continue
      }
      let pair = try reader.readMessage()
      guard count < countMax, allowance.mayGoOn(buffer) else {
        omitted &+= 1
        continue
      }
      if count > 0 { buffer.append(ascii: ",") }
      count += 1
      try append(keyValue: pair, to: buffer, within: &allowance, depth: depth)
    }
    buffer.append(ascii: "]")
    return omitted
  }

  /// Appends one `KeyValue` in the OTLP/JSON form.
  package static func append(
    keyValue message: ProtobufReader, to buffer: GrowableBuffer<UInt8>, within allowance: inout TextAllowance,
    depth: Int = 0
  ) throws(ProtobufError) {
    var reader = message
    var key = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    var value: ProtobufReader?
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(KeyValueField.key): unsafe key = try reader.readBytes()
      case ProtobufTag.bytes(KeyValueField.value): value = try reader.readMessage()
      default: try reader.skip(tag)
      }
    }
    buffer.append(ascii: "{\"key\":")
    unsafe buffer.append(quoted: allowance.name(key))
    buffer.append(ascii: ",\"value\":")
    if let value {
      try append(value, to: buffer, within: &allowance, depth: depth)
    } else {
      buffer.append(ascii: "{}")
    }
    buffer.append(ascii: "}")
  }
}
