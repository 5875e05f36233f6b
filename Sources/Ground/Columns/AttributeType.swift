/// The type of an attribute value that is stored as text.
///
/// Together with the canonical text it gives the original OTLP `AnyValue` back exactly.
public enum AttributeType: UInt8, Sendable, CaseIterable {
  /// No value at all; the text is empty.
  case empty = 0
  /// The text is the value.
  case string = 1
  /// `true` or `false`.
  case bool = 2
  /// A signed 64-bit number in decimal.
  case int = 3
  /// The shortest decimal that reads back as the same Double, or `NaN`, `Infinity`, `-Infinity`.
  case double = 4
  /// Base64 with padding (RFC 4648, section 4).
  case bytes = 5
  /// The `AnyValue` as OTLP/JSON, e.g. `{"arrayValue":{"values":[{"intValue":"1"}]}}`.
  case array = 6
  /// The `AnyValue` as OTLP/JSON, e.g. `{"kvlistValue":{"values":[{"key":"k","value":{"boolValue":true}}]}}`.
  case keyValueList = 7
}
