import Commit
import Synchronization

/// How much of a request of remote write 2.0 is kept.
package struct WrittenCounts: Sendable, Equatable {
  package var samples = 0
  package var exemplars = 0
}

/// How much of a request of remote write 2.0 is kept, which its response has to say.
///
/// The number is known on the event loop, the outcome on the journal's or the writer's thread; whichever comes last reports.
final class WrittenSamples: Sendable {
  private struct State: Sendable {
    var sent: WrittenCounts?
    var outcome: RequestOutcome?
    var isReported = false

    /// What is kept; nil while it is not known.
    var written: WrittenCounts? {
      switch outcome {
      case nil: nil
      case .accepted: sent
      case .partial(let rejected, _):
        sent.map { WrittenCounts(samples: max(0, $0.samples - rejected), exemplars: $0.exemplars) }
      case .refused, .retry: WrittenCounts()
      }
    }
  }

  private let state = Mutex(State())
  private let report: @Sendable (RequestOutcome, _ written: WrittenCounts?) -> Void

  init(report: @escaping @Sendable (RequestOutcome, _ written: WrittenCounts?) -> Void) { self.report = report }

  /// Whether the outcome is reported: where nothing is kept, the number does not matter.
  var isReported: Bool { state.withLock(\.isReported) }

  /// Notes how many samples the request has, refused ones too, and how many exemplars of it are taken.
  func counted(_ sent: WrittenCounts) { finish { $0.sent = sent } }

  /// Notes what became of the request.
  func completed(_ outcome: RequestOutcome) { finish { $0.outcome = outcome } }

  private func finish(_ note: (inout State) -> Void) {
    let result = state.withLock { state -> (outcome: RequestOutcome, written: WrittenCounts)? in
      note(&state)
      guard !state.isReported, let outcome = state.outcome, let written = state.written else { return nil }
      state.isReported = true
      return (outcome, written)
    }
    if let result { report(result.outcome, result.written) }
  }
}
