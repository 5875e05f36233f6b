import Columns
package import JSON

/// Attribute values as stored, a type code and canonical text, turned into what clients read.
///
/// Text that does not fit its type code, which only damage to the store could bring, is written as a string.
package enum AttributeText {
  /// Writes a value as native JSON: integers beyond 2^53 and bytes (base64) as strings, lists of pairs as objects.
  package static func writeJSON(type: UInt8, text: ArraySlice<UInt8>, to writer: inout JSONWriter) {
    switch AttributeType(rawValue: type) {
    case .empty: writer.null()
    case .bool: writer.bool(text.elementsEqual("true".utf8))
    case .int:
      guard let value = Int64(String(decoding: text, as: UTF8.self)) else { return writer.string(utf8: text) }
      writer.exactInt(value)
    case .double:
      guard let value = Double(String(decoding: text, as: UTF8.self)) else { return writer.string(utf8: text) }
      writer.double(value)
    case .array, .keyValueList:
      guard let value = AnyValue(otlpJSON: text) else { return writer.string(utf8: text) }
      value.writeJSON(to: &writer)
    case .string, .bytes, nil: writer.string(utf8: text)
    }
  }

  /// Writes an OTLP/JSON list of KeyValue as one native JSON object; empty text is the empty object.
  package static func writeJSONObject(keyValues text: ArraySlice<UInt8>, to writer: inout JSONWriter) {
    AnyValue.writeJSONObject(KeyValue.list(otlpJSON: text), to: &writer)
  }

  /// A stored value as a tree.
  package static func value(type: UInt8, text: ArraySlice<UInt8>) -> AnyValue {
    let spelling = String(decoding: text, as: UTF8.self)
    switch AttributeType(rawValue: type) {
    case .empty: return .empty
    case .bool: return .bool(spelling == "true")
    case .int: return Int64(spelling).map { .int($0) } ?? .string(spelling)
    case .double: return Double(spelling).map { .double($0) } ?? .string(spelling)
    case .bytes: return AnyValue.decodeBase64(text).map { .bytes($0) } ?? .string(spelling)
    case .array, .keyValueList: return AnyValue(otlpJSON: text) ?? .string(spelling)
    case .string, nil: return .string(spelling)
    }
  }
}
