import Base
import OTLP
package import Protobuf
import Telemetry
package import TelemetryQueries

/// Traces as OTLP's protobuf message `TracesData`, which is also Tempo's `Trace`
/// (https://github.com/open-telemetry/opentelemetry-proto, `opentelemetry/proto/trace/v1/trace.proto`, v1.9.0).
package enum OTLPTraceProtobuf {
  /// Writes the fields of the message.
  ///
  /// Fields with a default value are left out.
  package static func write(_ spans: [StoredSpan], to writer: inout ProtobufWriter) {
    for group in ResourceGroup.groups(of: spans) {
      writer.message(EnvelopeField.resourceGroups) { write(group, to: &$0) }
    }
  }

  private static func write(_ group: ResourceGroup, to writer: inout ProtobufWriter) {
    writer.message(EnvelopeField.resource) { writer in
      attributes(ResourceField.attributes, group.resource.attributes, to: &writer)
      number(ResourceField.droppedAttributes, group.resource.droppedAttributeCount, to: &writer)
    }
    for scope in group.scopes { writer.message(EnvelopeField.scopeGroups) { write(scope, to: &$0) } }
    text(EnvelopeField.resourceSchemaURL, group.resource.schemaURL, to: &writer)
  }

  private static func write(_ group: ScopeGroup, to writer: inout ProtobufWriter) {
    writer.message(EnvelopeField.scope) { writer in
      text(ScopeField.name, group.scope.name, to: &writer)
      text(ScopeField.version, group.scope.version, to: &writer)
      attributes(ScopeField.attributes, group.scope.attributes, to: &writer)
      number(ScopeField.droppedAttributes, group.scope.droppedAttributeCount, to: &writer)
    }
    for span in group.spans { writer.message(EnvelopeField.records) { write(span, to: &$0) } }
    text(EnvelopeField.scopeSchemaURL, group.scope.schemaURL, to: &writer)
  }

  /// The fields of `Span`, by their numbers.
  private static func write(_ span: StoredSpan, to writer: inout ProtobufWriter) {
    writer.bytes(1, span.traceID.bytes)
    writer.bytes(2, span.spanID.bytes)
    text(3, span.traceState, to: &writer)
    if let parent = span.parentSpanID { writer.bytes(4, parent.bytes) }
    text(5, span.name, to: &writer)
    number(6, UInt32(span.kind.rawValue), to: &writer)
    writer.fixed64(7, UInt64(bitPattern: span.start.rawValue))
    writer.fixed64(8, UInt64(bitPattern: span.end.rawValue))
    attributes(9, span.attributes, to: &writer)
    number(10, span.droppedAttributeCount, to: &writer)
    for event in span.events { writer.message(11) { write(event, to: &$0) } }
    number(12, span.droppedEventCount, to: &writer)
    for link in span.links { writer.message(13) { write(link, to: &$0) } }
    number(14, span.droppedLinkCount, to: &writer)
    writer.message(15) { writer in
      text(2, span.statusMessage, to: &writer)
      number(3, UInt32(span.status.rawValue), to: &writer)
    }
    if span.flags != 0 { writer.fixed32(16, span.flags) }
  }

  /// The fields of `Span.Event`, by their numbers.
  private static func write(_ event: StoredEvent, to writer: inout ProtobufWriter) {
    writer.fixed64(1, UInt64(bitPattern: event.time.rawValue))
    text(2, event.name, to: &writer)
    for pair in KeyValue.list(otlpJSON: Array(event.attributesText.utf8)[...]) {
      pair.writeProtobuf(field: 3, to: &writer)
    }
    number(4, event.droppedAttributeCount, to: &writer)
  }

  /// The fields of `Span.Link`, by their numbers.
  private static func write(_ link: StoredLink, to writer: inout ProtobufWriter) {
    writer.bytes(1, link.traceID.bytes)
    writer.bytes(2, link.spanID.bytes)
    text(3, link.traceState, to: &writer)
    for pair in KeyValue.list(otlpJSON: Array(link.attributesText.utf8)[...]) {
      pair.writeProtobuf(field: 4, to: &writer)
    }
    number(5, link.droppedAttributeCount, to: &writer)
    if link.flags != 0 { writer.fixed32(6, link.flags) }
  }

  // MARK: - Parts

  private static func attributes(
    _ field: UInt32, _ attributes: [StoredAttribute], to writer: inout ProtobufWriter
  ) {
    for attribute in attributes { KeyValue(attribute.key, attribute.value).writeProtobuf(field: field, to: &writer) }
  }

  private static func text(_ field: UInt32, _ text: String, to writer: inout ProtobufWriter) {
    if !text.isEmpty { writer.string(field, text) }
  }

  private static func number(_ field: UInt32, _ number: UInt32, to writer: inout ProtobufWriter) {
    if number != 0 { writer.varint(field, UInt64(number)) }
  }
}
