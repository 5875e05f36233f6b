import FoundationEssentials
import Testing

/// A text file of the repository.
struct SourceFile: Sendable, CustomTestStringConvertible {
  /// Relative to the repository's root, with forward slashes.
  let path: String
  let text: String

  var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

  var testDescription: String { path }

  /// Where a file of `Sources` lives; nil for others.
  var place: Place? { Place(path: path.split(separator: "/")) }
}

/// The repository this test was compiled in.
enum SourceTree {
  static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")

  /// Every file below `folder` with one of the endings, sorted by path.
  static func files(below folder: String, endings: [String]) throws -> [SourceFile] {
    let base = root + "/" + folder
    guard FileManager.default.fileExists(atPath: base) else { return [] }
    let names = try FileManager.default.subpathsOfDirectory(atPath: base)
    return try names.filter { name in endings.contains { name.hasSuffix($0) } }.sorted().map { name in
      let data = try #require(FileManager.default.contents(atPath: base + "/" + name), "cannot read \(name)")
      return SourceFile(path: folder + "/" + name, text: String(decoding: data, as: UTF8.self))
    }
  }

  static func swiftSources() throws -> [SourceFile] { try files(below: "Sources", endings: [".swift"]) }

  /// Every hand-written source, tests and scripts included.
  static func everything() throws -> [SourceFile] {
    try ["Sources", "Tests", "Benchmarks", "scripts", "docs", "examples"].flatMap { folder in
      try files(below: folder, endings: [".swift", ".c", ".h", ".py", ".sh", ".sql", ".md", ".yaml", ".yml"])
    }.filter { !$0.path.contains("__pycache__") && !$0.path.contains("/.build/") }
  }
}
