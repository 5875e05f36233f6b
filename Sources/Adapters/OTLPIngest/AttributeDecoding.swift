import Columns
import OTLP
import Protobuf

/// What was appended for one attribute.
struct AppendedAttribute {
  /// The code of the key in the map's dictionary.
  let key: UInt32
  /// The place of the value among the values of the map.
  let entry: Int
  let type: UInt8
  /// The bits of an int or double value.
  let number: UInt64
}

/// A value that was appended to a text column as an open row.
struct AppendedValue {
  var type = AttributeType.empty
  var number: UInt64 = 0
}

extension MapColumn {
  /// Appends the `KeyValue` of a reader as the next entry of the open row.
  @inline(__always)
  func append(keyValue message: ProtobufReader) throws(ProtobufError) -> AppendedAttribute {
    var reader = message
    var key = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    var value = AppendedValue()
    let entry = values.rowCount
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(KeyValueField.key): unsafe key = try reader.readBytes()
      case ProtobufTag.bytes(KeyValueField.value): value = try values.appendOpen(anyValue: reader.readMessage())
      default: try reader.skip(tag)
      }
    }
    let code = unsafe appendKey(key)
    values.endRow()
    types.append(value.type.rawValue)
    return AppendedAttribute(key: code, entry: entry, type: value.type.rawValue, number: value.number)
  }
}

extension StringColumn {
  /// Writes the canonical text of an `AnyValue` as the open row; of several values in one message the last counts.
  @inline(__always)
  func appendOpen(anyValue message: ProtobufReader) throws(ProtobufError) -> AppendedValue {
    var reader = message
    var value = AppendedValue()
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(AnyValueField.string):
        if value.type != .empty { dropOpenRow() }
        unsafe bytes.append(utf8: try reader.readBytes())
        value.type = .string
      case ProtobufTag.varint(AnyValueField.int):
        if value.type != .empty { dropOpenRow() }
        value.number = try reader.readVarint()
        bytes.append(decimal: Int64(bitPattern: value.number))
        value.type = .int
      case ProtobufTag.fixed64(AnyValueField.double):
        if value.type != .empty { dropOpenRow() }
        value.number = try reader.readFixed64()
        bytes.append(double: Double(bitPattern: value.number))
        value.type = .double
      case ProtobufTag.varint(AnyValueField.bool):
        if value.type != .empty { dropOpenRow() }
        bytes.append(ascii: try reader.readBool() ? "true" : "false")
        value.type = .bool
      default: value.type = try appendRare(anyValue: message, tag: tag, reader: &reader, former: value.type)
      }
    }
    return value
  }

  @inline(never)
  private func appendRare(
    anyValue message: ProtobufReader, tag: UInt32, reader: inout ProtobufReader, former: AttributeType
  ) throws(ProtobufError) -> AttributeType {
    switch tag {
    case ProtobufTag.bytes(AnyValueField.bytes):
      dropOpenRow()
      unsafe bytes.append(base64: try reader.readBytes())
      return .bytes
    case ProtobufTag.bytes(AnyValueField.array), ProtobufTag.bytes(AnyValueField.keyValueList):
      // The whole message is written at once, later members of the oneof included.
      dropOpenRow()
      try AnyValueText.append(message, to: bytes)
      try reader.skip(tag)
      return tag == ProtobufTag.bytes(AnyValueField.array) ? .array : .keyValueList
    default:
      try reader.skip(tag)
      return former
    }
  }

  /// Drops what was written since the last complete row.
  func dropOpenRow() { truncate(toRowCount: rowCount) }
}
