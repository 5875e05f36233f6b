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

/// A word of a command line that is not an option.
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
  /// Whether `true` or `false` may follow a switch.
  var takesTruth = false
  let meaning: String
  /// The words that the value may be; empty for any.
  var choices: [String] = []
  var isRepeatable = false
  /// Whether a value is fine: nil, or what is expected instead.
  var check: @Sendable (String) -> String? = { _ in nil }

  /// What an option takes after its name.
  enum Form { case flag, value, truth }

  var form: Form { value != nil ? .value : takesTruth ? .truth : .flag }
  var valueName: String { value ?? "value" }

  /// The words that may follow a switch that stands for a setting.
  static let truthWords = ["true", "false", "yes", "no", "on", "off", "1", "0"]

  static let help = OptionDefinition(name: "--help", letter: "-h", meaning: "Show this help.")
  static let json = OptionDefinition(name: "--json", meaning: "Write JSON, for scripts.")
}

/// The options and operands of a command line, checked against the command's definition.
struct ParsedArguments: Sendable {
  fileprivate(set) var values: [String: [String]] = [:]
  fileprivate(set) var operands: [String] = []
  /// The words as they were given, for a message that repeats them.
  private(set) var words: [String] = []

  /// The last value of an option.
  subscript(option: String) -> String? { values[option]?.last }

  func has(_ option: String) -> Bool { values[option] != nil }

  func all(_ option: String) -> [String] { values[option] ?? [] }

  init() {}

  /// Reads the words after a command's name.
  init(_ words: [String], for command: CommandDefinition) throws(CommandFailure) {
    self.words = words
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
    let (name, attached) = Self.split(word)
    guard let option = command.allOptions.first(where: { $0.name == name || $0.letter == name }) else {
      let names = command.allOptions.map(\.name)
      throw Self.misuse(
        "There is no option '\(TextWidth.visible(name))'\(Similar.phrase(for: name, among: names))", command)
    }
    var value = attached
    switch option.form {
    case .flag:
      if let attached { throw Self.misuse("\(option.name) takes no value, but is given '\(attached)'.", command) }
    case .value:
      if value == nil {
        guard index < words.count else {
          throw Self.misuse("\(option.name) needs a value: \(option.valueName).", command)
        }
        value = words[index]
        index += 1
      }
    case .truth:
      if value == nil, index < words.count, OptionDefinition.truthWords.contains(words[index]) {
        value = words[index]
        index += 1
      }
      value = value ?? "true"
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

  /// The name of an option and the value in the same word, if there is one: `--limit=5`, `-n=5` or `-n5`.
  private static func split(_ word: String) -> (name: String, value: String?) {
    if !word.hasPrefix("--"), word.count > 2 {
      let rest = word.dropFirst(2)
      return (String(word.prefix(2)), String(rest.hasPrefix("=") ? rest.dropFirst() : rest))
    }
    guard let sign = word.firstIndex(of: "=") else { return (word, nil) }
    return (String(word[..<sign]), String(word[word.index(after: sign)...]))
  }

  private func checkOperands(_ command: CommandDefinition) throws(CommandFailure) {
    if operands.count > command.operands.count {
      throw Self.misuse("Unexpected argument '\(TextWidth.visible(operands[command.operands.count]))'.", command)
    }
    let missing = command.operands.dropFirst(operands.count).first { $0.isRequired }
    if let missing { throw Self.misuse("The \(missing.name) is missing. \(missing.meaning)", command) }
  }

  private static func misuse(_ message: String, _ command: CommandDefinition) -> CommandFailure {
    CommandFailure(.usage, "\(message)\nSee 'axonize \(command.name) --help'.")
  }
}
