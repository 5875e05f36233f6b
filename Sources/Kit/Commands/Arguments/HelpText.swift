import Base

/// The help of the program and of its commands.
package enum HelpText {
  /// The longest lines, where the terminal has room for them or is none.
  private static let widthMax = 100
  /// The shortest lines; a narrower terminal breaks them itself.
  private static let widthMin = 60

  package static func program(_ commands: [CommandDefinition]) -> String {
    var text = """
      axonize \(Version.current): what every inference did, on which GPU, for how long.

      Usage: axonize <command> [options]

      Commands:

      """
    let width = commands.map(\.name.count).max() ?? 0
    for command in commands { text += "  \(TextWidth.pad(command.name, to: width))  \(command.summary)\n" }
    text += """

      'axonize <command> --help' describes one of them.
      To begin, start 'axonize serve'. 'axonize host' shows this machine, and 'axonize metrics list' what is
      kept of it. Send OTLP to 127.0.0.1:4317 (gRPC) or 127.0.0.1:4318 (HTTP), then see 'axonize traces'.

      """
    return text
  }

  /// The help of a first name that needs a second one; nil for any other name.
  package static func group(_ name: String, _ commands: [CommandDefinition]) -> String? {
    let members = commands.filter { $0.path.count > 1 && $0.path[0] == name }
    if members.isEmpty { return nil }
    return "Usage: axonize \(name) <command> [options]\n\nCommands:\n"
      + columns(members.map { ($0.name, $0.summary) }, widthMax)
      + "\n'axonize \(name) <command> --help' describes one of them.\n"
  }

  /// - Parameter columnCount: the columns of the terminal; nil for none.
  package static func command(_ command: CommandDefinition, columnCount: Int? = nil) -> String {
    let width = max(widthMin, min(columnCount ?? widthMax, widthMax))
    var text = "\(command.summary)\n\nUsage: axonize \(usage(command))\n"
    if !command.discussion.isEmpty { text += "\n" + wrap(command.discussion, width: width) }
    let operands = command.operands.map { ($0.name, $0.meaning) }
    if !operands.isEmpty { text += "\nOperands:\n" + columns(operands, width) }
    let options = command.allOptions.map { option in
      let names = [option.letter, option.name].compactMap { $0 }.joined(separator: ", ")
      let choices = option.choices.isEmpty ? "" : " One of \(option.choices.joined(separator: ", "))."
      return (
        names + (option.value.map { " \($0)" } ?? (option.takesBoolean ? " [true|false]" : "")),
        option.meaning + choices
      )
    }
    text += "\nOptions:\n" + columns(options, width)
    if !command.examples.isEmpty {
      text += "\nExamples:\n"
      for example in command.examples { text += "  \(example.command)\n      \(example.meaning)\n" }
    }
    return text
  }

  private static func usage(_ command: CommandDefinition) -> String {
    let operands = command.operands.map { $0.isRequired ? " <\($0.name)>" : " [<\($0.name)>]" }.joined()
    return command.name + operands + (command.options.isEmpty ? "" : " [options]")
  }

  private static func columns(_ rows: [(String, String)], _ lineWidth: Int) -> String {
    let width = min(rows.map(\.0.count).max() ?? 0, 30)
    let margin = String(repeating: " ", count: width + 4)
    return rows.map { name, meaning in
      let lines = wrap(meaning, width: lineWidth - width - 4).split(separator: "\n")
      let head = name.count > width ? "  \(name)\n\(margin)" : "  \(TextWidth.pad(name, to: width))  "
      return head + lines.joined(separator: "\n\(margin)") + "\n"
    }
    .joined()
  }

  private static func wrap(_ text: String, width: Int) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { paragraph in
      var lines: [String] = [""]
      for word in paragraph.split(separator: " ") {
        let last = lines[lines.count - 1]
        if !last.isEmpty, last.count + 1 + word.count > width {
          lines.append(String(word))
        } else {
          lines[lines.count - 1] += (last.isEmpty ? "" : " ") + word
        }
      }
      return lines.joined(separator: "\n") + "\n"
    }
    .joined()
  }
}
