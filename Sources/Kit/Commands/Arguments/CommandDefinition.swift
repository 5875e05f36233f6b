/// A command as it is declared: parsing, help, the reference page and completion are made from this.
package struct CommandDefinition: Sendable {
  /// The names that call it, for example `keys create`.
  package let path: [String]
  /// One line.
  package let summary: String
  /// Further notes; may be empty.
  package let discussion: String
  package let operands: [OperandDefinition]
  package var options: [OptionDefinition]
  package let examples: [Example]
  /// The list that it shows; nil where it does anything else.
  package let list: ListDefinition?
  package let run: @Sendable (ParsedArguments, CommandContext) throws -> ExitCode

  package var name: String { path.joined(separator: " ") }

  /// The options of this command and those that every command has.
  package var allOptions: [OptionDefinition] { options + [OptionDefinition.help] }

  package init(
    path: [String], summary: String, discussion: String = "", operands: [OperandDefinition] = [],
    options: [OptionDefinition] = [], examples: [Example] = [], list: ListDefinition? = nil,
    run: @escaping @Sendable (ParsedArguments, CommandContext) throws -> ExitCode
  ) {
    self.list = list
    self.path = path
    self.summary = summary
    self.discussion = discussion
    self.operands = operands
    self.options = options
    self.examples = examples
    self.run = run
  }

  /// A command that shows a list and nothing else.
  package init(
    path: [String], summary: String, discussion: String = "", options: [OptionDefinition], examples: [Example],
    list: ListDefinition
  ) {
    self.init(
      path: path, summary: summary, discussion: discussion, options: options, examples: examples, list: list,
      run: { try list.run($0, $1) })
  }

  /// A command line, and what it does.
  package struct Example: Sendable {
    package let command: String
    package let meaning: String

    package init(command: String, meaning: String) {
      self.command = command
      self.meaning = meaning
    }
  }
}

/// An argument of a command line that is not an option.
package struct OperandDefinition: Sendable {
  package let name: String
  package let meaning: String
  package let isRequired: Bool

  package init(name: String, meaning: String, isRequired: Bool = true) {
    self.name = name
    self.meaning = meaning
    self.isRequired = isRequired
  }
}

/// An option of a command.
package struct OptionDefinition: Sendable {
  /// The name with its dashes, for example `--limit`.
  package let name: String
  /// One letter with its dash, for example `-n`.
  package let letter: String?
  /// What the value is called, for example `COUNT`; nil for a switch.
  package let value: String?
  /// Whether `true` or `false` may follow a switch.
  package let takesBoolean: Bool
  package let meaning: String
  /// The accepted values; empty for any.
  package let choices: [String]
  package let isRepeatable: Bool
  /// Checks a value: nil if it is valid, else what is expected instead.
  package let check: @Sendable (String) -> String?
  /// The parameter that a request gets for it; nil for none.
  package let parameter: RequestParameter?

  package init(
    name: String, letter: String? = nil, value: String? = nil, takesBoolean: Bool = false, meaning: String,
    choices: [String] = [], isRepeatable: Bool = false, check: @escaping @Sendable (String) -> String? = { _ in nil },
    parameter: RequestParameter? = nil
  ) {
    self.name = name
    self.letter = letter
    self.value = value
    self.takesBoolean = takesBoolean
    self.meaning = meaning
    self.choices = choices
    self.isRepeatable = isRepeatable
    self.check = check
    self.parameter = parameter
  }

  /// What an option takes after its name.
  enum Form { case flag, value, boolean }

  var form: Form { value != nil ? .value : takesBoolean ? .boolean : .flag }
  var valueName: String { value ?? "value" }

  /// The values that may follow a switch that stands for a setting.
  static let booleanTexts = ["true", "false", "yes", "no", "on", "off", "1", "0"]

  package static let help = OptionDefinition(name: "--help", letter: "-h", meaning: "Show this help.")
  package static let json = OptionDefinition(name: "--json", meaning: "Write JSON, for scripts.")
}

/// The options and operands of a command line, checked against the command's definition.
package struct ParsedArguments: Sendable {
  private var values: [String: [String]] = [:]
  package private(set) var operands: [String] = []
  /// The command line as it was given, for a message that repeats it.
  package private(set) var given: [String] = []
  /// The options that the command has.
  let options: [OptionDefinition]

  /// The last value of an option.
  package subscript(option: String) -> String? { values[option]?.last }

  package func has(_ option: String) -> Bool { values[option] != nil }

  package func all(_ option: String) -> [String] { values[option] ?? [] }

  /// Reads the arguments after a command's name.
  package init(_ words: [String], for command: CommandDefinition) throws(CommandFailure) {
    given = words
    options = command.allOptions
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
    case .boolean:
      if value == nil, index < words.count, OptionDefinition.booleanTexts.contains(words[index]) {
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

  /// The name of an option and the value in the same argument, if there is one: `--limit=5`, `-n=5` or `-n5`.
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
    let empty = zip(command.operands, operands).first { $0.isRequired && $1.isEmpty }?.0
    let missing = empty ?? command.operands.dropFirst(operands.count).first { $0.isRequired }
    guard let missing else { return }
    let meaning = missing.meaning.prefix(1).lowercased() + missing.meaning.dropFirst()
    throw Self.misuse("Missing <\(missing.name)>: \(meaning)", command)
  }

  private static func misuse(_ message: String, _ command: CommandDefinition) -> CommandFailure {
    CommandFailure(.usage, "\(message)\nSee 'axonize \(command.name) --help'.")
  }
}
