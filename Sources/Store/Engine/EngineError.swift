/// Why a statement failed, by what it means to whoever asked for it.
///
/// The numbers of ClickHouse's errors are read by ``init(clickHouse:message:)`` and nowhere else.
package struct EngineError: Error, Sendable, CustomStringConvertible {
  package enum Meaning: Sendable, Hashable {
    /// The statement, or the rows of an insert, are wrong.
    case rejected
    /// A regular expression that RE2 refuses, with RE2's reason.
    case invalidRegex(String)
    /// An insert has rows of more partitions than one insert may have.
    case tooManyPartitions
    /// The statement ran past its time limit. An insert MAY have stored its rows.
    case timeout
    /// The statement needs more memory than it, or all statements together, may take.
    case outOfMemory
    /// The statement reads, or its result has, more than is allowed.
    case tooLarge
    /// The caller gave the statement up. An insert MAY have stored its rows.
    case interrupted
    /// It is not known whether an insert stored its rows.
    case unknownOutcome
    /// Merges lag behind: a partition has too many parts.
    case mergesBehind
    /// Too many statements run.
    case busy
    /// The replica takes no rows at present.
    case readOnly
    /// Too few replicas take the rows.
    case noQuorum
    /// The disk, or the object store behind it, is full or fails.
    case storageFailure
    /// A server of the engine cannot be reached.
    case unreachable
    /// The engine does not accept the server's user, or the user may not do this.
    case forbidden
    /// Anything else: the engine does not work at present, as far as is known.
    case unavailable
  }

  /// What can be done about it.
  package enum Remedy: Sendable, Hashable {
    /// The same call fails again.
    case none
    /// The same call may succeed later.
    case wait
    /// The same call may succeed at once on another replica, or later.
    case otherReplica
    /// A call with fewer rows may succeed; for a query, one that asks for less.
    case less
  }

  package let meaning: Meaning
  /// The engine's own text, for logs.
  package let message: String

  package init(_ meaning: Meaning, _ message: String) {
    self.meaning = meaning
    self.message = message
  }

  package var remedy: Remedy {
    switch meaning {
    case .rejected, .invalidRegex, .tooManyPartitions: .none
    case .outOfMemory, .tooLarge: .less
    case .readOnly, .unreachable: .otherReplica
    case .timeout, .interrupted, .unknownOutcome, .mergesBehind, .busy, .noQuorum, .storageFailure, .forbidden,
      .unavailable:
      .wait
    }
  }

  package var description: String { "analytics engine: \(message)" }
}

extension EngineError.Meaning {
  /// For a client whose rows are not stored; says nothing of the engine's own text.
  package var summary: String {
    switch self {
    case .rejected, .invalidRegex: "it refuses the rows"
    case .tooManyPartitions: "the rows are of more days than can be stored at once"
    case .timeout, .interrupted, .unknownOutcome: "the rows were not stored in time"
    case .outOfMemory, .tooLarge: "it has too little memory"
    case .mergesBehind: "its merges lag behind"
    case .busy: "it is busy"
    case .readOnly, .noQuorum: "it is read-only"
    case .storageFailure: "its disk is full or fails"
    case .unreachable: "it cannot be reached"
    case .forbidden: "it does not accept the server's user"
    case .unavailable: "it reports an error, which is in the server's log"
    }
  }
}
