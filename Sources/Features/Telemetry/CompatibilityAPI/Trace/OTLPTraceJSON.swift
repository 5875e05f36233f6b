import Base
import JSON
import OTLP
import Telemetry
import TelemetryQueries

/// Traces as JSON forms of OTLP's `TracesData`.
///
/// Members with a default value are left out, as protobuf's mapping has it.
enum OTLPTraceJSON {
  /// How ids and enumerations are spelled.
  enum Form {
    /// OTLP/JSON: hexadecimal ids, enumerations as numbers (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
    case otlp
    /// Protobuf's own JSON mapping, which Tempo answers: ids in base64, enumerations by name.
    case protobuf
  }

  /// Writes one member: the list of resources with their scopes and spans.
  static func write(_ spans: [StoredSpan], as form: Form, member: String, to writer: inout JSONWriter) {
    writer.key(member)
    writer.array { writer in
      for group in ResourceGroup.groups(of: spans) { write(group, form, to: &writer) }
    }
  }

  private static func write(_ group: ResourceGroup, _ form: Form, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("resource")
      writer.object { writer in
        attributes(group.resource.attributes, to: &writer)
        optional("droppedAttributesCount", group.resource.droppedAttributeCount, to: &writer)
      }
      writer.key("scopeSpans")
      writer.array { writer in
        for scope in group.scopes { write(scope, form, to: &writer) }
      }
      optional("schemaUrl", group.resource.schemaURL, to: &writer)
    }
  }

  private static func write(_ group: ScopeGroup, _ form: Form, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("scope")
      writer.object { writer in
        optional("name", group.scope.name, to: &writer)
        optional("version", group.scope.version, to: &writer)
        attributes(group.scope.attributes, to: &writer)
        optional("droppedAttributesCount", group.scope.droppedAttributeCount, to: &writer)
      }
      writer.key("spans")
      writer.array { writer in
        for span in group.spans { write(span, form, to: &writer) }
      }
      optional("schemaUrl", group.scope.schemaURL, to: &writer)
    }
  }

  private static func write(_ span: StoredSpan, _ form: Form, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("traceId", form.text(span.traceID))
      writer.member("spanId", form.text(span.spanID))
      optional("traceState", span.traceState, to: &writer)
      if let parent = span.parentSpanID { writer.member("parentSpanId", form.text(parent)) }
      optional("flags", span.flags, to: &writer)
      optional("name", span.name, to: &writer)
      if span.kind != .unspecified {
        form.write("kind", Int(span.kind.rawValue), "SPAN_KIND_\(span.kind.name.uppercased())", to: &writer)
      }
      writer.member("startTimeUnixNano", time(span.start))
      writer.member("endTimeUnixNano", time(span.end))
      attributes(span.attributes, to: &writer)
      optional("droppedAttributesCount", span.droppedAttributeCount, to: &writer)
      list("events", span.events, to: &writer) { event, writer in write(event, to: &writer) }
      optional("droppedEventsCount", span.droppedEventCount, to: &writer)
      list("links", span.links, to: &writer) { link, writer in write(link, form, to: &writer) }
      optional("droppedLinksCount", span.droppedLinkCount, to: &writer)
      writer.key("status")
      writer.object { writer in
        optional("message", span.statusMessage, to: &writer)
        guard span.status != .unset else { return }
        form.write("code", Int(span.status.rawValue), "STATUS_CODE_\(span.status.name.uppercased())", to: &writer)
      }
    }
  }

  private static func write(_ event: StoredEvent, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("timeUnixNano", time(event.time))
      optional("name", event.name, to: &writer)
      attributes(text: event.attributesText, to: &writer)
      optional("droppedAttributesCount", event.droppedAttributeCount, to: &writer)
    }
  }

  private static func write(_ link: StoredLink, _ form: Form, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("traceId", form.text(link.traceID))
      writer.member("spanId", form.text(link.spanID))
      optional("traceState", link.traceState, to: &writer)
      attributes(text: link.attributesText, to: &writer)
      optional("droppedAttributesCount", link.droppedAttributeCount, to: &writer)
      optional("flags", link.flags, to: &writer)
    }
  }

  // MARK: - Parts

  /// 64-bit numbers are strings; OTLP's times are unsigned.
  private static func time(_ time: UnixNanoseconds) -> String { String(UInt64(bitPattern: time.rawValue)) }

  private static func attributes(_ attributes: [StoredAttribute], to writer: inout JSONWriter) {
    list("attributes", attributes, to: &writer) { attribute, writer in
      KeyValue(attribute.key, attribute.value).writeOTLPJSON(to: &writer)
    }
  }

  private static func attributes(text: String, to writer: inout JSONWriter) {
    let pairs = KeyValue.list(otlpJSON: Array(text.utf8)[...])
    list("attributes", pairs, to: &writer) { pair, writer in pair.writeOTLPJSON(to: &writer) }
  }

  private static func list<Element>(
    _ name: String, _ elements: [Element], to writer: inout JSONWriter, _ write: (Element, inout JSONWriter) -> Void
  ) {
    guard !elements.isEmpty else { return }
    writer.key(name)
    writer.array { writer in
      for element in elements { write(element, &writer) }
    }
  }

  private static func optional(_ name: String, _ text: String, to writer: inout JSONWriter) {
    if !text.isEmpty { writer.member(name, text) }
  }

  private static func optional(_ name: String, _ number: UInt32, to writer: inout JSONWriter) {
    if number != 0 { writer.member(name, number) }
  }
}

extension OTLPTraceJSON.Form {
  fileprivate func text(_ id: TraceID) -> String {
    self == .otlp ? id.description : Base64.text(id.bytes)
  }

  fileprivate func text(_ id: SpanID) -> String {
    self == .otlp ? id.description : Base64.text(id.bytes)
  }

  fileprivate func write(_ member: String, _ number: Int, _ name: String, to writer: inout JSONWriter) {
    if self == .otlp { writer.member(member, number) } else { writer.member(member, name) }
  }
}
