import Glibc
import Telemetry
import Testing

/// The tables of docs/schema.md that are made of declarations: what stands between `<!-- columns of NAME -->` (or
/// `<!-- promoted attributes -->`) and `<!-- end -->`.
///
/// `AXONIZE_UPDATE_SNAPSHOTS=1` rewrites them.
enum SchemaDocument {
  private static let path =
    String(#filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()) + "/docs/schema.md"

  static func table(_ columns: [(name: String, type: String, meaning: String)]) -> String {
    "| column | type | meaning |\n|---|---|---|\n"
      + columns.map { "| `\($0.name)` | `\($0.type)` | \($0.meaning) |\n" }.joined()
  }

  static func promoted() -> String {
    "| bit | key | column | type |\n|---|---|---|---|\n"
      + PromotedAttribute.all.map {
        "| \($0.bit) | `\($0.key)` | `\($0.column)` | \($0.isInteger ? "int" : "string") |\n"
      }
      .joined()
  }

  /// - Parameter tables: the text of each table by its name.
  static func expect(_ tables: [String: String]) throws {
    let old = try #require(read())
    var new = ""
    var found: Set<String> = []
    var isGenerated = false
    for line in old.split(separator: "\n", omittingEmptySubsequences: false) {
      if line == "<!-- end -->" { isGenerated = false }
      if !isGenerated { new += line + "\n" }
      guard let name = name(of: line) else { continue }
      let table = try #require(tables[name], "there is nothing to write about '\(name)'")
      found.insert(name)
      new += "\n" + table + "\n"
      isGenerated = true
    }
    // What follows the last line break is a line too.
    new.removeLast()
    #expect(!isGenerated, "a generated table of docs/schema.md has no end")
    #expect(Set(tables.keys).subtracting(found).sorted() == [], "tables that docs/schema.md does not have")
    if unsafe getenv("AXONIZE_UPDATE_SNAPSHOTS") != nil, let file = unsafe fopen(path, "w") {
      unsafe fputs(new, file)
      unsafe fclose(file)
    }
    #expect(read() == new, "run this test with AXONIZE_UPDATE_SNAPSHOTS=1 and look at the difference")
  }

  private static func name(of line: Substring) -> String? {
    guard line.hasPrefix("<!-- "), line.hasSuffix(" -->"), line != "<!-- end -->" else { return nil }
    let name = line.dropFirst(5).dropLast(4)
    return String(name.trimmingPrefix("columns of "))
  }

  private static func read() -> String? {
    guard let file = unsafe fopen(path, "r") else { return nil }
    defer { unsafe fclose(file) }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = unsafe fread(&buffer, 1, buffer.count, file)
      guard count > 0 else { return String(decoding: text, as: UTF8.self) }
      text += buffer[..<count]
    }
  }
}
