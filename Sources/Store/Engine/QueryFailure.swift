package import Base

/// Why a query gave no result, whatever failed below: the one translation of errors of the engine and the workers.
package struct QueryFailure: Error, Sendable, CustomStringConvertible {
  package enum Reason: Sendable, Hashable {
    /// The query ran past its time limit.
    case timeout
    /// The query needed more memory, or more rows, than it may have.
    case tooLarge
    /// A regular expression that RE2 refuses; the text is RE2's own.
    case invalidRegex(String, SourcePosition?)
    /// The store is not available now; the same query may succeed later.
    case unavailable
    /// Too many queries wait.
    case overloaded
    /// The caller went away.
    case cancelled
    /// A defect of ours: the engine refused the statement.
    case defect
  }

  package let reason: Reason
  /// The underlying error; safe to log, not to send to the client.
  package let cause: any Error

  package init(reason: Reason, cause: any Error) {
    self.reason = reason
    self.cause = cause
  }

  package init(_ error: any Error) {
    cause = error
    reason =
      switch error {
      case let error as EngineError: Self.reason(of: error)
      case is CancellationError: .cancelled
      case let interruption as QueryInterruption: interruption == .deadline ? .timeout : .cancelled
      case let error as ErrorReport where error.code == "overloaded": .overloaded
      default: .unavailable
      }
  }

  private static func reason(of error: EngineError) -> Reason {
    switch error.meaning {
    case .timeout: .timeout
    case .outOfMemory, .tooLarge: .tooLarge
    case .invalidRegex(let reason): .invalidRegex(reason, nil)
    case .interrupted: .cancelled
    case .rejected, .tooManyPartitions: .defect
    case .unknownOutcome, .mergesBehind, .busy, .readOnly, .noQuorum, .storageFailure, .unreachable, .forbidden,
      .unavailable:
      .unavailable
    }
  }

  package var description: String { "\(reason): \(cause)" }
}
