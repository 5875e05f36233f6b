import Base
package import JSON
package import Protobuf

/// An OTLP `AnyValue` as a tree, for responses.
///
/// Ingest never makes one.
package indirect enum AnyValue: Sendable, Hashable {
  case empty
  case string(String)
  case bool(Bool)
  case int(Int64)
  case double(Double)
  case bytes([UInt8])
  case array([AnyValue])
  case keyValueList([KeyValue])
}

/// An OTLP `KeyValue`.
package struct KeyValue: Sendable, Hashable {
  package let key: String
  package let value: AnyValue

  package init(_ key: String, _ value: AnyValue) {
    self.key = key
    self.value = value
  }
}

// MARK: Reading OTLP/JSON

extension AnyValue {
  /// Reads the OTLP/JSON form, for example `{"intValue":"1"}`; nil for anything else.
  package init?(otlpJSON text: ArraySlice<UInt8>) {
    guard let json = try? JSONValue(parsing: Array(text), limits: .stored) else { return nil }
    self.init(otlpJSON: json)
  }

  init?(otlpJSON json: JSONValue) {
    guard let members = json.members else { return nil }
    self = .empty
    for member in members {
      let value = member.value
      switch member.key {
      case "stringValue": if let text = value.string { self = .string(text) }
      case "boolValue": if let bool = value.bool { self = .bool(bool) }
      case "intValue": if let int = value.string.flatMap({ Int64($0) }) ?? value.int { self = .int(int) }
      case "doubleValue":
        if let double = value.double ?? value.string.flatMap({ Double($0) }) { self = .double(double) }
      case "bytesValue":
        if let bytes = value.string.flatMap({ Self.decodeBase64(Array($0.utf8)[...]) }) { self = .bytes(bytes) }
      case "arrayValue":
        self = .array((value["values"]?.array ?? []).map { AnyValue(otlpJSON: $0) ?? .empty })
      case "kvlistValue": self = .keyValueList(KeyValue.list(otlpJSON: value["values"]))
      default: break
      }
    }
  }

  static func decodeBase64(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    unsafe text.withUnsafeBytes { unsafe Base64.decode($0) }
  }
}

extension KeyValue {
  /// Reads an OTLP/JSON list of KeyValue; empty or damaged text is an empty list.
  package static func list(otlpJSON text: ArraySlice<UInt8>) -> [KeyValue] {
    text.isEmpty ? [] : list(otlpJSON: try? JSONValue(parsing: Array(text), limits: .stored))
  }

  static func list(otlpJSON json: JSONValue?) -> [KeyValue] {
    (json?.array ?? []).map { element in
      KeyValue(element["key"]?.string ?? "", element["value"].flatMap { AnyValue(otlpJSON: $0) } ?? .empty)
    }
  }
}

extension JSONLimits {
  /// What ingest can have written: values nested as deep as the decoder takes.
  package static let stored = JSONLimits(depthMax: AnyValueText.jsonDepthMax, bytesMax: 1 << 31)
}

// MARK: Writing

extension AnyValue {
  /// Writes the value as native JSON.
  package func writeJSON(to writer: inout JSONWriter) {
    switch self {
    case .empty: writer.null()
    case .string(let text): writer.string(text)
    case .bool(let value): writer.bool(value)
    case .int(let value): writer.exactInt(value)
    case .double(let value): writer.double(value)
    case .bytes(let bytes): writer.string(Self.base64(bytes))
    case .array(let values):
      writer.beginArray()
      for value in values { value.writeJSON(to: &writer) }
      writer.endArray()
    case .keyValueList(let pairs): Self.writeJSONObject(pairs, to: &writer)
    }
  }

  static func writeJSONObject(_ pairs: [KeyValue], to writer: inout JSONWriter) {
    writer.beginObject()
    for pair in pairs {
      writer.key(pair.key)
      pair.value.writeJSON(to: &writer)
    }
    writer.endObject()
  }

  /// Writes the value in the OTLP/JSON form.
  package func writeOTLPJSON(to writer: inout JSONWriter) {
    writer.beginObject()
    switch self {
    case .empty: break
    case .string(let text): writer.member("stringValue", text)
    case .bool(let value): writer.member("boolValue", value)
    case .int(let value): writer.member("intValue", String(value))
    case .double(let value): writer.member("doubleValue", value)
    case .bytes(let bytes): writer.member("bytesValue", Self.base64(bytes))
    case .array(let values):
      writer.key("arrayValue")
      writer.beginObject()
      writer.key("values")
      writer.beginArray()
      for value in values { value.writeOTLPJSON(to: &writer) }
      writer.endArray()
      writer.endObject()
    case .keyValueList(let pairs):
      writer.key("kvlistValue")
      writer.beginObject()
      writer.key("values")
      writer.beginArray()
      for pair in pairs { pair.writeOTLPJSON(to: &writer) }
      writer.endArray()
      writer.endObject()
    }
    writer.endObject()
  }

  /// Writes the fields of the protobuf message `AnyValue`.
  package func writeProtobuf(to writer: inout ProtobufWriter) {
    switch self {
    case .empty: break
    case .string(let text): writer.string(AnyValueField.string, text)
    case .bool(let value): writer.bool(AnyValueField.bool, value)
    case .int(let value): writer.varint(AnyValueField.int, UInt64(bitPattern: value))
    case .double(let value): writer.double(AnyValueField.double, value)
    case .bytes(let bytes): writer.bytes(AnyValueField.bytes, bytes)
    case .array(let values):
      writer.message(AnyValueField.array) { writer in
        for value in values { writer.message(1) { value.writeProtobuf(to: &$0) } }
      }
    case .keyValueList(let pairs):
      writer.message(AnyValueField.keyValueList) { writer in
        for pair in pairs { pair.writeProtobuf(field: 1, to: &writer) }
      }
    }
  }

  static func base64(_ bytes: [UInt8]) -> String {
    unsafe String(unsafeUninitializedCapacity: Base64.encodedCount(bytes.count)) { target in
      guard let base = target.baseAddress else { return 0 }
      // SAFETY: the string has room for the encoded count.
      unsafe bytes.withUnsafeBytes { unsafe Base64.encode($0, to: base) }
      return Base64.encodedCount(bytes.count)
    }
  }
}

extension KeyValue {
  /// Writes the pair in the OTLP/JSON form.
  package func writeOTLPJSON(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("key", key)
    writer.key("value")
    value.writeOTLPJSON(to: &writer)
    writer.endObject()
  }

  /// Writes the pair as a message field of a protobuf message.
  package func writeProtobuf(field number: UInt32, to writer: inout ProtobufWriter) {
    writer.message(number) { writer in
      writer.string(KeyValueField.key, key)
      writer.message(KeyValueField.value) { value.writeProtobuf(to: &$0) }
    }
  }
}
