/// What the modules of `Sources` declare, and who names it.
///
/// Names are compared as text: an unused one that shares its name with a used one is not found, but what is found is
/// not used.
struct Declarations {
  /// A declaration by its name.
  struct Declared {
    let name: String
    /// `path:line`.
    let place: String
    let target: String
    let isTopLevelType: Bool
  }

  let all: [Declared]
  /// How often code names each name: that of the product, with its benchmarks and fuzz targets, and that of tests.
  private let uses: [Substring: Int]
  private let usesInTests: [Substring: Int]

  init(_ files: [SourceFile]) {
    var all: [Declared] = []
    var uses: [Substring: Int] = [:]
    var usesInTests: [Substring: Int] = [:]
    for file in files where file.path.hasSuffix(".swift") {
      let code = SwiftCode(file.text)
      let isTest = ["Tests/", "examples/"].contains(where: file.path.hasPrefix)
      for word in code.words {
        if isTest { usesInTests[word, default: 0] += 1 } else { uses[word, default: 0] += 1 }
      }
      guard let place = file.place else { continue }
      for (index, line) in code.lines.enumerated() {
        // What an SDK makes public is there for others to use.
        if place.room == "SDK", line.contains("public ") { continue }
        all += Self.declared(on: line).map { name, isTopLevelType in
          Declared(
            name: String(name), place: "\(file.path):\(index + 1)", target: place.target,
            isTopLevelType: isTopLevelType)
        }
      }
    }
    self.all = all
    self.uses = uses
    self.usesInTests = usesInTests
  }

  private static let types: Set<Substring> = ["struct", "class", "enum", "protocol", "actor", "typealias"]
  private static let others: Set<Substring> = ["func", "var", "let", "case"]

  /// The names that a line of code declares.
  ///
  /// Not those that something outside Swift's sight asks for: what C, users of an SDK or a protocol of the standard
  /// library call.
  private static func declared(on line: Substring) -> [(name: Substring, isTopLevelType: Bool)] {
    let words = line.split { $0 == " " || $0 == "(" || $0 == "<" || $0 == ":" || $0 == "=" || $0 == "," || $0 == "{" }
    guard let keyword = words.firstIndex(where: { types.contains($0) || others.contains($0) }) else { return [] }
    var kind = keyword
    // `class func`, `class var`.
    if kind + 1 < words.count, words[kind] == "class", others.contains(words[kind + 1]) { kind += 1 }
    guard kind + 1 < words.count, words[..<keyword].allSatisfy(isModifier) else { return [] }
    let name = words[kind + 1].trimming { $0 == "`" }
    guard let first = name.first, first.isLetter else { return [] }
    // `case .a`, `case let a` and `case CONSTANT` of a `switch` declare nothing.
    if words[kind] == "case" {
      guard first.isLowercase, name != "let", name != "var", !line.contains(":") || line.contains("(") else {
        return []
      }
    }
    return [
      (
        name,
        types.contains(words[kind]) && !line.hasPrefix(" ") && !words[..<kind].contains { $0.hasSuffix("private") }
      )
    ]
  }

  private static func isModifier(_ word: Substring) -> Bool {
    [
      "package", "public", "internal", "fileprivate", "private", "private(set)", "final", "static", "indirect",
      "nonisolated", "mutating", "nonmutating", "consuming", "borrowing", "override", "lazy", "weak", "isolated",
      "convenience", "required", "unsafe", "set)",
    ].contains(word) || word.hasPrefix("@")
  }

  /// What nothing names but its declaration.
  func unused(except allowed: [String: String]) -> [String] {
    all.filter { uses[Substring($0.name)] == 1 && usesInTests[Substring($0.name)] == nil && allowed[$0.name] == nil }
      .map { "\($0.place): nothing uses '\($0.name)'; delete it" }
  }

  /// What only tests name.
  func onlyTested(except allowed: [String: String]) -> [String] {
    all.filter { uses[Substring($0.name)] == 1 && usesInTests[Substring($0.name)] != nil && allowed[$0.name] == nil }
      .map { "\($0.place): only tests use '\($0.name)'; delete it with its tests, or move it to them" }
  }

  /// Types of the same name in more than one module, a module's types being all that are not private to a file.
  func sharedNames(except allowed: [String: String], in targets: (String) -> Bool) -> [String] {
    Dictionary(grouping: all.filter { $0.isTopLevelType && targets($0.target) }, by: \.name)
      .filter { name, declared in Set(declared.map(\.target)).count > 1 && allowed[name] == nil }
      .map { name, declared in "'\(name)' is declared at \(declared.map(\.place).sorted().joined(separator: " and "))" }
      .sorted()
  }

  /// Allowed names that need no permission any more, so that lists of exceptions only shrink.
  func needless(_ allowed: [String: String], _ problems: ([String: String]) -> [String]) -> [String] {
    allowed.keys.sorted().filter { name in problems(allowed.filter { $0.key != name }).count == problems(allowed).count
    }
    .map { "'\($0)' is no exception any more; take it off the list" }
  }
}
