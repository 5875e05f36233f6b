import Commit
import Synchronization

/// How many samples of a request of remote write 2.0 are kept, which its response has to say.
///
/// The number is known on the event loop, the outcome on the journal's or the writer's thread; whichever comes last reports.
final class WrittenSamples: Sendable {
  private struct State: Sendable {
    var sent: Int?
    var outcome: RequestOutcome?
    var isReported = false

    /// The samples that are kept; nil while it is not known.
    var written: Int? {
      switch outcome {
      case nil: nil
      case .accepted: sent
      case .partial(let rejected, _): sent.map { max(0, $0 - rejected) }
      case .refused, .retry: 0
      }
    }
  }

  private let state = Mutex(State())
  private let report: @Sendable (RequestOutcome, _ written: Int?) -> Void

  init(report: @escaping @Sendable (RequestOutcome, _ written: Int?) -> Void) { self.report = report }

  /// Whether the outcome is reported: where nothing is kept, the number does not matter.
  var isReported: Bool { state.withLock(\.isReported) }

  /// Notes how many samples the request has, refused ones too.
  func counted(_ sent: Int) { finish { $0.sent = sent } }

  /// Notes what became of the request.
  func completed(_ outcome: RequestOutcome) { finish { $0.outcome = outcome } }

  private func finish(_ note: (inout State) -> Void) {
    let result = state.withLock { state -> (outcome: RequestOutcome, written: Int)? in
      note(&state)
      guard !state.isReported, let outcome = state.outcome, let written = state.written else { return nil }
      state.isReported = true
      return (outcome, written)
    }
    if let result { report(result.outcome, result.written) }
  }
}
