import Base
import JSON
import Telemetry
import TelemetryQueries

/// A span as the API writes it; the OpenAPI document's `Span`.
enum SpanJSON {
  static func write(_ span: StoredSpan, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("trace_id", span.traceID.description)
      writer.member("span_id", span.spanID.description)
      writer.member("parent_span_id", span.parentSpanID?.description)
      writer.member("name", span.name)
      writer.member("kind", span.kind.name)
      writer.key("status")
      writer.object { writer in
        writer.member("code", span.status.name)
        writer.member("message", span.statusMessage)
      }
      writer.member("start_time_unix_nano", String(span.start.rawValue))
      writer.member("end_time_unix_nano", String(span.end.rawValue))
      writer.key("duration_ns")
      // 0 where the sender's clock went back, as searches and sums count it; both times stay as they were sent.
      writer.exactInt(max(0, span.durationNanoseconds))
      writer.member("trace_state", span.traceState)
      writer.member("flags", span.flags)
      writer.member("service_name", span.serviceName)
      writer.key("attributes")
      AttributeJSON.write(span.attributes, to: &writer)
      writer.member("dropped_attributes_count", span.droppedAttributeCount)
      writer.key("resource")
      AttributeJSON.write(span.resource.attributes, to: &writer)
      writer.member("resource_schema_url", span.resource.schemaURL)
      writer.key("scope")
      write(span.scope, to: &writer)
      writer.key("events")
      writer.array { writer in
        for event in span.events { write(event, to: &writer) }
      }
      writer.member("dropped_events_count", span.droppedEventCount)
      writer.key("links")
      writer.array { writer in
        for link in span.links { write(link, to: &writer) }
      }
      writer.member("dropped_links_count", span.droppedLinkCount)
      writer.key("gen_ai")
      write(.inference, of: span, to: &writer)
      writer.key("gpu")
      write(.hardware, of: span, to: &writer)
    }
  }

  private static func write(_ scope: StoredScope, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("name", scope.name)
      writer.member("version", scope.version)
      writer.key("attributes")
      AttributeJSON.write(scope.attributes, to: &writer)
      writer.member("schema_url", scope.schemaURL)
    }
  }

  private static func write(_ event: StoredEvent, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("name", event.name)
      writer.member("time_unix_nano", String(event.time.rawValue))
      writer.key("attributes")
      AttributeJSON.write(keyValues: event.attributesText, to: &writer)
      writer.member("dropped_attributes_count", event.droppedAttributeCount)
    }
  }

  private static func write(_ link: StoredLink, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("trace_id", link.traceID.description)
      writer.member("span_id", link.spanID.description)
      writer.member("trace_state", link.traceState)
      writer.member("flags", link.flags)
      writer.key("attributes")
      AttributeJSON.write(keyValues: link.attributesText, to: &writer)
      writer.member("dropped_attributes_count", link.droppedAttributeCount)
    }
  }

  /// A part of what the normaliser found; null where nothing of it is known.
  private static func write(_ part: SpanPart, of span: StoredSpan, to writer: inout JSONWriter) {
    guard let values = span.inference.values(in: part) else { return writer.null() }
    writer.object { writer in
      for (column, value) in values {
        writer.key(column.member)
        switch value {
        case .unknown: if column.kind == .texts { writer.array { _ in } } else { writer.null() }
        case .text(let text): writer.string(text)
        case .texts(let texts): writer.array { writer in for text in texts { writer.string(text) } }
        case .count(let count): writer.exactInt(count)
        case .nanoseconds(let time): writer.exactInt(time)
        }
      }
    }
  }
}

extension JSONWriter {
  /// Writes a member that is null for empty text.
  mutating func optional(_ name: String, _ text: String) { member(name, text.isEmpty ? nil : text) }

  mutating func optional(_ name: String, _ number: UInt64?) {
    key(name)
    if let number { exactInt(number) } else { null() }
  }

  mutating func optional(_ name: String, _ number: Int64?) {
    key(name)
    if let number { exactInt(number) } else { null() }
  }

  mutating func optional(_ name: String, _ number: Double?) {
    key(name)
    if let number { double(number) } else { null() }
  }
}
