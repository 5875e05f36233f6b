import FoundationEssentials
package import Testing

/// Texts compared with files in the folder `Snapshots` beside the test, which `AXONIZE_UPDATE_SNAPSHOTS=1` rewrites.
package enum Snapshot {
  /// - Parameter name: The file's name, with its ending.
  package static func expect(
    _ text: String, named name: String, beside file: String = #filePath,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let path = file[...(file.lastIndex(of: "/") ?? file.startIndex)] + "Snapshots/" + name
    if ProcessInfo.processInfo.environment["AXONIZE_UPDATE_SNAPSHOTS"] == "1" {
      try text.write(toFile: String(path), atomically: true, encoding: .utf8)
      return
    }
    let stored = try String(contentsOfFile: String(path), encoding: .utf8)
    #expect(text == stored, "Snapshots/\(name) differs", sourceLocation: sourceLocation)
  }

  /// The stored texts beside a test, of the files with an ending.
  package static func stored(ending: String, beside file: String = #filePath) throws -> [String] {
    let folder = file[...(file.lastIndex(of: "/") ?? file.startIndex)] + "Snapshots/"
    return try FileManager.default.contentsOfDirectory(atPath: String(folder)).filter { $0.hasSuffix(ending) }.sorted()
      .map { try String(contentsOfFile: folder + $0, encoding: .utf8) }
  }
}
