import API
import Columns
import JSON
import OTLP
import TelemetryQueries

extension JSONShape where Value == [StoredAttribute] {
  /// An object of attributes with native types.
  static var attributes: JSONShape { JSONShape(Schema.attributes) { AttributeJSON.write($0, to: &$1) } }
}

extension JSONShape where Value == String {
  /// An object of the attributes in a list of OTLP/JSON KeyValue objects.
  static var keyValues: JSONShape { JSONShape(Schema.attributes) { AttributeJSON.write(keyValues: $0, to: &$1) } }
}

extension JSONShape where Value == StoredAttribute {
  /// An attribute's value with its native type.
  static var attributeValue: JSONShape { JSONShape(Schema.anything) { AttributeJSON.write(value: $0, to: &$1) } }
}

extension JSONShape where Value == AttributeType {
  /// The name of an attribute's type.
  static var attributeType: JSONShape {
    JSONShape<String>.choice(AttributeType.allCases.map(AttributeJSON.typeName)).of { AttributeJSON.typeName($0) }
  }
}

/// Attributes as JSON objects with native types.
private enum AttributeJSON {
  /// Writes an object of attributes.
  ///
  /// Of a key that repeats, which OTLP forbids, the first stays.
  static func write(_ attributes: [StoredAttribute], to writer: inout JSONWriter) {
    writer.beginObject()
    var seen: Set<String> = []
    for attribute in attributes where seen.insert(attribute.key).inserted {
      writer.key(attribute.key)
      write(value: attribute, to: &writer)
    }
    writer.endObject()
  }

  /// The name of a type in responses.
  static func typeName(_ type: AttributeType) -> String {
    switch type {
    case .empty: "empty"
    case .string: "string"
    case .bool: "bool"
    case .int: "int"
    case .double: "double"
    case .bytes: "bytes"
    case .array: "array"
    case .keyValueList: "kvlist"
    }
  }

  /// Writes an attribute's value with its native type.
  static func write(value attribute: StoredAttribute, to writer: inout JSONWriter) {
    switch attribute.type {
    case .empty: writer.null()
    case .string, .bytes: writer.string(attribute.text)
    case .bool: writer.bool(attribute.text == "true")
    case .int: writer.exactInt(Int64(attribute.text) ?? 0)
    case .double: writer.double(double(attribute.text))
    case .array, .keyValueList:
      if let value = try? JSONValue(parsing: Array(attribute.text.utf8), limits: .stored) {
        write(anyValue: value, to: &writer)
      } else {
        writer.null()
      }
    }
  }

  private static func double(_ text: String) -> Double {
    switch text {
    case "NaN": .nan
    case "Infinity": .infinity
    case "-Infinity": -.infinity
    default: Double(text) ?? .nan
    }
  }

  /// Writes an object of a list of OTLP/JSON KeyValue objects; empty text is an empty object.
  static func write(keyValues text: String, to writer: inout JSONWriter) {
    writer.beginObject()
    if !text.isEmpty, let list = try? JSONValue(parsing: Array(text.utf8), limits: .stored) {
      writeMembers(list, to: &writer)
    }
    writer.endObject()
  }

  private static func writeMembers(_ list: JSONValue, to writer: inout JSONWriter) {
    var seen: Set<String> = []
    for member in list.array ?? [] {
      guard let key = member["key"]?.string, seen.insert(key).inserted else { continue }
      writer.key(key)
      write(anyValue: member["value"] ?? .null, to: &writer)
    }
  }

  /// Writes an OTLP/JSON AnyValue: an object with one member that names its type.
  private static func write(anyValue value: JSONValue, to writer: inout JSONWriter) {
    guard let member = value.members?.first else { return writer.null() }
    switch member.key {
    case "stringValue", "bytesValue": writer.string(member.value.string ?? "")
    case "boolValue": writer.bool(member.value.bool ?? false)
    case "intValue":
      // 64-bit integers are strings in OTLP/JSON.
      writer.exactInt(member.value.string.flatMap { Int64($0) } ?? member.value.int ?? 0)
    case "doubleValue":
      writer.double(member.value.string.map(double) ?? member.value.double ?? .nan)
    case "arrayValue":
      writer.beginArray()
      for element in member.value["values"]?.array ?? [] { write(anyValue: element, to: &writer) }
      writer.endArray()
    case "kvlistValue":
      writer.beginObject()
      writeMembers(member.value["values"] ?? .null, to: &writer)
      writer.endObject()
    default: writer.null()
    }
  }
}
