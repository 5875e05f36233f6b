import API
import JSON
import OTLP
import Telemetry
import TelemetryQueries
import TraceInterchange

/// A tag of Jaeger's JSON model: a key with a typed value.
struct JaegerTag: Sendable {
  let key: String
  let value: AnyValue

  init(_ key: String, _ value: AnyValue) {
    self.key = key
    self.value = value
  }

  /// The tags of a span: where it was made, its attributes, and the fields that Jaeger keeps as tags.
  static func tags(of span: StoredSpan) -> [JaegerTag] {
    var tags: [JaegerTag] = []
    func add(_ key: String, _ text: String) { if !text.isEmpty { tags.append(JaegerTag(key, .string(text))) } }
    add("otel.scope.name", span.scope.name)
    add("otel.scope.version", span.scope.version)
    tags += span.attributes.map { JaegerTag($0.key, $0.value) }
    add("span.kind", Jaeger.kindName(span.kind))
    switch span.status {
    case .unset: break
    case .ok: add("otel.status_code", "OK")
    case .error:
      add("otel.status_code", "ERROR")
      tags.append(JaegerTag("error", .bool(true)))
    }
    add("otel.status_description", span.statusMessage)
    add("w3c.tracestate", span.traceState)
    return tags
  }

  /// The tags of an event: its name, and its attributes.
  static func tags(of event: StoredEvent) -> [JaegerTag] {
    (event.name.isEmpty ? [] : [JaegerTag("event", .string(event.name))])
      + KeyValue.list(otlpJSON: Array(event.attributesText.utf8)[...]).map { JaegerTag($0.key, $0.value) }
  }

  fileprivate enum Kind: String, CaseIterable {
    case bool, int64, float64, binary, string
  }

  fileprivate var type: Kind {
    switch value {
    case .bool: .bool
    case .int: .int64
    case .double: .float64
    case .bytes: .binary
    case .empty, .string, .array, .keyValueList: .string
    }
  }
}

extension JSONShape where Value == JaegerTag {
  static var jaegerTag: JSONShape {
    object { tag in
      tag.member("key", .string) { $0.key }
      tag.member("type", .choice) { $0.type }
      tag.member("value", .jaegerTagValue) { $0.value }
    }
  }
}

extension JSONShape where Value == AnyValue {
  /// Lists and objects are JSON text, bytes base64, and integers beyond 2^53 decimal text.
  fileprivate static var jaegerTagValue: JSONShape {
    JSONShape(Schema.either(Schema.string, Schema.boolean, Schema.number)) { value, writer in
      switch value {
      case .empty: writer.string("")
      case .array, .keyValueList:
        var inner = JSONWriter()
        value.writeJSON(to: &inner)
        writer.string(utf8: inner.bytes[...])
      case .string, .bool, .int, .double, .bytes: value.writeJSON(to: &writer)
      }
    }
  }
}
