import Columns
import OTLP
import Protobuf
import Telemetry

extension OTLPDecoder {
  /// Appends an event of the span being decoded, and records what it means; false when it is one too many.
  func append(event message: ProtobufReader) throws(ProtobufError) -> Bool {
    guard details.eventCount < limits.eventCountMax, details.bytesLeft(of: limits) > 0 else { return false }
    var reader = message
    var time: UInt64 = 0
    var name = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    var dropped: UInt32 = 0
    var attributeCount = 0
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.fixed64(EventField.time): time = try reader.readFixed64()
      case ProtobufTag.bytes(EventField.name): unsafe name = try reader.readBytes()
      case ProtobufTag.bytes(EventField.attributes):
        _ = try reader.readMessage()
        attributeCount += 1
      case ProtobufTag.varint(EventField.droppedAttributes): dropped &+= try reader.readUInt32()
      default: try reader.skip(tag)
      }
    }
    var allowance = details.allowance(of: limits, isEvent: true)
    let text = details.beginEvent()
    text.append(ascii: "{")
    let first = text.count
    if time != 0 {
      text.append(member: "timeUnixNano", first: first)
      text.append(ascii: "\"")
      text.append(decimal: time)
      text.append(ascii: "\"")
    }
    if unsafe !name.isEmpty {
      text.append(member: "name", first: first)
      unsafe text.append(quoted: cuts.name(name, of: "event.name"))
    }
    if attributeCount > 0 {
      text.append(member: "attributes", first: first)
      dropped &+= try AnyValueText.append(
        keyValues: message, field: EventField.attributes, countMax: limits.attributeCountMax, to: text,
        within: &allowance)
      cuts.record(allowance, of: "event.attributes")
    }
    if let known = unsafe EventSemantics(name: name) { try record(known, of: message, at: time) }
    text.append(count: dropped, named: "droppedAttributesCount", first: first)
    text.append(ascii: "}")
    return true
  }

  private func record(_ known: EventSemantics, of event: ProtobufReader, at time: UInt64) throws(ProtobufError) {
    switch known {
    case .token: if time != 0 { semantics.record(tokenAt: time) }
    case .choice: unsafe semantics.record(finishReason: try Self.text(of: "finish_reason", in: event))
    case .exception: unsafe semantics.record(exceptionType: try Self.text(of: "exception.type", in: event))
    }
  }

  /// The text of an attribute of an event; empty for none.
  private static func text(
    of key: StaticString, in event: ProtobufReader
  ) throws(ProtobufError) -> UnsafeRawBufferPointer {
    var reader = event
    while case let tag = try reader.nextTag(), tag != 0 {
      guard tag == ProtobufTag.bytes(EventField.attributes) else {
        try reader.skip(tag)
        continue
      }
      var pair = try reader.readMessage()
      var isWanted = false
      while case let tag = try pair.nextTag(), tag != 0 {
        if tag == ProtobufTag.bytes(KeyValueField.key) {
          isWanted = unsafe try pair.readBytes().equals(key)
        } else if tag == ProtobufTag.bytes(KeyValueField.value), isWanted {
          var value = try pair.readMessage()
          if try value.nextTag() == ProtobufTag.bytes(AnyValueField.string) { return unsafe try value.readBytes() }
        } else {
          try pair.skip(tag)
        }
      }
    }
    return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
  }

  /// Appends a link of the span being decoded; false when it is one too many or its ids are invalid.
  func append(link message: ProtobufReader) throws(ProtobufError) -> Bool {
    guard details.linkCount < limits.linkCountMax, details.bytesLeft(of: limits) > 0 else { return false }
    var reader = message
    var traceID = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    var spanID = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    var traceState = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    var dropped: UInt32 = 0
    var flags: UInt32 = 0
    var attributeCount = 0
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(LinkField.traceID): unsafe traceID = try reader.readBytes()
      case ProtobufTag.bytes(LinkField.spanID): unsafe spanID = try reader.readBytes()
      case ProtobufTag.bytes(LinkField.traceState): unsafe traceState = try reader.readBytes()
      case ProtobufTag.bytes(LinkField.attributes):
        _ = try reader.readMessage()
        attributeCount += 1
      case ProtobufTag.varint(LinkField.droppedAttributes): dropped &+= try reader.readUInt32()
      case ProtobufTag.fixed32(LinkField.flags): flags = try reader.readFixed32()
      default: try reader.skip(tag)
      }
    }
    guard traceID.count == 16, spanID.count == 8 else { return false }
    var allowance = details.allowance(of: limits, isEvent: false)
    let text = details.beginLink()
    text.append(ascii: "{")
    let first = text.count
    text.append(ascii: "\"traceId\":\"")
    unsafe text.append(hex: traceID)
    text.append(ascii: "\",\"spanId\":\"")
    unsafe text.append(hex: spanID)
    text.append(ascii: "\"")
    if unsafe !traceState.isEmpty {
      text.append(member: "traceState", first: first)
      unsafe text.append(quoted: cuts.value(traceState, of: "link.trace_state"))
    }
    if attributeCount > 0 {
      text.append(member: "attributes", first: first)
      dropped &+= try AnyValueText.append(
        keyValues: message, field: LinkField.attributes, countMax: limits.attributeCountMax, to: text,
        within: &allowance)
      cuts.record(allowance, of: "link.attributes")
    }
    text.append(count: dropped, named: "droppedAttributesCount", first: first)
    text.append(count: flags, named: "flags", first: first)
    text.append(ascii: "}")
    return true
  }
}

extension UnsafeRawBufferPointer {
  /// Whether the bytes are those of a literal.
  func equals(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount, let base = baseAddress else { return false }
    // SAFETY: both have the compared bytes.
    return unsafe ByteCompare.isEqual(base, UnsafeRawPointer(text.utf8Start), count: count)
  }
}
