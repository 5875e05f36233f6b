import Columns
import OTLP
import Protobuf
import Telemetry

extension OTLPDecoder {
  /// Appends an event of the span being decoded; false when it is one too many.
  ///
  /// The type that an `exception` event names is told, if none is known yet
  /// (https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/).
  func append(
    event message: ProtobufReader, to block: SpanBlock, exceptionType: inout UnsafeRawBufferPointer
  ) throws(ProtobufError) -> Bool {
    guard block.eventTimes.openElementCount < limits.eventCountMax else { return false }
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
      case ProtobufTag.varint(EventField.droppedAttributes): dropped = try reader.readUInt32()
      default: try reader.skip(tag)
      }
    }
    if attributeCount > 0 {
      try AnyValueText.append(
        keyValues: message, field: EventField.attributes, to: block.eventAttributes.elements.bytes)
      if unsafe exceptionType.isEmpty, unsafe name.equals("exception") {
        unsafe exceptionType = try Self.exceptionType(of: message)
      }
    }
    block.eventAttributes.elements.endRow()
    // A time beyond 2262 has no place in the column; the span's own times are checked.
    block.eventTimes.elements.append(Int64(clamping: time))
    unsafe block.eventNames.elements.append(name)
    block.eventDroppedAttributes.elements.append(dropped)
    return true
  }

  private static func exceptionType(of event: ProtobufReader) throws(ProtobufError) -> UnsafeRawBufferPointer {
    var reader = event
    while case let tag = try reader.nextTag(), tag != 0 {
      guard tag == ProtobufTag.bytes(EventField.attributes) else {
        try reader.skip(tag)
        continue
      }
      var pair = try reader.readMessage()
      var isType = false
      while case let tag = try pair.nextTag(), tag != 0 {
        if tag == ProtobufTag.bytes(KeyValueField.key) {
          isType = unsafe try pair.readBytes().equals("exception.type")
        } else if tag == ProtobufTag.bytes(KeyValueField.value), isType {
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
  func append(link message: ProtobufReader, to block: SpanBlock) throws(ProtobufError) -> Bool {
    guard block.linkSpanIDs.openElementCount < limits.linkCountMax else { return false }
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
      case ProtobufTag.varint(LinkField.droppedAttributes): dropped = try reader.readUInt32()
      case ProtobufTag.fixed32(LinkField.flags): flags = try reader.readFixed32()
      default: try reader.skip(tag)
      }
    }
    guard traceID.count == 16, spanID.count == 8 else { return false }
    if attributeCount > 0 {
      try AnyValueText.append(keyValues: message, field: LinkField.attributes, to: block.linkAttributes.elements.bytes)
    }
    block.linkAttributes.elements.endRow()
    unsafe block.linkTraceIDs.elements.append(high: traceID.bigEndian(at: 0), low: traceID.bigEndian(at: 8))
    block.linkSpanIDs.elements.append(unsafe spanID.bigEndian(at: 0))
    unsafe block.linkTraceStates.elements.append(traceState)
    block.linkFlags.elements.append(flags)
    block.linkDroppedAttributes.elements.append(dropped)
    return true
  }
}

extension SpanBlock {
  /// Closes the events of a row; those before it without any were not closed.
  func endEvents(row: Int) {
    padEvents(toRowCount: row)
    eventTimes.endRow()
    eventNames.endRow()
    eventAttributes.endRow()
    eventDroppedAttributes.endRow()
  }

  /// Closes rows without events until there are `rowCount`.
  func padEvents(toRowCount rowCount: Int) {
    eventTimes.padEmpty(toRowCount: rowCount)
    eventNames.padEmpty(toRowCount: rowCount)
    eventAttributes.padEmpty(toRowCount: rowCount)
    eventDroppedAttributes.padEmpty(toRowCount: rowCount)
  }

  /// Closes the links of a row; those before it without any were not closed.
  func endLinks(row: Int) {
    padLinks(toRowCount: row)
    linkTraceIDs.endRow()
    linkSpanIDs.endRow()
    linkTraceStates.endRow()
    linkFlags.endRow()
    linkAttributes.endRow()
    linkDroppedAttributes.endRow()
  }

  /// Closes rows without links until there are `rowCount`.
  func padLinks(toRowCount rowCount: Int) {
    linkTraceIDs.padEmpty(toRowCount: rowCount)
    linkSpanIDs.padEmpty(toRowCount: rowCount)
    linkTraceStates.padEmpty(toRowCount: rowCount)
    linkFlags.padEmpty(toRowCount: rowCount)
    linkAttributes.padEmpty(toRowCount: rowCount)
    linkDroppedAttributes.padEmpty(toRowCount: rowCount)
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
