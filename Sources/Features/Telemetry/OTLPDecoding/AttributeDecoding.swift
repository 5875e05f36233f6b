import Base
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
  /// Whether only a part of it was.
  var isCut = false
}

/// An attribute as nearly all exporters write it: a key, then a value of one member that is text or a number.
@safe
struct PlainAttribute {
  let key: UnsafeRawBufferPointer
  let type: AttributeType
  /// Of a string, else empty.
  var text = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
  /// The bits of an int, double or bool value.
  var number: UInt64 = 0
}

extension ProtobufReader {
  /// Reads a `KeyValue` that is plain and whose value is within `TextLimits`; nil for any other, of which nothing is then
  /// known.
  @inline(__always)
  func plainAttribute() throws(ProtobufError) -> PlainAttribute? {
    var reader = self
    guard try reader.nextTag() == ProtobufTag.bytes(KeyValueField.key) else { return nil }
    let key = unsafe try reader.readBytes()
    guard try reader.nextTag() == ProtobufTag.bytes(KeyValueField.value) else { return nil }
    var value = try reader.readMessage()
    guard reader.isAtEnd else { return nil }
    var attribute: PlainAttribute
    switch try value.nextTag() {
    case ProtobufTag.bytes(AnyValueField.string):
      attribute = unsafe PlainAttribute(key: key, type: .string)
      unsafe attribute.text = unsafe try value.readBytes()
      guard unsafe attribute.text.count <= TextLimits.valueBytesMax else { return nil }
    case ProtobufTag.varint(AnyValueField.int):
      attribute = unsafe PlainAttribute(key: key, type: .int)
      attribute.number = try value.readVarint()
    case ProtobufTag.fixed64(AnyValueField.double):
      attribute = unsafe PlainAttribute(key: key, type: .double)
      attribute.number = try value.readFixed64()
    case ProtobufTag.varint(AnyValueField.bool):
      attribute = unsafe PlainAttribute(key: key, type: .bool)
      attribute.number = try value.readVarint()
    default: return nil
    }
    return value.isAtEnd ? attribute : nil
  }
}

extension MapColumn {
  /// Whether the open row may have another entry.
  @inline(never)
  func hasRoom(_ limits: IngestLimits) -> Bool {
    guard openEntryCount < limits.attributeCountMax else { return false }
    let first = Int(offsets[offsets.count - 1])
    return values.bytes.count - Int(values.offsets[first]) < limits.recordBytesMax
  }

  /// Appends the `KeyValue` of a reader as the next entry of the open row.
  func append(keyValue message: ProtobufReader, cuts: TextCuts) throws(ProtobufError) -> AppendedAttribute {
    if let attribute = try message.plainAttribute(), unsafe attribute.key.count <= TextLimits.nameBytesMax {
      let entry = values.rowCount
      let code = unsafe keyCode(attribute.key, place: openPlace)
      keys.append(code: code)
      append(valueOf: attribute)
      return AppendedAttribute(key: code, entry: entry, type: attribute.type.rawValue, number: attribute.number)
    }
    return try append(anyKeyValue: message, place: openPlace, cuts: cuts)
  }

  /// Appends the value and type of an entry whose key is appended.
  @inline(__always)
  func append(valueOf attribute: PlainAttribute) {
    if attribute.type == .string {
      // SAFETY: the column holds the buffer all the time. Swift would count a reference here, for each attribute.
      unsafe Unmanaged.passUnretained(values.bytes)._withUnsafeGuaranteedRef { bytes in
        _ = unsafe bytes.append(utf8: attribute.text)
      }
    } else {
      values.appendOpen(number: attribute.number, type: attribute.type)
    }
    values.endRow()
    types.append(attribute.type.rawValue)
  }

  /// Appends a `KeyValue` of any shape.
  @inline(never)
  func append(
    anyKeyValue message: ProtobufReader, place: Int, cuts: TextCuts
  ) throws(ProtobufError) -> AppendedAttribute {
    var reader = message
    var key = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    var value = AppendedValue()
    let entry = values.rowCount
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(KeyValueField.key): unsafe key = try reader.readBytes()
      case ProtobufTag.bytes(KeyValueField.value): try values.appendOpen(anyValue: reader.readMessage(), to: &value)
      default: try reader.skip(tag)
      }
    }
    let storedKey = unsafe UTF8Text.prefix(key, bytesMax: TextLimits.nameBytesMax)
    let code = unsafe keyCode(storedKey, place: place)
    if value.isCut || storedKey.count < key.count { cuts.record(unsafe UTF8Text.repaired(storedKey)) }
    keys.append(code: code)
    values.endRow()
    types.append(value.type.rawValue)
    return AppendedAttribute(key: code, entry: entry, type: value.type.rawValue, number: value.number)
  }
}

extension StringColumn {
  /// Writes the canonical text of an `AnyValue` as the open row; of several values the last counts, also if they come
  /// in several messages.
  ///
  /// `value` is what is written of the row so far.
  func appendOpen(anyValue message: ProtobufReader, to value: inout AppendedValue) throws(ProtobufError) {
    var reader = message
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(AnyValueField.string):
        if value.type != .empty { dropOpenRow() }
        let text = unsafe try reader.readBytes()
        unsafe bytes.append(utf8: UTF8Text.prefix(text, bytesMax: TextLimits.valueBytesMax))
        value.isCut = text.count > TextLimits.valueBytesMax
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
      default: try appendRare(anyValue: message, tag: tag, reader: &reader, to: &value)
      }
    }
  }

  /// Writes an int, double or bool value by its bits as the open row.
  @inline(never)
  func appendOpen(number: UInt64, type: AttributeType) {
    switch type {
    case .int: bytes.append(decimal: Int64(bitPattern: number))
    case .double: bytes.append(double: Double(bitPattern: number))
    default: bytes.append(ascii: number != 0 ? "true" : "false")
    }
  }

  @inline(never)
  private func appendRare(
    anyValue message: ProtobufReader, tag: UInt32, reader: inout ProtobufReader, to value: inout AppendedValue
  ) throws(ProtobufError) {
    switch tag {
    case ProtobufTag.bytes(AnyValueField.bytes):
      dropOpenRow()
      var allowance = TextAllowance(bytes)
      unsafe bytes.append(base64: allowance.value(bytes: try reader.readBytes()))
      value.type = .bytes
      value.isCut = allowance.isCut
    case ProtobufTag.bytes(AnyValueField.array), ProtobufTag.bytes(AnyValueField.keyValueList):
      // The whole message is written at once, later members of the oneof included.
      dropOpenRow()
      var allowance = TextAllowance(bytes)
      try AnyValueText.append(message, to: bytes, within: &allowance)
      try reader.skip(tag)
      value.type = tag == ProtobufTag.bytes(AnyValueField.array) ? .array : .keyValueList
      value.isCut = allowance.isCut
    default: try reader.skip(tag)
    }
  }

  /// Drops what was written since the last complete row.
  func dropOpenRow() { truncate(toRowCount: rowCount) }
}
