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
  /// Responses by target, or by method and target (`PUT /api/v1/x`); what is missing is unreachable.
  package var answers: [String: (status: Int, body: String)] = [:]
  /// The fields of the response to a target.
  package var answerFields: [String: HTTPFields] = [:]
  /// How the response to a target breaks off after its body, ``failureCount`` times.
  package var failures: [String: BlockingHTTPError] = [:]
  package var environment: [String: String] = [:]
  package var columnCount: Int?
  package var colors = false
  package var files: [String: String] = [:]
  package var engine: Result<String, any Error> = .success("chDB 26.9 from libchdb.so")
  package var userID: UInt32 = geteuid()
  package var servers: [RunningServer] = []
  /// How often a failure comes; then the response is whole.
  package var failureCount = Int.max
  package private(set) var requests: [(url: String, target: String, fields: HTTPFields)] = []
  /// The method and the body of each of ``requests``.
  package private(set) var sent: [(method: HTTPMethod, body: String)] = []
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
      request: { server, request, receive throws(BlockingHTTPError) in
        let target = request.target
        self.requests.append((server.description, target, request.fields))
        self.sent.append((request.method, String(decoding: request.body ?? [], as: UTF8.self)))
        guard let answer = self.answers["\(request.method) \(target)"] ?? self.answers[target] else {
          throw BlockingHTTPError(kind: .unreachable, reason: "connect: Connection refused (ECONNREFUSED)")
        }
        // Cut in two, as a network may.
        let bytes = Array(answer.body.utf8)
        let wantsMore =
          receive(answer.status, bytes[..<(bytes.count / 2)])
          && receive(answer.status, bytes[(bytes.count / 2)...])
        if wantsMore, let failure = self.failures[target], self.failureCount > 0 {
          self.failureCount -= 1
          throw failure
        }
        return BlockingHTTPResponseHead(status: answer.status, fields: self.answerFields[target] ?? [:])
      },
      serve: { configuration, whenReady in
        self.served = configuration
        whenReady?(nil)
        return 0
      }, probeEngine: { _ in try self.engine.get() }, userID: userID, runningServers: { self.servers })
    return CommandDispatch(commands).run(arguments, context)
  }
}
