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
      writeInference(span.inference, to: &writer)
      writer.key("gpu")
      writeGPU(span.inference, to: &writer)
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

  /// What the normaliser found; null for a span that is no inference.
  private static func writeInference(_ fields: InferenceFields, to writer: inout JSONWriter) {
    guard fields.isInference else { return writer.null() }
    writer.object { writer in
      writer.optional("provider", fields.provider)
      writer.optional("operation", fields.operation)
      writer.optional("request_model", fields.requestModel)
      writer.optional("response_model", fields.responseModel)
      writer.optional("input_tokens", fields.inputTokens)
      writer.optional("output_tokens", fields.outputTokens)
      writer.optional("cached_tokens", fields.cachedTokens)
      writer.optional("cache_creation_tokens", fields.cacheCreationTokens)
      writer.optional("reasoning_tokens", fields.reasoningTokens)
      writer.optional("time_to_first_token_ns", fields.firstTokenNanoseconds)
      writer.optional("time_per_output_token_ns", fields.perTokenNanoseconds)
      writer.optional("finish_reason", fields.finishReason)
      writer.optional("session_id", fields.sessionID)
      writer.optional("user_id", fields.userID)
      writer.optional("error_type", fields.errorType)
    }
  }

  /// The GPU resources and the node; null for a span that names none.
  private static func writeGPU(_ fields: InferenceFields, to writer: inout JSONWriter) {
    guard !fields.gpuIDs.isEmpty || !fields.nodeID.isEmpty else { return writer.null() }
    writer.object { writer in
      writer.key("resource_ids")
      writer.array { writer in
        for id in fields.gpuIDs { writer.string(id) }
      }
      writer.optional("node_id", fields.nodeID)
    }
  }
}

extension InferenceFields {
  /// Whether any part but the GPU's is known.
  fileprivate var isInference: Bool {
    var rest = self
    rest.gpuIDs = []
    rest.nodeID = ""
    return rest != InferenceFields()
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
