import Testing

/// A rule of the repository: what is wrong with one file, as lines that name the place and the remedy.
struct Rule: Sendable, CustomTestStringConvertible {
  let name: String

  var testDescription: String { name }

  let problems: @Sendable (SourceFile) -> [String]

  static let all = [
    directions, slices, surfaces, noFoundation, fileLength, leftovers, uncheckedSendable, documentation, machinePaths,
    settings, boundedWaits, singleExpectations,
  ]
}

// MARK: Imports

extension Rule {
  /// Which rooms a room may import.
  ///
  /// Imports go down only: wire meets the domain in features, features meet in Compose.
  static let roomsBelow: [String: Set<String>] = [
    "C": [],
    "SDK": ["C", "SDK"],
    "Ground": ["Ground"],
    "Platform": ["C", "Ground", "Platform"],
    "Wire": ["Ground", "Wire"],
    "Transport": ["Ground", "Platform", "Wire", "Transport"],
    "Domain": ["Ground", "Domain"],
    "Store": ["Ground", "Platform", "Wire", "Transport", "Domain", "Store"],
    "Kit": ["Ground", "Platform", "Wire", "Transport", "Domain", "Store", "Kit"],
    "Features": ["Ground", "Platform", "Wire", "Transport", "Domain", "Store", "Kit", "Features"],
    "Compose": ["Ground", "Platform", "Wire", "Transport", "Domain", "Store", "Kit", "Features", "Compose"],
  ]

  /// Targets outside Platform that may import a C target, with the reason.
  static let exceptions: [String: Set<String>] = [
    // libnghttp2 is sans-I/O: it turns bytes into frames and does no system call.
    "HTTP2": ["CNghttp2"]
  ]

  /// Modules of the toolchain that any room may use.
  static let systemModules: Set<String> = ["Glibc", "Synchronization", "Testing", "PackageDescription", "Swift"]

  static let directions = Rule(name: "imports go down only") { file in
    guard let place = file.place else { return [] }
    let (room, target) = (place.room, place.target)
    guard let below = roomsBelow[room] else {
      return ["\(file.path): there is no room '\(room)'; rooms are \(roomsBelow.keys.sorted())"]
    }
    return imports(of: file).compactMap { number, module in
      if systemModules.contains(module) || module == target { return nil }
      if exceptions[target]?.contains(module) == true { return nil }
      guard let imported = Rooms.ofTarget[module] else {
        return "\(file.path):\(number): \(module) is not a target of this package or an allowed system module"
      }
      return below.contains(imported.room)
        ? nil : "\(file.path):\(number): \(room)/\(target) may not import \(imported.room)/\(module)"
    }
  }

  static let slices = Rule(name: "features do not import features") { file in
    guard let place = file.place, let slice = place.slice else { return [] }
    return imports(of: file).compactMap { number, module in
      guard let imported = Rooms.ofTarget[module]?.slice, imported != slice else { return nil }
      return
        "\(file.path):\(number): the slice \(slice) may not import \(module) of \(imported); let them meet in a port "
        + "of Domain or Store"
    }
  }

  /// What reads and writes requests must not know how rows are stored or how the system is asked.
  static let surfaces = Rule(name: "endpoints and commands import neither an engine nor the platform") { file in
    guard let place = file.place, place.slice != nil, ["API", "Commands"].contains(where: place.target.hasSuffix) else {
      return []
    }
    return imports(of: file).compactMap { number, module in
      let isEngine = ["EmbeddedEngine", "ClusterEngine"].contains(module)
      guard isEngine || Rooms.ofTarget[module]?.room == "Platform" else { return nil }
      return "\(file.path):\(number): \(place.target) may not import \(module); ask through a port or the kit"
    }
  }

  static let noFoundation = Rule(name: "the server does without Foundation") { file in
    guard file.path.hasPrefix("Sources/") else { return [] }
    return imports(of: file).filter { $0.module.hasPrefix("Foundation") }.map { number, module in
      "\(file.path):\(number): imports \(module); use Ground, Platform or Glibc"
    }
  }

