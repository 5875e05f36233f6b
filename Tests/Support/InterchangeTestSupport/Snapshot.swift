import JSON
package import TestSupport
package import Testing

extension Snapshot {
  /// JSON with a line for each member and element.
  package static func expect(
    json: [UInt8], named name: String, beside file: String = #filePath,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let text = try lines(JSONValue(parsing: json), indent: "") + "\n"
    try expect(text, named: name + ".json", beside: file, sourceLocation: sourceLocation)
  }

  private static func lines(_ value: JSONValue, indent: String) -> String {
    let inner = indent + "  "
    let parts: [String]
    switch value {
    case .array(let elements): parts = elements.map { lines($0, indent: inner) }
    case .object(let members):
      parts = members.map { member in
        String(decoding: JSONValue.string(member.key).encoded, as: UTF8.self) + ": "
          + lines(member.value, indent: inner)
      }
    default: return String(decoding: value.encoded, as: UTF8.self)
    }
    let (open, close) = value.array == nil ? ("{", "}") : ("[", "]")
    guard !parts.isEmpty else { return open + close }
    return open + "\n" + parts.map { inner + $0 }.joined(separator: ",\n") + "\n" + indent + close
  }
}
