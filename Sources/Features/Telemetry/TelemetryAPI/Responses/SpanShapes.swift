import API
import Base
import Feature
import JSON
import Telemetry
import TelemetryQueries

extension JSONShape where Value == StoredSpan {
  /// A span; the OpenAPI document's `Span`.
  static var span: JSONShape {
    object { span in
      span.member("trace_id", .traceID) { $0.traceID }
      span.member("span_id", .spanID) { $0.spanID }
      span.member("parent_span_id", .orNull(.spanID)) { $0.parentSpanID }
      span.member("name", .string) { $0.name }
      span.member("kind", .choice(SpanKind.allCases.map(\.name))) { $0.kind.name }
      span.member("status", .status) { $0 }
      span.member("start_time_unix_nano", .nanoseconds) { $0.start }
      span.member("end_time_unix_nano", .nanoseconds) { $0.end }
      // 0 where the sender's clock went back, as searches and sums count it; both times stay as they were sent.
      span.member("duration_ns", .exactInteger) { max(0, $0.durationNanoseconds) }
      span.member("trace_state", .string) { $0.traceState }
      span.member("flags", .integer) { $0.flags }
      span.member("service_name", .string) { $0.serviceName }
      span.member("attributes", .attributes) { $0.attributes }
      span.member("dropped_attributes_count", .integer) { $0.droppedAttributeCount }
      span.member("resource", .attributes) { $0.resource.attributes }
      span.member("resource_schema_url", .string) { $0.resource.schemaURL }
      span.member("scope", .scope) { $0.scope }
      span.member("events", .list(.event)) { $0.events }
      span.member("dropped_events_count", .integer) { $0.droppedEventCount }
      span.member("links", .list(.link)) { $0.links }
      span.member("dropped_links_count", .integer) { $0.droppedLinkCount }
      span.member("gen_ai", .orNull(.part(.inference))) { $0.inference.values(in: .inference) }
      span.member("gpu", .orNull(.part(.hardware))) { $0.inference.values(in: .hardware) }
      span.optionalMember("scores", .scoreTallies) { $0.scores.isEmpty ? nil : $0.scores }
    }
    .named("Span")
  }

  private static var status: JSONShape {
    object { status in
      status.member("code", .choice(SpanStatus.allCases.map(\.name))) { $0.status.name }
      status.member("message", .string) { $0.statusMessage }
    }
  }
}

extension JSONShape where Value == StoredScope {
  fileprivate static var scope: JSONShape {
    object { scope in
      scope.member("name", .string) { $0.name }
      scope.member("version", .string) { $0.version }
      scope.member("attributes", .attributes) { $0.attributes }
      scope.member("schema_url", .string) { $0.schemaURL }
    }
  }
}

extension JSONShape where Value == StoredEvent {
  fileprivate static var event: JSONShape {
    object { event in
      event.member("name", .string) { $0.name }
      event.member("time_unix_nano", .nanoseconds) { $0.time }
      event.member("attributes", .keyValues) { $0.attributesText }
      event.member("dropped_attributes_count", .integer) { $0.droppedAttributeCount }
    }
  }
}

extension JSONShape where Value == StoredLink {
  fileprivate static var link: JSONShape {
    object { link in
      link.member("trace_id", .traceID) { $0.traceID }
      link.member("span_id", .spanID) { $0.spanID }
      link.member("trace_state", .string) { $0.traceState }
      link.member("flags", .integer) { $0.flags }
      link.member("attributes", .keyValues) { $0.attributesText }
      link.member("dropped_attributes_count", .integer) { $0.droppedAttributeCount }
    }
  }
}

extension JSONShape where Value == [(column: SpanColumn.Inference, value: InferenceValues.Value)] {
  /// A part of what the normaliser found: schema and values are both made of the declarations of the columns.
  fileprivate static func part(_ part: SpanPart) -> JSONShape {
    let properties = SpanColumn.normalised.compactMap { column -> (String, JSONValue)? in
      guard let inference = column.inference, inference.part == part else { return nil }
      return (inference.member, Schema.described(inference.kind.schema, column.declaration.meaning))
    }
    return JSONShape(Schema.object(properties)) { values, writer in
      writer.object { writer in
        for (column, value) in values {
          writer.key(column.member)
          write(value, of: column.kind, to: &writer)
        }
      }
    }
  }

  private static func write(
    _ value: InferenceValues.Value, of kind: InferenceValueKind, to writer: inout JSONWriter
  ) {
    switch value {
    case .unknown: if kind == .texts { writer.array { _ in } } else { writer.null() }
    case .text(let text): writer.string(text)
    case .texts(let texts): writer.array { writer in for text in texts { writer.string(text) } }
    case .count(let count): writer.exactInt(count)
    case .nanoseconds(let time): writer.exactInt(time)
    }
  }
}

extension InferenceValueKind {
  fileprivate var schema: JSONValue {
    switch self {
    case .text: Schema.orNull(Schema.string)
    case .texts: Schema.list(Schema.string)
    case .count, .nanoseconds: Schema.orNull(Schema.bigInteger)
    }
  }
}
