import Configuration
import Identity

/// Finds the command that a command line calls, and runs it.
package struct CommandDispatch {
  /// In the order of the help.
  private let commands: [CommandDefinition]

  package init(_ commands: [CommandDefinition]) { self.commands = commands }

  /// Runs a command line and returns its exit code.
  ///
  /// Errors go to standard error.
  package func run(_ arguments: [String], _ context: CommandContext) -> ExitCode {
    do {
      return try dispatch(arguments, context)
    } catch let failure as CommandFailure {
      context.writeError("axonize: \(failure.message)\n")
      return failure.code
    } catch let error as RegistryError {
      context.writeError("axonize: \(error.message)\n")
      switch error.kind {
      case .notFound: return .notFound
      case .invalid: return .usage
      default: return .failure
      }
    } catch {
      context.writeError("axonize: \(error)\n")
      return .failure
    }
  }

  private func dispatch(_ arguments: [String], _ context: CommandContext) throws -> ExitCode {
    guard let first = arguments.first else {
      context.writeError(HelpText.program(commands))
      return .usage
    }
    if ["--help", "-h"].contains(first) || arguments == ["help"] {
      context.write(HelpText.program(commands))
      return .success
    }
    if first == "--version" { return try dispatch(["version"], context) }
    if first == "help" { return try dispatch(Array(arguments.dropFirst()) + ["--help"], context) }
    if arguments.count == 2, ["--help", "-h"].contains(arguments[1]), let group = HelpText.group(first, commands) {
      context.write(group)
      return .success
    }
    let command = try find(arguments)
    let parsed = try ParsedArguments(Array(arguments.dropFirst(command.path.count)), for: command)
    if parsed.has("--help") {
      context.write(HelpText.command(command, columnCount: context.columnCount))
      return .success
    }
    var context = context
    context.lists = commands.compactMap(\.list)
    return try command.run(parsed, context)
  }

  private func find(_ arguments: [String]) throws(CommandFailure) -> CommandDefinition {
    let first = arguments[0]
    let inGroup = commands.filter { $0.path[0] == first }
    // A command may have others below it.
    let called = inGroup.filter { arguments.starts(with: $0.path) }
    if let command = called.max(by: { $0.path.count < $1.path.count }) { return command }
    if inGroup.isEmpty {
      let phrase = Suggestion.phrase(for: first, among: commands.map { $0.path[0] })
      let hint = phrase.isEmpty ? Self.member(first, of: commands) ?? "." : phrase
      throw CommandFailure(.usage, "There is no command '\(TextWidth.visible(first))'\(hint)\nSee 'axonize --help'.")
    }
    let names = inGroup.compactMap { $0.path.dropFirst().first }
    let list = names.map { "'axonize \(first) \($0)'" }.joined(separator: ", ")
    guard arguments.count > 1, !arguments[1].hasPrefix("-") else {
      throw CommandFailure(.usage, "'axonize \(first)' needs a command: \(list).")
    }
    let hint = Similar.phrase(for: arguments[1], among: names)
    throw CommandFailure(
      .usage, "There is no command '\(first) \(TextWidth.visible(arguments[1]))'\(hint)\nThere are \(list).")
  }

  /// What a second name may mean that was given without its first one; nil where it is none or several have it.
  private static func member(_ name: String, of commands: [CommandDefinition]) -> String? {
    let members = commands.filter { $0.path.count > 1 }
    guard let word = Suggestion.nearest(to: name, among: Set(members.map { $0.path[1] })) else { return nil }
    let found = members.filter { $0.path[1] == word }
    return found.count == 1 ? "; did you mean '\(found[0].name)'?" : nil
  }
}
