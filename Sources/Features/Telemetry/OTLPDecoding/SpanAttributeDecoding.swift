import Columns
import OTLP
import Protobuf
import Telemetry

extension OTLPDecoder {
  /// Takes an attribute of the span being decoded: to its column alone if that can hold it, else to the map.
  ///
  /// - place: where the key before it stands among the keys of the map, see `MapColumn.keyCode`.
  /// - returns: the place for the next.
  @inline(__always)
  func append(attribute message: ProtobufReader, place: Int, to block: SpanBlock) throws(ProtobufError) -> Int {
    let attributes = block.attributes
    guard let attribute = try message.plainAttribute() else {
      return try append(unusualAttribute: message, place: place, to: block)
    }
    let code: UInt32
    if let guess = unsafe attributes.guessedKeyCode(attribute.key, place: place) {
      code = guess
    } else {
      guard unsafe attribute.key.count <= TextLimits.nameBytesMax else {
        return try append(unusualAttribute: message, place: place, to: block)
      }
      code = unsafe attributes.unexpectedKeyCode(attribute.key, place: place)
    }
    let rule = block.keyRules.rule(ofKey: code)
    if rule.isKnown {
      let type = attribute.type.rawValue
      let entry = attributes.values.rowCount
      if unsafe semantics.canPromote(rule, type: type, text: attribute.text, number: attribute.number) {
        unsafe semantics.promote(
          rule, key: code, place: entry, type: type, text: attribute.text, number: attribute.number)
        return Int(code) &+ 1
      }
      semantics.record(rule, entry: entry, type: type, number: attribute.number)
    }
    attributes.keys.append(code: code)
    attributes.append(valueOf: attribute)
    return Int(code) &+ 1
  }

  /// Takes an attribute that is not plain.
  ///
  /// What its column can hold leaves the map again.
  @inline(never)
  private func append(
    unusualAttribute message: ProtobufReader, place: Int, to block: SpanBlock
  ) throws(ProtobufError) -> Int {
    let attributes = block.attributes
    let attribute = try attributes.append(anyKeyValue: message, place: place, cuts: cuts)
    let next = Int(attribute.key) + 1
    let rule = block.keyRules.rule(ofKey: attribute.key)
    guard rule.isKnown else { return next }
    var text = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    if attribute.type == AttributeType.string.rawValue { unsafe text = try Self.lastText(ofKeyValue: message) }
    if unsafe semantics.canPromote(rule, type: attribute.type, text: text, number: attribute.number) {
      attributes.removeLastOpenEntry()
      unsafe semantics.promote(
        rule, key: attribute.key, place: attribute.entry, type: attribute.type, text: text, number: attribute.number)
    } else {
      semantics.record(rule, entry: attribute.entry, type: attribute.type, number: attribute.number)
    }
    return next
  }

  /// The last string of the values of a `KeyValue`.
  private static func lastText(ofKeyValue message: ProtobufReader) throws(ProtobufError) -> UnsafeRawBufferPointer {
    var reader = message
    var text = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    while case let tag = try reader.nextTag(), tag != 0 {
      guard tag == ProtobufTag.bytes(KeyValueField.value) else {
        try reader.skip(tag)
        continue
      }
      var value = try reader.readMessage()
      while case let tag = try value.nextTag(), tag != 0 {
        if tag == ProtobufTag.bytes(AnyValueField.string) {
          unsafe text = try value.readBytes()
        } else {
          try value.skip(tag)
        }
      }
    }
    return unsafe text
  }
}
