import Series

/// A file of Prometheus' test language (`promql/promqltest` of its repository).
struct TestScript {
  enum Command {
    case clear
    case load([(line: SeriesLine, step: Int64)], makesNative: Bool)
    case evaluate(TestCase)
  }

  let commands: [Command]

  /// - Throws: Where a line is none of the language.
  init(_ text: String) throws {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let trimmed = String(line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
      return trimmed.hasPrefix("#") ? "" : trimmed
    }
    var commands: [Command] = []
    var index = 0
    while index < lines.count {
      let first = lines[index].split(whereSeparator: \.isWhitespace).first?.lowercased() ?? ""
      // A command ends at an empty line, or where the next one begins.
      let block =
        lines[index..<min(index + 1, lines.count)]
        + lines[(index + 1)...].prefix {
          !$0.isEmpty && !["eval ", "eval_", "load ", "clear"].contains(where: $0.hasPrefix)
        }
      switch first {
      case "": index += 1
      case "clear":
        commands.append(.clear)
        index += 1
      case _ where first.hasPrefix("load"):
        commands.append(try Self.load(Array(block), first))
        index += block.count
      case _ where first.hasPrefix("eval"):
        commands.append(.evaluate(try TestCase(Array(block), lineNumber: index + 1)))
        index += block.count
      default: throw TestScriptError(line: index + 1, message: "unknown command: \(lines[index])")
      }
    }
    self.commands = commands
  }

  private static func load(_ block: [String], _ name: String) throws -> Command {
    guard let word = block[0].split(whereSeparator: \.isWhitespace).last, let step = TestNumber.milliseconds(word)
    else {
      throw TestScriptError(line: 0, message: "bad load: \(block[0])")
    }
    let series = try block.dropFirst().map { line in
      guard let parsed = SeriesLine(line) else { throw TestScriptError(line: 0, message: "bad series: \(line)") }
      return (line: parsed, step: step)
    }
    return .load(series, makesNative: name == "load_with_nhcb")
  }
}

struct TestScriptError: Error, CustomStringConvertible {
  let line: Int
  let message: String

  var description: String { "line \(line): \(message)" }
}

/// One `eval` of a script, with what it expects.
struct TestCase {
  enum Kind: Equatable {
    case instant(Int64)
    case range(start: Int64, end: Int64, step: Int64)
  }

  /// What a message has to be.
  enum Expectation: Equatable {
    case anything
    case message(String)
    case pattern(String)
  }

  let lineNumber: Int
  let kind: Kind
  let expression: String
  private(set) var fails: Expectation?
  private(set) var warnings: [Expectation] = []
  private(set) var infos: [Expectation] = []
  private(set) var hasNoWarning = false
  private(set) var hasNoInfo = false
  private(set) var isOrdered = false
  private(set) var string: String?
  private(set) var scalar: Double?
  /// The times of the values of ``series``, where an instant query returns a range.
  private(set) var rangeTimes: (start: Int64, step: Int64)?
  private(set) var series: [SeriesLine] = []
  /// Whether a native histogram is expected.
  private(set) var isNative = false

  init(_ block: [String], lineNumber: Int) throws {
    self.lineNumber = lineNumber
    func error(_ text: String) -> TestScriptError { TestScriptError(line: lineNumber, message: text) }
    var words = block[0][...]
    func next() -> String {
      words = words.drop(while: \.isWhitespace)
      let word = words.prefix { !$0.isWhitespace }
      words = words.dropFirst(word.count)
      return String(word)
    }
    func time() throws -> Int64 {
      let word = next()
      guard let time = TestNumber.milliseconds(word) else { throw error("bad time '\(word)'") }
      return time
    }
    let mode = next().split(separator: "_").dropFirst().first ?? ""
    switch next() {
    case "instant":
      let before = words
      if next() == "at" {
        kind = .instant(try time())
      } else {
        words = before
        kind = .instant(0)
      }
    case "range":
      guard next() == "from" else { throw error("no 'from'") }
      let start = try time()
      guard next() == "to" else { throw error("no 'to'") }
      let end = try time()
      guard next() == "step" else { throw error("no 'step'") }
      kind = .range(start: start, end: end, step: try time())
    default: throw error("neither instant nor range")
    }
    expression = String(words.drop(while: \.isWhitespace))
    switch mode {
    case "fail": fails = .anything
    case "warn": warnings = [.anything]
    case "info": infos = [.anything]
    case "ordered": isOrdered = true
    default: break
    }
    for line in block.dropFirst() { try expect(line) }
  }

  private mutating func expect(_ line: String) throws {
    func rest(_ prefix: String) -> String? {
      line.hasPrefix(prefix) ? String(line.dropFirst(prefix.count).drop(while: \.isWhitespace)) : nil
    }
    if let message = rest("expected_fail_message") {
      fails = .message(message)
    } else if let pattern = rest("expected_fail_regexp") {
      fails = .pattern(pattern)
    } else if let times = rest("expect range vector from") {
      let words = times.split(separator: " ")
      guard words.count == 5, let start = TestNumber.milliseconds(words[0]),
        let step = TestNumber.milliseconds(words[4])
      else { throw TestScriptError(line: lineNumber, message: "bad range: \(line)") }
      rangeTimes = (start, step)
    } else if let text = rest("expect string") {
      string = TestText.unquoted(text)
    } else if let annotation = rest("expect ") {
      try expect(annotation: annotation)
    } else if let value = TestNumber.parse(line) {
      scalar = value
    } else if let parsed = SeriesLine(line) {
      series.append(parsed)
      if parsed.isNative { isNative = true }
    } else if line.contains("{{") {
      isNative = true
    } else {
      throw TestScriptError(line: lineNumber, message: "bad expectation: \(line)")
    }
  }

  private mutating func expect(annotation: String) throws {
    let kind = annotation.prefix { !$0.isWhitespace }
    let text = annotation.dropFirst(kind.count).drop(while: \.isWhitespace)
    var expectation = Expectation.anything
    if text.hasPrefix("msg:") {
      expectation = .message(String(text.dropFirst(4).drop(while: \.isWhitespace)))
    } else if text.hasPrefix("regex:") {
      expectation = .pattern(String(text.dropFirst(6).drop(while: \.isWhitespace)))
    }
    switch kind {
    case "fail": fails = expectation
    case "warn": warnings.append(expectation)
    case "info": infos.append(expectation)
    case "no_warn": hasNoWarning = true
    case "no_info": hasNoInfo = true
    case "ordered": isOrdered = true
    default: throw TestScriptError(line: lineNumber, message: "unknown expectation: \(annotation)")
    }
  }
}
