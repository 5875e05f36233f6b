import FoundationEssentials
import JSON
import Testing

/// Texts compared with files in `Snapshots`, which `AXONIZE_UPDATE_SNAPSHOTS=1` rewrites.
enum Snapshot {
  private static let folder = String(#filePath.dropLast("Snapshot.swift".count)) + "Snapshots/"

  static func expect(_ text: String, named name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let path = folder + name
    if ProcessInfo.processInfo.environment["AXONIZE_UPDATE_SNAPSHOTS"] == "1" {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      return
    }
    let stored = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text == stored, "Snapshots/\(name) differs", sourceLocation: sourceLocation)
  }

  /// JSON with a line for each member and element.
  static func expect(
    json: [UInt8], named name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let text = try lines(JSONValue(parsing: json), indent: "") + "\n"
    try expect(text, named: name + ".json", sourceLocation: sourceLocation)
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
