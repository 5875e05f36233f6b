package import API
import Columns
import JSON
package import OTLP
package import TelemetryQueries

extension StoredAttribute {
  /// The value as it was sent.
  package var value: AnyValue { AttributeText.value(type: type.rawValue, text: Array(text.utf8)[...]) }
}

extension JSONShape where Value == StoredAttribute {
  static var storedAttribute: JSONShape { JSONShape<KeyValue>.keyValue.of { KeyValue($0.key, $0.value) } }
}

extension JSONShape where Value == KeyValue {
  /// A pair in the form of OTLP/JSON, which protobuf's own JSON mapping shares.
  package static var keyValue: JSONShape<KeyValue> {
    var schemas = NamedSchemas()
    schemas.add("OTLPAnyValue", anyValue)
    schemas.add("OTLPKeyValue", pair)
    return JSONShape(Schema.reference("OTLPKeyValue"), referringTo: schemas) { $0.writeOTLPJSON(to: &$1) }
  }

  private static var pair: JSONValue {
    Schema.object([("key", Schema.string), ("value", Schema.reference("OTLPAnyValue"))])
  }

  /// A value has one member, which names its type; nothing is an empty object.
  private static var anyValue: JSONValue {
    let members = [
      ("stringValue", Schema.string), ("boolValue", Schema.boolean), ("intValue", Schema.nanoseconds),
      ("doubleValue", JSONShape<Double>.anyNumber.schema), ("bytesValue", Schema.string),
      ("arrayValue", list(of: "OTLPAnyValue")), ("kvlistValue", list(of: "OTLPKeyValue")),
    ]
    return Schema.object(members, optional: Set(members.map(\.0)))
  }

  private static func list(of name: String) -> JSONValue {
    Schema.object([("values", Schema.list(Schema.reference(name)))])
  }
}
