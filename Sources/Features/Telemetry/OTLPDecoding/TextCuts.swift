import Base
import Columns
import OTLP

/// The texts of one record that were cut to `TextLimits`, and the attribute that says so.
final class TextCuts {
  /// The key of the attribute: a list of the names of what was cut, attributes by their keys, fields by their names in
  /// OTLP's .proto files, those of events and links behind `event.` and `link.`.
  static let attributeKey = "axonize.truncated"
  /// Names that the attribute has at most.
  ///
  /// 16: more of them say no more.
  static let nameCountMax = 16

  /// Texts that were cut.
  private(set) var count = 0
  private var names: [String] = []

  var isEmpty: Bool { count == 0 }

  /// Begins a record.
  @inline(__always)
  func reset() {
    guard count != 0 else { return }
    count = 0
    names = []
  }

  func record(_ name: String) {
    count += 1
    if names.count < Self.nameCountMax, !names.contains(name) { names.append(name) }
  }

  func record(_ allowance: TextAllowance, of name: StaticString) {
    if allowance.isCut { record("\(name)") }
  }

  /// The part of a field that is stored as a name.
  @inline(__always)
  func name(_ text: UnsafeRawBufferPointer, of field: StaticString) -> UnsafeRawBufferPointer {
    guard text.count > TextLimits.nameBytesMax else { return unsafe text }
    return unsafe cut(text, to: TextLimits.nameBytesMax, of: field)
  }

  /// The part of a field that is stored as a value.
  @inline(__always)
  func value(_ text: UnsafeRawBufferPointer, of field: StaticString) -> UnsafeRawBufferPointer {
    guard text.count > TextLimits.valueBytesMax else { return unsafe text }
    return unsafe cut(text, to: TextLimits.valueBytesMax, of: field)
  }

  @inline(never)
  private func cut(
    _ text: UnsafeRawBufferPointer, to bytesMax: Int, of field: StaticString
  ) -> UnsafeRawBufferPointer {
    record("\(field)")
    return unsafe UTF8Text.prefix(text, bytesMax: bytesMax)
  }

  /// Adds the attribute to the open row of a map, if anything was cut.
  @inline(__always)
  func mark(_ attributes: MapColumn) {
    guard count != 0 else { return }
    appendAttribute(to: attributes)
  }

  @inline(never)
  private func appendAttribute(to attributes: MapColumn) {
    let text = attributes.values.bytes
    attributes.keys.append(Self.attributeKey)
    text.append(ascii: #"{"arrayValue":{"values":["#)
    for (index, name) in names.enumerated() {
      text.append(ascii: index == 0 ? #"{"stringValue":"# : #",{"stringValue":"#)
      var name = name
      name.withUTF8 { unsafe text.append(quoted: UnsafeRawBufferPointer($0)) }
      text.append(ascii: "}")
    }
    text.append(ascii: "]}}")
    attributes.values.endRow()
    attributes.types.append(AttributeType.array.rawValue)
  }
}
