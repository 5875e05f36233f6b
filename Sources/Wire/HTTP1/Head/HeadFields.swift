package import HTTPTypes

/// The fields of a head as places in its bytes; the table is used again for the next head.
package struct HeadFields: Sendable {
  package struct Field: Sendable, Hashable {
    package let id: FieldID
    package let name: ByteRange
    /// Without blanks around it.
    package let value: ByteRange

    package init(id: FieldID, name: ByteRange, value: ByteRange) {
      self.id = id
      self.name = name
      self.value = value
    }
  }

  package private(set) var all: [Field] = []

  init() { all.reserveCapacity(32) }

  mutating func removeAll() { all.removeAll(keepingCapacity: true) }

  mutating func append(_ field: Field) { all.append(field) }

  /// The value of the first field with this name.
  package func first(_ id: FieldID) -> ByteRange? {
    for field in all where field.id == id { return field.value }
    return nil
  }

  /// The value of the first field with this name, for names that have no ``FieldID``.
  package func first(named name: StaticString, in bytes: Span<UInt8>) -> ByteRange? {
    for field in all where field.name.equals(ignoringCase: name, in: bytes) { return field.value }
    return nil
  }

  /// The fields as text, for handlers off the hot path.
  package func fields(in bytes: Span<UInt8>) -> HTTPFields {
    var fields = HTTPFields()
    for field in all { fields.append(field.name.text(in: bytes), field.value.text(in: bytes)) }
    return fields
  }
}
