/// How a command ended, for scripts.
package enum ExitCode: Int32, CaseIterable, Sendable {
  case success = 0
  case failure = 1
  case usage = 2
  case unreachable = 3
  case notFound = 4
  case notPermitted = 5

  /// What it means, for the reference.
  package var meaning: String {
    switch self {
    case .success: "It worked."
    case .failure: "It did not work; standard error says why."
    case .usage: "The command line, the configuration or a filter is wrong."
    case .unreachable: "No server responds."
    case .notFound: "The requested object does not exist."
    case .notPermitted: "An API key is missing or lacks the permission."
    }
  }
}

/// Why a command cannot go on; standard error gets the message.
package struct CommandFailure: Error {
  package let code: ExitCode
  /// What went wrong and what to do, in sentences.
  package let message: String

  package init(_ code: ExitCode, _ message: String) {
    self.code = code
    self.message = message
  }
}
