import BlockingHTTPClient
import Configuration
import Glibc
import Base
import HTTPTypes

@testable import CLI

/// The outside world of a command in a test: answers of a server, and what was written.
final class CommandWorld {
  /// Answers by target; a target that is missing is answered as unreachable.
  var answers: [String: (status: Int, body: String)] = [:]
  var environment: [String: String] = [:]
  var columnCount: Int?
  var colors = false
  var files: [String: String] = [:]
  var engine: Result<String, any Error> = .success("chDB 26.9 from libchdb.so")
  var userID = geteuid()
  var servers: [RunningServer] = []
  private(set) var requests: [(url: String, target: String, fields: HTTPFields)] = []
  private(set) var output = ""
  private(set) var errors = ""
  private(set) var served: Configuration?

  func run(_ arguments: String...) -> ExitCode { run(arguments) }

  func run(_ arguments: [String]) -> ExitCode {
    output = ""
    errors = ""
    let context = CommandContext(
      environment: environment, write: { self.output += $0 }, writeError: { self.errors += $0 },
      columnCount: columnCount, colors: colors, now: { UnixNanoseconds(1_795_248_000_000_000_000) },
      readFile: { path in self.files[path].map { Array($0.utf8) } },
      request: { server, _, target, fields, receive throws(BlockingHTTPError) in
        self.requests.append((server.description, target, fields))
        guard let answer = self.answers[target] else {
          throw BlockingHTTPError(kind: .unreachable, reason: "connect: Connection refused (ECONNREFUSED)")
        }
        // Cut in two, as a network may.
        let bytes = Array(answer.body.utf8)
        if receive(answer.status, bytes[..<(bytes.count / 2)]) {
          _ = receive(answer.status, bytes[(bytes.count / 2)...])
        }
        return answer.status
      },
      serve: { configuration in
        self.served = configuration
        return 0
      }, probeEngine: { _ in try self.engine.get() }, userID: userID, runningServers: { self.servers })
    return CommandLineInterface.run(arguments, context)
  }
}
