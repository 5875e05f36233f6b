package import System

/// Why something could not be collected.
package struct CollectionProblem: Error, Sendable, Hashable, CustomStringConvertible {
  /// What happened.
  package enum Reason: Sendable, Hashable {
    /// A system call failed.
    case system(SystemError)
    /// It was read, but is not in the form that is known.
    case malformed
    /// It is not there on this machine: why, in words.
    case unavailable(String)
  }

  /// What was to be read, mostly a file.
  package let subject: String
  package let reason: Reason

  package init(_ subject: String, _ reason: Reason) {
    self.subject = subject
    self.reason = reason
  }

  package var description: String {
    switch reason {
    case .system(let error) where error.isNoSuchFile: "\(subject) does not exist on this machine"
    case .system(let error): "\(subject) cannot be read: \(error)"
    case .malformed: "\(subject) is not in the form that is known"
    case .unavailable(let why): "\(subject): \(why)"
    }
  }
}
