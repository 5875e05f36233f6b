import BlockingHTTPClient
package import Configuration
import Glibc
import HTTPTypes
import Identity
import System

/// The commands of `axonize`.
package enum CommandLineInterface {
  /// Every command in the order of the help.
  static let commands: [CommandDefinition] =
    [ServerCommands.serve] + TraceCommands.all + OwnerCommands.all + LogCommands.all + MetricCommands.all
    + KeyCommands.all
    + TenantCommands.all + ServerCommands.config
    + [DoctorCommand.definition, ServerCommands.version, ServerCommands.completion]

  /// Runs a command line in this process and returns its exit code.
  ///
  /// - Parameters:
  ///   - arguments: without the program's name.
  ///   - serve: runs the server until it is told to stop, and returns its exit code.
  ///   - probeEngine: loads the analytics engine and says which one it is, for `doctor`; throws what is wrong.
  package static func run(
    arguments: [String], environment: [String: String], serve: @escaping (Configuration) -> Int32,
    probeEngine: @escaping (Configuration) throws -> String
  ) -> Int32 {
    let isTerminal = Terminal.isTerminal(STDOUT_FILENO)
    let noColor = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    let context = CommandContext(
      environment: environment, write: { StandardStream.write($0, to: STDOUT_FILENO) },
      writeError: { StandardStream.write($0, to: STDERR_FILENO) },
      columnCount: isTerminal ? Terminal.columnCount(STDOUT_FILENO) ?? 80 : nil,
      colors: isTerminal && !noColor && environment["TERM"] != "dumb", now: { WallClock.now },
      readFile: { path in File.exists(path) ? try File.read(path, sizeMax: 16 << 20) : nil },
      request: { server, method, target, fields, receive throws(BlockingHTTPError) in
        try BlockingHTTPClient(server: server).stream(method, target, fields: fields, receive: receive).status
      }, serve: serve, probeEngine: probeEngine, userID: geteuid(), runningServers: RunningServer.all)
    return run(arguments, context).rawValue
  }

  /// Runs a command line in a world of the caller's.
  package static func run(_ arguments: [String], _ context: CommandContext) -> ExitCode {
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

  private static func dispatch(_ arguments: [String], _ context: CommandContext) throws -> ExitCode {
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
      context.write(HelpText.command(command))
      return .success
    }
    return try command.run(parsed, context)
  }

  private static func find(_ arguments: [String]) throws(CommandFailure) -> CommandDefinition {
    let first = arguments[0]
    let inGroup = commands.filter { $0.path[0] == first }
    if let command = inGroup.first(where: { arguments.starts(with: $0.path) }) { return command }
    if inGroup.isEmpty {
      let hint = Similar.phrase(for: first, among: commands.map { $0.path[0] })
      throw CommandFailure(.usage, "There is no command '\(TextWidth.visible(first))'\(hint)\nSee 'axonize --help'.")
    }
    let words = inGroup.compactMap { $0.path.dropFirst().first }
    let list = words.map { "'axonize \(first) \($0)'" }.joined(separator: ", ")
    guard arguments.count > 1, !arguments[1].hasPrefix("-") else {
      throw CommandFailure(.usage, "'axonize \(first)' needs a command: \(list).")
    }
    let hint = Similar.phrase(for: arguments[1], among: words)
    throw CommandFailure(
      .usage, "There is no command '\(first) \(TextWidth.visible(arguments[1]))'\(hint)\nThere are \(list).")
  }
}
