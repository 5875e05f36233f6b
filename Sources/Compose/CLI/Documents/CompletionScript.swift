import Commands

/// Completion scripts, made from the commands.
enum CompletionScript {
  static let shells = ["bash", "zsh", "fish"]

  static func of(_ shell: String, _ commands: [CommandDefinition]) -> String? {
    switch shell {
    case "bash": bash(commands)
    case "zsh": "#compdef axonize\nautoload -U +X bashcompinit && bashcompinit\n" + bash(commands)
    case "fish": fish(commands)
    default: nil
    }
  }

  private static func bash(_ commands: [CommandDefinition]) -> String {
    var cases = ""
    for command in commands {
      let names = command.allOptions.map(\.name).joined(separator: " ")
      cases += "    '\(command.name)') words='\(names)\(operands(command))' ;;\n"
    }
    for group in groups(commands) {
      cases += "    '\(group.name)') words='\(group.words.joined(separator: " "))' ;;\n"
    }
    var choices = ""
    for (option, words) in choicesByOption(commands) {
      choices +=
        "    \(option)) COMPREPLY=($(compgen -W '\(words.joined(separator: " "))' -- \"$current\")); return ;;\n"
    }
    return """
      # Completion of axonize.
      _axonize() {
        local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" command="${COMP_WORDS[1]}" words
        case "$previous" in
      \(choices)    \(names("FILE", commands))) COMPREPLY=($(compgen -f -- "$current")); return ;;
          \(names("DIRECTORY", commands))) COMPREPLY=($(compgen -d -- "$current")); return ;;
        esac
        if [ "$COMP_CWORD" -eq 1 ]; then
          words='\(firstWords(commands).joined(separator: " "))'
        else
          case "$command" in
          \(groups(commands).map(\.name).joined(separator: "|"))) [ "$COMP_CWORD" -gt 2 ] && command="$command ${COMP_WORDS[2]}" ;;
          esac
          case "$command" in
      \(cases)    esac
        fi
        COMPREPLY=($(compgen -W "$words" -- "$current"))
      }
      complete -F _axonize axonize

      """
  }

  private static func fish(_ commands: [CommandDefinition]) -> String {
    var text = "# Completion of axonize.\ncomplete -c axonize -f\n"
    for word in firstWords(commands) {
      let summary = commands.first { $0.name == word }?.summary ?? "\(word): see its commands"
      text += "complete -c axonize -n __fish_use_subcommand -a \(word) -d '\(quoted(summary))'\n"
    }
    for group in groups(commands) {
      let seen = group.words.map { "__fish_seen_subcommand_from \($0)" }.joined(separator: "; or ")
      for word in group.words {
        let summary = commands.first { $0.path == [group.name, word] }?.summary ?? ""
        text +=
          "complete -c axonize -n '__fish_seen_subcommand_from \(group.name); and not begin; \(seen); end' "
          + "-a \(word) -d '\(quoted(summary))'\n"
      }
    }
    for command in commands {
      let condition = command.path.map { "__fish_seen_subcommand_from \($0)" }.joined(separator: "; and ")
      for option in command.allOptions {
        var line = "complete -c axonize -n '\(condition)' -l \(option.name.dropFirst(2))"
        if let letter = option.letter { line += " -s \(letter.dropFirst())" }
        if option.value != nil {
          line += option.choices.isEmpty ? " -r -F" : " -x -a '\(option.choices.joined(separator: " "))'"
        }
        text += line + " -d '\(quoted(option.meaning))'\n"
      }
    }
    text += "complete -c axonize -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'\n"
    return text
  }

  private static func quoted(_ text: String) -> String {
    text.map { $0 == "'" ? "\\'" : $0 == "\\" ? "\\\\" : String($0) }.joined()
  }

  private static func operands(_ command: CommandDefinition) -> String {
    command.path == ["completion"] ? " " + shells.joined(separator: " ") : ""
  }

  private static func firstWords(_ commands: [CommandDefinition]) -> [String] {
    var words: [String] = []
    for command in commands where !words.contains(command.path[0]) { words.append(command.path[0]) }
    return words + ["help"]
  }

  /// First words that need a second one.
  private static func groups(_ commands: [CommandDefinition]) -> [(name: String, words: [String])] {
    firstWords(commands).compactMap { name in
      let words = commands.filter { $0.path.count == 2 && $0.path[0] == name }.map { $0.path[1] }
      return words.isEmpty ? nil : (name, words)
    }
  }

  /// The options with a value that is called so, as a pattern of a shell.
  private static func names(_ value: String, _ commands: [CommandDefinition]) -> String {
    Set(commands.flatMap(\.options).filter { $0.value == value }.map(\.name)).sorted().joined(separator: "|")
  }

  private static func choicesByOption(_ commands: [CommandDefinition]) -> [(option: String, words: [String])] {
    var found: [String: [String]] = [:]
    for option in commands.flatMap(\.options) where !option.choices.isEmpty {
      found[option.name, default: []] += option.choices.filter { !(found[option.name] ?? []).contains($0) }
    }
    return found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}
