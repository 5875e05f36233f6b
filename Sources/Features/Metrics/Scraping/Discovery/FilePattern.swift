import System

/// Paths that match a pattern: `*` and `?` in the last part.
enum FilePattern {
  /// Files of one pattern; the rest is left out, in the order of names.
  static let fileCountMax = 1000

  /// Whether a pattern has a wildcard in a folder, where none counts.
  static func hasOuterWildcard(_ pattern: String) -> Bool {
    guard let slash = pattern.lastIndex(of: "/") else { return false }
    return pattern[..<slash].contains { $0 == "*" || $0 == "?" }
  }

  /// The paths that are there, by name.
  static func paths(_ pattern: String) throws(SystemError) -> [String] {
    let slash = pattern.lastIndex(of: "/")
    let directory = slash.map { String(pattern[...$0]) } ?? ""
    let name = slash.map { pattern[pattern.index(after: $0)...] } ?? pattern[...]
    guard name.contains(where: { $0 == "*" || $0 == "?" }) else { return File.exists(pattern) ? [pattern] : [] }
    let names = try File.entries(ofDirectory: directory.isEmpty ? "." : directory)
    let found = names.filter { matches($0, name) }.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    return found.prefix(fileCountMax).map { directory + $0 }
  }

  /// Whether a name matches; time is at most proportional to both lengths.
  static func matches(_ name: String, _ pattern: Substring) -> Bool {
    let name = Array(name.unicodeScalars)
    let pattern = Array(pattern.unicodeScalars)
    var index = 0
    var place = 0
    // Where the last star stands, and what it stands for ends.
    var star: (place: Int, index: Int)?
    while index < name.count {
      if place < pattern.count, pattern[place] == "*" {
        star = (place, index)
        place += 1
      } else if place < pattern.count, pattern[place] == "?" || pattern[place] == name[index] {
        place += 1
        index += 1
      } else if let last = star {
        star = (last.place, last.index + 1)
        place = last.place + 1
        index = last.index + 1
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == "*" }
  }
}
