import OTLP
import Protobuf

/// Builds trace requests out of what a test names.
enum RequestBuilder {
  static let traceID = [UInt8](1...16)
  static let spanID = [UInt8](1...8)
  static let start: UInt64 = 1_760_000_000_000_000_000

  static func span(
    traceID: [UInt8] = traceID, spanID: [UInt8] = spanID, parentID: [UInt8] = [], start: UInt64 = start,
    end: UInt64 = start + 1_000_000_000, status: UInt64 = 0, attributes: [KeyValue] = [],
    more: (inout ProtobufWriter) -> Void = { _ in }
  ) -> [UInt8] {
    var writer = ProtobufWriter()
    writer.bytes(SpanField.traceID, traceID)
    writer.bytes(SpanField.spanID, spanID)
    if !parentID.isEmpty { writer.bytes(SpanField.parentSpanID, parentID) }
    writer.string(SpanField.name, "span")
    writer.fixed64(SpanField.startTime, start)
    writer.fixed64(SpanField.endTime, end)
    for attribute in attributes { attribute.writeProtobuf(field: SpanField.attributes, to: &writer) }
    writer.message(SpanField.status) { $0.varint(StatusField.code, status) }
    more(&writer)
    return writer.bytes
  }

  static func request(_ spans: [[UInt8]], resource: [KeyValue] = []) -> [UInt8] {
    var writer = ProtobufWriter()
    writer.message(EnvelopeField.resourceGroups) { group in
      group.message(EnvelopeField.resource) { message in
        for attribute in resource { attribute.writeProtobuf(field: ResourceField.attributes, to: &message) }
      }
      group.message(EnvelopeField.scopeGroups) { scopeGroup in
        for span in spans { scopeGroup.bytes(EnvelopeField.records, span) }
      }
    }
    return writer.bytes
  }
}
