import Commit
import Synchronization

/// The answer to one request, put together from two sides: how it was admitted, on the event loop, and what became of
/// it, on the journal's or the writer's thread. Whichever comes last sends it; what comes after that is ignored.
final class ExportReply: Sendable {
  private struct State: Sendable {
    var admitted: (rejected: Int, reason: String?)?
    var outcome: CommitOutcome?
  }

  private let state = Mutex(State())
  private let send: @Sendable (ExportAnswer) -> Void

  init(send: @escaping @Sendable (ExportAnswer) -> Void) { self.send = send }

  func admitted(rejected: Int, reason: String?) {
    let outcome = state.withLock { state in
      state.admitted = (rejected, reason)
      return state.outcome
    }
    if let outcome { send(ExportAnswer(outcome, rejected: rejected, reason: reason)) }
  }

  func completed(_ outcome: CommitOutcome) {
    let admitted = state.withLock { state -> (rejected: Int, reason: String?)? in
      guard state.outcome == nil else { return nil }
      state.outcome = outcome
      return state.admitted
    }
    if let admitted { send(ExportAnswer(outcome, rejected: admitted.rejected, reason: admitted.reason)) }
  }
}
