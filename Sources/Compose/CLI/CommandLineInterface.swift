import BlockingHTTPClient
import Commands
package import Configuration
import EmbeddedEngine
import Feature
import Features
import Glibc
import HTTPTypes
import System

/// The commands of `axonize`.
package enum CommandLineInterface {
  /// Every command in the order of the help.
  static let commands: [CommandDefinition] =
    [ServerCommands.serve] + Features.all.flatMap { $0.commands } + ServerCommands.config
    + [DoctorCommand.definition, ServerCommands.version, ServerCommands.completion]

  /// Runs a command line in this process and returns its exit code.
  ///
  /// - Parameters:
  ///   - arguments: without the program's name.
  ///   - serve: runs the server until a signal stops it, and returns its exit code; says when it is ready.
  ///   - probeEngine: loads the analytics engine and says which one it is, for `doctor`; throws what is wrong.
  package static func run(
    arguments: [String], environment: [String: String], serve: @escaping (Configuration, ((String?) -> Void)?) -> Int32,
    probeEngine: @escaping (Configuration) throws -> String
  ) -> Int32 {
    let isTerminal = Terminal.isTerminal(STDOUT_FILENO)
    let noColor = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    let context = CommandContext(
      settings: Features.settings, environment: environment, write: { StandardStream.write($0, to: STDOUT_FILENO) },
      writeError: { StandardStream.write($0, to: STDERR_FILENO) },
      columnCount: isTerminal ? Terminal.columnCount(STDOUT_FILENO) ?? 80 : nil,
      colors: isTerminal && !noColor && environment["TERM"] != "dumb", now: { WallClock.now },
      readFile: { path in File.exists(path) ? try File.read(path, sizeMax: 16 << 20) : nil },
      request: { server, request, receive throws(BlockingHTTPError) in
        try BlockingHTTPClient(server: server).stream(request, receive: receive)
      }, serve: serve, probeEngine: probeEngine, userID: geteuid(),
      runningServers: { try RunningServer.all(lockFileName: StoreFolder.lockFileName) })
    return CommandDispatch(commands).run(arguments, context).rawValue
  }
}
