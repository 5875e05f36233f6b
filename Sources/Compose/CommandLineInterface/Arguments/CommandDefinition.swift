/// A command as it is declared: parsing, help, the reference page and completion are made from this.
struct CommandDefinition: Sendable {
  /// The words that call it, e.g. `keys create`.
  let path: [String]
  /// One line.
  let summary: String
  /// What else is worth knowing; may be empty.
  var discussion = ""
  var operands: [OperandDefinition] = []
  var options: [OptionDefinition] = []
  var examples: [Example] = []
  let run: @Sendable (ParsedArguments, CommandContext) throws -> ExitCode

  var name: String { path.joined(separator: " ") }

  /// The options of this command and those that every command has.
  var allOptions: [OptionDefinition] { options + [OptionDefinition.help] }

  struct Example: Sendable {
    let command: String
    let meaning: String
  }
}

/// A word of a command line that is no option.
struct OperandDefinition: Sendable {
  let name: String
  let meaning: String
  var isRequired = true
}

/// An option of a command.
struct OptionDefinition: Sendable {
  /// The name with its dashes, e.g. `--limit`.
  let name: String
  /// One letter with its dash, e.g. `-n`.
  var letter: String?
  /// What the value is called, e.g. `COUNT`; nil for a switch.
  var value: String?
  let meaning: String
  /// The words that the value may be; empty for any.
  var choices: [String] = []
  var isRepeatable = false
  /// Whether a value is fine: nil, or what is expected instead.
  var check: @Sendable (String) -> String? = { _ in nil }

  static let help = OptionDefinition(name: "--help", letter: "-h", meaning: "Show this help.")
  static let json = OptionDefinition(name: "--json", meaning: "Write JSON, for scripts.")
}

/// The options and operands of a command line, checked against the command's definition.
struct ParsedArguments: Sendable {
  fileprivate(set) var values: [String: [String]] = [:]
  fileprivate(set) var operands: [String] = []

  /// The last value of an option.
  subscript(option: String) -> String? { values[option]?.last }

  func has(_ option: String) -> Bool { values[option] != nil }

  func all(_ option: String) -> [String] { values[option] ?? [] }

  init() {}

  /// Reads the words after a command's name.
  init(_ words: [String], for command: CommandDefinition) throws(CommandFailure) {
    var index = 0
    var onlyOperands = false
    while index < words.count {
      let word = words[index]
      index += 1
      if onlyOperands || !word.hasPrefix("-") || word == "-" {
        operands.append(word)
      } else if word == "--" {
        onlyOperands = true
      } else {
        try readOption(word, words, &index, command)
      }
    }
    if has("--help") { return }
    try checkOperands(command)
  }

  private mutating func readOption(
    _ word: String, _ words: [String], _ index: inout Int, _ command: CommandDefinition
  ) throws(CommandFailure) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let option = command.allOptions.first(where: { $0.name == parts[0] || $0.letter == parts[0] }) else {
      let names = command.allOptions.map(\.name)
      throw Self.misuse("There is no option '\(parts[0])'\(Similar.phrase(for: parts[0], among: names))", command)
    }
    var value = parts.count > 1 ? parts[1] : nil
    if option.value == nil {
      // `--flag=false` takes a switch back, as a setting's environment variable would.
      if let value, !["true", "false"].contains(value) {
        throw Self.misuse("\(option.name) takes no value, or true or false.", command)
      }
      value = value ?? "true"
    } else if value == nil {
      guard index < words.count else {
        throw Self.misuse("\(option.name) needs a \(option.value ?? "value").", command)
      }
      value = words[index]
      index += 1
    }
    let text = value ?? ""
    if !option.choices.isEmpty, !option.choices.contains(text) {
      let hint = Similar.phrase(for: text, among: option.choices)
      throw Self.misuse(
        "\(option.name) takes one of \(option.choices.joined(separator: ", ")), not '\(text)'\(hint)", command)
    }
    if let expected = option.check(text) {
      throw Self.misuse("\(option.name) takes \(expected), not '\(text)'.", command)
    }
    if values[option.name] != nil && !option.isRepeatable {
      throw Self.misuse("\(option.name) is given more than once.", command)
    }
    values[option.name, default: []].append(text)
  }

  private func checkOperands(_ command: CommandDefinition) throws(CommandFailure) {
    if operands.count > command.operands.count {
      throw Self.misuse("'\(operands[command.operands.count])' is too much.", command)
    }
    let missing = command.operands.dropFirst(operands.count).first { $0.isRequired }
    if let missing { throw Self.misuse("The \(missing.name) is missing: \(missing.meaning)", command) }
  }

  private static func misuse(_ message: String, _ command: CommandDefinition) -> CommandFailure {
    CommandFailure(.usage, "\(message)\nSee 'axonize \(command.name) --help'.")
  }
}
