import Columns
import JSON
import OTLP
import Telemetry
import TelemetryQueries

/// A tag of Jaeger's JSON model: a key with a typed value.
struct JaegerTag {
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

  /// Writes the tag; lists and objects are JSON text, bytes base64, and integers beyond 2^53 decimal text.
  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("key", key)
      writer.member("type", type)
      writer.key("value")
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

  private var type: String {
    switch value {
    case .bool: "bool"
    case .int: "int64"
    case .double: "float64"
    case .bytes: "binary"
    case .empty, .string, .array, .keyValueList: "string"
    }
  }
}

extension StoredAttribute {
  /// The value as it was sent.
  var value: AnyValue { AttributeText.value(type: type.rawValue, text: Array(text.utf8)[...]) }
}