  /// The modules that a Swift file imports, with their line numbers.
  static func imports(of file: SourceFile) -> [(number: Int, module: String)] {
    guard file.path.hasSuffix(".swift") else { return [] }
    return file.lines.enumerated().compactMap { index, line in
      let words = line.split(separator: " ").drop { word in
        word.hasPrefix("@") || ["public", "package", "internal", "fileprivate", "private"].contains(word)
      }
      guard words.first == "import", let last = words.dropFirst().last(where: { !$0.hasPrefix("//") }) else {
        return nil
      }
      let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]
      let name = words.dropFirst().first { !kinds.contains($0) } ?? last
      return (index + 1, String(name.split(separator: ".")[0]))
    }
  }
}

// MARK: Shape

extension Rule {
  static let lineCountMax = 500

  static let fileLength = Rule(name: "a file has at most \(lineCountMax) lines") { file in
    let count = file.lines.count - (file.text.hasSuffix("\n") ? 1 : 0)
    let isSource = [".swift", ".c", ".h", ".py", ".sh"].contains { file.path.hasSuffix($0) }
    return isSource && count > lineCountMax
      ? ["\(file.path): \(count) lines, at most \(lineCountMax); split it by verb or message"] : []
  }

  static let leftovers = Rule(name: "no left-over markers") { file in
    // Spelled in two parts, so that this file does not find itself.
    let markers = ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "HA" + "CK:"]
    return lines(of: file) { line in markers.contains { line.contains($0) } }
      .map { "\(file.path):\($0): a left-over marker; do it, or file an issue" }
  }

  static let machinePaths = Rule(name: "no paths of one machine") { file in
    let prefixes = ["/wo" + "rk/", "/ro" + "ot/", "/opt/sw" + "ift"]
    return lines(of: file) { line in prefixes.contains { line.contains($0) } }
      .map { "\(file.path):\($0): names a path of one machine" }
  }

  /// The reason stands on the line itself or as a comment on the line before or after it.
  static let uncheckedSendable = Rule(name: "an unchecked conformance states its reason") { file in
    let marker = "@unchecked" + " Sendable"
    let all = file.lines
    guard file.path.hasSuffix(".swift") else { return [] }
    return all.indices.compactMap { index in
      guard let place = all[index].firstRange(of: marker), !isComment(all[index]) else { return nil }
      if all[index][place.upperBound...].contains("//") { return nil }
      let around = [index - 1, index + 1].filter(all.indices.contains)
      return around.contains { isComment(all[$0]) && !all[$0].contains("///") }
        ? nil : "\(file.path):\(index + 1): \(marker) needs its reason as a comment on the same line or beside it"
    }
  }

  private static func isComment(_ line: Substring) -> Bool {
    line.trimmingPrefix(while: \.isWhitespace).hasPrefix("//")
  }

  /// Top-level types only: a nested one is often explained by the property it belongs to.
  static let documentation = Rule(name: "types for other modules are documented") { file in
    guard file.path.hasPrefix("Sources/"), file.path.hasSuffix(".swift") else { return [] }
    let all = file.lines
    return all.indices.compactMap { index in
      guard declaresType(all[index]) else { return nil }
      var above = index - 1
      while above >= 0, all[above].hasPrefix("@") || all[above].hasPrefix("//") && !all[above].hasPrefix("///") {
        above -= 1
      }
      return above >= 0 && (all[above].hasPrefix("///") || all[above].hasSuffix("*/"))
        ? nil : "\(file.path):\(index + 1): no documentation above '\(all[index].prefix(60))'"
    }
  }

  private static func declaresType(_ line: Substring) -> Bool {
    let words = line.split(separator: " ")
    guard !line.hasPrefix(" "), words.count > 2, words[0] == "package" || words[0] == "public" else { return false }
    let modifiers: Set<Substring> = ["final", "indirect", "nonisolated"]
    guard let kind = words.dropFirst().first(where: { !modifiers.contains($0) }) else { return false }
    return ["struct", "class", "enum", "protocol", "actor"].contains(kind)
  }

  /// The numbers of the lines that `isWrong` picks.
  private static func lines(of file: SourceFile, where isWrong: (Substring) -> Bool) -> [Int] {
    file.lines.enumerated().compactMap { isWrong($1) ? $0 + 1 : nil }
  }
}
