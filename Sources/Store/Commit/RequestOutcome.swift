package import Base
package import Engine
import Synchronization
package import Telemetry

/// What became of a request with rows, whoever decided it: its decoder, the queue, the journal or the engine.
package enum RequestOutcome: Sendable, Equatable {
  /// Its rows are kept or stored.
  case accepted
  /// The same, but for rows that were rejected one by one. The reason is that of the first.
  case partial(rejected: Int, reason: String)
  /// Nothing of it is stored, and it never will be: sending it again is useless.
  case refused(Refusal, String)
  /// Nothing of it is stored; the same request may be if it is sent again after the delay.
  case retry(Shortage, String, after: Duration)

  package enum Refusal: Sendable {
    case malformed
    /// It has to be sent in parts.
    case tooLarge
    /// The engine refuses its rows.
    case notStorable
  }

  package enum Shortage: Sendable {
    /// What waits is more than may wait, or the disk has too little room.
    case full
    /// The engine does not work.
    case unavailable
  }

  /// What became of a request by what became of its rows.
  fileprivate init(_ commit: CommitOutcome, rejected: Int, reason: String?) {
    self =
      switch commit {
      case .committed where rejected > 0: .partial(rejected: rejected, reason: reason ?? "")
      case .committed: .accepted
      case .unavailable(let message, let delay): .retry(.unavailable, message, after: delay)
      case .failed(let message): .refused(.notStorable, message)
      }
  }
}

extension GroupCommit {
  /// Appends a request's rows and reports what becomes of it, once, from any thread.
  ///
  /// It does not wait for the engine.
  ///
  /// Nothing is reported when `decode` throws. The other parameters are those of
  /// ``append(lane:tenant:batchID:isFull:decode:settle:keep:completion:)``.
  package func submit<Failure: Error>(
    lane: Int, tenant: TenantID, batchID: UInt64, isFull: (Failure) -> Bool = { _ in false },
    decode: (_ batch: SignalBatch<Rows>, _ lane: Int) throws(Failure) -> DecodedRows,
    settle: (_ areRowsKept: Bool) -> Void = { _ in },
    keep: ((DecodedRows, _ isSpooled: Bool, @escaping @Sendable (Bool) -> Void) -> any KeptRequest)? = nil,
    report: @escaping @Sendable (RequestOutcome) -> Void
  ) throws(Failure) {
    let outcome = PendingOutcome(report: report)
    let admission = try append(
      lane: lane, tenant: tenant, batchID: batchID, isFull: isFull, decode: decode, settle: settle, keep: keep,
      completion: { outcome.completed($0) })
    switch admission {
    case .appended(_, let rejected, let reason): outcome.admitted(rejected: rejected, reason: reason)
    case .repeated(let rejected): outcome.admitted(rejected: rejected, reason: "rejected when it was sent before")
    case .refused(let reason, let delay): report(.retry(.full, reason, after: delay))
    }
  }
}

/// An outcome that is put together from two sides: how a request was admitted, on the event loop, and what became of
/// its rows, on the journal's or the writer's thread.
///
/// Whichever comes last reports it; what comes after that is ignored.
private final class PendingOutcome: Sendable {
  private struct State: Sendable {
    var admitted: (rejected: Int, reason: String?)?
    var commit: CommitOutcome?
  }

  private let state = Mutex(State())
  private let report: @Sendable (RequestOutcome) -> Void

  init(report: @escaping @Sendable (RequestOutcome) -> Void) { self.report = report }

  func admitted(rejected: Int, reason: String?) {
    let commit = state.withLock { state in
      state.admitted = (rejected, reason)
      return state.commit
    }
    if let commit { report(RequestOutcome(commit, rejected: rejected, reason: reason)) }
  }

  func completed(_ commit: CommitOutcome) {
    let admitted = state.withLock { state -> (rejected: Int, reason: String?)? in
      guard state.commit == nil else { return nil }
      state.commit = commit
      return state.admitted
    }
    if let admitted { report(RequestOutcome(commit, rejected: admitted.rejected, reason: admitted.reason)) }
  }
}
