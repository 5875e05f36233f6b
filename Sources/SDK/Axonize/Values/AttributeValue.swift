/// A value of an attribute, with the types that OTLP has (opentelemetry/proto/common/v1/common.proto, AnyValue).
///
/// Literals may be written as they are: `let value: AttributeValue = [1, "two", 3.5]`.
public enum AttributeValue: Sendable, Hashable {
  /// A text.
  case string(String)
  /// A truth value.
  case bool(Bool)
  /// A whole number.
  case int(Int64)
  /// A number with a fraction.
  case double(Double)
  /// Bytes as they are.
  case bytes([UInt8])
  /// Values of any types.
  case array([AttributeValue])
  /// Names and their values.
  case map(Attributes)
  /// A value without a type, as an empty place in an array.
  case empty
}

extension AttributeValue: ExpressibleByStringInterpolation {
  /// A text.
  public init(stringLiteral value: String) { self = .string(value) }
}

extension AttributeValue: ExpressibleByBooleanLiteral {
  /// A truth value.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension AttributeValue: ExpressibleByIntegerLiteral {
  /// A whole number.
  public init(integerLiteral value: Int64) { self = .int(value) }
}

extension AttributeValue: ExpressibleByFloatLiteral {
  /// A number with a fraction.
  public init(floatLiteral value: Double) { self = .double(value) }
}

extension AttributeValue: ExpressibleByArrayLiteral {
  /// Values of any types.
  public init(arrayLiteral elements: AttributeValue...) { self = .array(elements) }
}

extension AttributeValue: ExpressibleByDictionaryLiteral {
  /// Names and their values, in the order given.
  public init(dictionaryLiteral elements: (String, AttributeValue)...) {
    self = .map(Attributes(pairs: elements.map { Attributes.Pair(key: $0.0, value: $0.1) }))
  }
}
