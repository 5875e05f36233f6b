import Base
package import BlockingHTTPClient
package import Commands
package import Configuration
import Glibc
package import HTTPTypes

/// The outside world of a command in a test: answers of a server, and what was written.
package final class CommandWorld {
  private let commands: [CommandDefinition]
  private let settings: SettingCatalog
  /// Answers by target; a target that is missing is answered as unreachable.
  package var answers: [String: (status: Int, body: String)] = [:]
  /// How the answer of a target breaks off after its body.
  package var failures: [String: BlockingHTTPError] = [:]
  package var environment: [String: String] = [:]
  package var columnCount: Int?
  package var colors = false
  package var files: [String: String] = [:]
  package var engine: Result<String, any Error> = .success("chDB 26.9 from libchdb.so")
  package var userID: UInt32 = geteuid()
  package var servers: [RunningServer] = []
  package private(set) var requests: [(url: String, target: String, fields: HTTPFields)] = []
  package private(set) var output = ""
  package private(set) var errors = ""
  package private(set) var served: Configuration?

  /// - Parameters:
  ///   - commands: the commands that a command line may call.
  ///   - settings: what may be set.
  package init(_ commands: [CommandDefinition], settings: SettingCatalog = SettingCatalog(features: [])) {
    self.commands = commands
    self.settings = settings
  }

  package func run(_ arguments: String...) -> ExitCode { run(arguments) }

  package func run(_ arguments: [String]) -> ExitCode {
    output = ""
    errors = ""
    let context = CommandContext(
      settings: settings, environment: environment, write: { self.output += $0 }, writeError: { self.errors += $0 },
      columnCount: columnCount, colors: colors, now: { UnixNanoseconds(1_795_248_000_000_000_000) },
      readFile: { path in self.files[path].map { Array($0.utf8) } },
      request: { server, _, target, fields, receive throws(BlockingHTTPError) in
        self.requests.append((server.description, target, fields))
        guard let answer = self.answers[target] else {
          throw BlockingHTTPError(kind: .unreachable, reason: "connect: Connection refused (ECONNREFUSED)")
        }
        // Cut in two, as a network may.
        let bytes = Array(answer.body.utf8)
        let wantsMore =
          receive(answer.status, bytes[..<(bytes.count / 2)])
          && receive(answer.status, bytes[(bytes.count / 2)...])
        if wantsMore, let failure = self.failures[target] { throw failure }
        return answer.status
      },
      serve: { configuration in
        self.served = configuration
        return 0
      }, probeEngine: { _ in try self.engine.get() }, userID: userID, runningServers: { self.servers })
    return CommandDispatch(commands).run(arguments, context)
  }
}
