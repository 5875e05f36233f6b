package import Columns
package import Protobuf

/// Writes protobuf `Exemplar` messages as OTLP/JSON text into a buffer.
package enum ExemplarText {
  /// Appends one exemplar, for example `{"timeUnixNano":"5","asDouble":0.5,"spanId":"…","traceId":"…"}`.
  package static func append(
    _ message: ProtobufReader, to buffer: GrowableBuffer<UInt8>, within allowance: inout TextAllowance
  ) throws(ProtobufError) {
    var reader = message
    var time: UInt64 = 0
    var double: Double?
    var int: Int64?
    var spanID = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    var traceID = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    var attributeCount = 0
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.fixed64(ExemplarField.time): time = try reader.readFixed64()
      case ProtobufTag.fixed64(ExemplarField.double):
        double = try reader.readDouble()
        int = nil
      case ProtobufTag.fixed64(ExemplarField.int):
        int = Int64(bitPattern: try reader.readFixed64())
        double = nil
      case ProtobufTag.bytes(ExemplarField.spanID): unsafe spanID = try reader.readBytes()
      case ProtobufTag.bytes(ExemplarField.traceID): unsafe traceID = try reader.readBytes()
      case ProtobufTag.bytes(ExemplarField.filteredAttributes):
        _ = try reader.readMessage()
        attributeCount += 1
      default: try reader.skip(tag)
      }
    }
    buffer.append(ascii: "{\"timeUnixNano\":\"")
    buffer.append(decimal: time)
    buffer.append(ascii: "\"")
    if let double {
      buffer.append(ascii: ",\"asDouble\":")
      buffer.append(json: double)
    } else if let int {
      buffer.append(ascii: ",\"asInt\":\"")
      buffer.append(decimal: int)
      buffer.append(ascii: "\"")
    }
    // An id of another length is not one.
    if spanID.count == 8 {
      buffer.append(ascii: ",\"spanId\":\"")
      unsafe buffer.append(hex: spanID)
      buffer.append(ascii: "\"")
    }
    if traceID.count == 16 {
      buffer.append(ascii: ",\"traceId\":\"")
      unsafe buffer.append(hex: traceID)
      buffer.append(ascii: "\"")
    }
    if attributeCount > 0 {
      buffer.append(ascii: ",\"filteredAttributes\":")
      try AnyValueText.append(
        keyValues: message, field: ExemplarField.filteredAttributes, to: buffer, within: &allowance)
    }
    buffer.append(ascii: "}")
  }
}
