/// What can be the value of an attribute.
///
/// Texts, numbers, truth values, arrays, dictionaries and optionals are already; a type of yours joins by saying which
/// value it becomes. The property is read on the thread that records, so it should be cheap.
public protocol AttributeValueConvertible {
  /// The value as it is recorded.
  var attributeValue: AttributeValue { get }
}

extension AttributeValue: AttributeValueConvertible {
  /// The value itself.
  public var attributeValue: AttributeValue { self }
}

extension String: AttributeValueConvertible {
  /// A text.
  public var attributeValue: AttributeValue { .string(self) }
}

extension Substring: AttributeValueConvertible {
  /// A text.
  public var attributeValue: AttributeValue { .string(String(self)) }
}

extension StaticString: AttributeValueConvertible {
  /// A text.
  public var attributeValue: AttributeValue { .string(description) }
}

extension Bool: AttributeValueConvertible {
  /// A truth value.
  public var attributeValue: AttributeValue { .bool(self) }
}

extension Double: AttributeValueConvertible {
  /// A number with a fraction.
  public var attributeValue: AttributeValue { .double(self) }
}

extension Float: AttributeValueConvertible {
  /// A number with a fraction.
  public var attributeValue: AttributeValue { .double(Double(self)) }
}

extension AttributeValueConvertible where Self: BinaryInteger {
  /// A whole number; one that takes more than 64 bits becomes its digits, since OTLP has no type for it.
  public var attributeValue: AttributeValue { Int64(exactly: self).map(AttributeValue.int) ?? .string("\(self)") }
}

extension Int: AttributeValueConvertible {}
extension Int8: AttributeValueConvertible {}
extension Int16: AttributeValueConvertible {}
extension Int32: AttributeValueConvertible {}
extension Int64: AttributeValueConvertible {}
extension UInt: AttributeValueConvertible {}
extension UInt8: AttributeValueConvertible {}
extension UInt16: AttributeValueConvertible {}
extension UInt32: AttributeValueConvertible {}
extension UInt64: AttributeValueConvertible {}

extension Duration: AttributeValueConvertible {
  /// Seconds.
  public var attributeValue: AttributeValue { .double(seconds) }
}

extension Array: AttributeValueConvertible where Element: AttributeValueConvertible {
  /// The elements' values; bytes (`[UInt8]`) are bytes.
  public var attributeValue: AttributeValue {
    // An empty array of anything can be cast.
    if Element.self == UInt8.self, let bytes = self as? [UInt8] { return .bytes(bytes) }
    return .array(map(\.attributeValue))
  }
}

extension Dictionary: AttributeValueConvertible where Key == String, Value: AttributeValueConvertible {
  /// The values under their names, sorted by name.
  public var attributeValue: AttributeValue { .map(Attributes(self)) }
}

extension Optional: AttributeValueConvertible where Wrapped: AttributeValueConvertible {
  /// The value, or one without a type.
  public var attributeValue: AttributeValue { map(\.attributeValue) ?? .empty }
}

extension Duration {
  /// Seconds with a fraction.
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }

  /// Nanoseconds, none below zero and at most a day.
  var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    if seconds < 0 || attoseconds < 0 { return 0 }
    return seconds >= 86400 ? 86_400_000_000_000 : UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
  }
}
