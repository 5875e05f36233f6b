extension Rule {
  /// A loop that only lets time pass ends when its condition does; when a change breaks the condition, the suite hangs
  /// instead of failing.
  static let boundedWaits = Rule(name: "a test waits within a bound") { file in
    guard isTest(file), file.path.hasSuffix(".swift"), file.text.contains("while ") else { return [] }
    let lines = SwiftCode(file.text).lines.map { $0.trimming(while: \.isWhitespace) }
    return lines.indices.compactMap { index in
      guard lines[index].hasPrefix("while "), let brace = lines[index].lastIndex(of: "{") else { return nil }
      let rest = lines[index][lines[index].index(after: brace)...].trimming(while: \.isWhitespace)
      // The body is on this line, or it is the one line below.
      let isOneLine = rest.hasSuffix("}") || index + 2 < lines.count && rest.isEmpty && lines[index + 2] == "}"
      let body = rest.isEmpty && index + 1 < lines.count ? lines[index + 1] : rest
      // A condition that reads or throws does the work itself: its input ends.
      let isIdle = body == "}" && !lines[index].contains(" let ") && !lines[index].contains("try ")
      let onlyWaits = isIdle || pauses.contains { body.hasPrefix($0) }
      return isOneLine && onlyWaits
        ? "\(file.path):\(index + 1): waits without a bound; use eventually { … } of TestSupport" : nil
    }
  }

  private static let pauses = [
    "await Task.yield()", "try await Task.sleep", "try? await Task.sleep", "sched_yield()", "usleep(", "nanosleep(",
    "Thread.sleep", "Thread.yield", "pause()",
  ]

  /// Of `a && b`, a failure does not say which was false.
  static let singleExpectations = Rule(name: "an expectation expects one thing") { file in
    guard isTest(file), file.path.hasSuffix(".swift"), file.text.contains("&&") else { return [] }
    let code = SwiftCode(file.text).bytes
    return ["#expect(", "#require("].flatMap { name -> [String] in
      let opening = Array(name.utf8)
      return code.indices.filter { code[$0] == opening[0] && code[$0...].starts(with: opening) }
        .filter { joinsConditions(code, from: $0 + opening.count) }
        .map { place in
          let line = code[..<place].count { $0 == UInt8(ascii: "\n") } + 1
          return "\(file.path):\(line): expects two things at once; write an expectation for each"
        }
    }
  }

  /// Whether the first argument of a call joins conditions by `&&`, outside parentheses, brackets and closures of its own.
  private static func joinsConditions(_ code: [UInt8], from start: Int) -> Bool {
    var depth = 1
    for index in start..<code.count {
      switch code[index] {
      case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      case UInt8(ascii: ",") where depth == 1: return false
      case UInt8(ascii: "&") where depth == 1 && code[index + 1] == UInt8(ascii: "&"): return true
      default: break
      }
      if depth == 0 { return false }
    }
    return false
  }

  private static func isTest(_ file: SourceFile) -> Bool { file.path.hasPrefix("Tests/") }
}

extension Substring {
  func trimming(while predicate: (Character) -> Bool) -> Substring {
    let start = drop(while: predicate)
    return start[..<(start.lastIndex { !predicate($0) }.map(start.index(after:)) ?? start.startIndex)]
  }
}
