import Metrics
import OTLP
import OTLPDecoding

/// What became of single records of a signal since the process began.
package struct RecordFigures: Sendable, Equatable {
  /// Records that were rejected; their senders were told by a partial success.
  package let rejected: UInt64
  /// Texts that were cut to `TextLimits`.
  package let textsCut: UInt64
}

/// The instruments behind ``RecordFigures``.
final class RecordCounters: Sendable {
  private struct Instruments: Sendable {
    let rejected = Counter()
    let textsCut = Counter()
  }

  private let instruments = Dictionary(
    uniqueKeysWithValues: OTLPSignal.allCases.map { ($0, Instruments()) })

  func note(_ outcome: AppendOutcome, of signal: OTLPSignal) {
    guard outcome.rejected | outcome.cutTexts != 0 else { return }
    instruments[signal]?.rejected.add(outcome.rejected)
    instruments[signal]?.textsCut.add(outcome.cutTexts)
  }

  func figures(of signal: OTLPSignal) -> RecordFigures {
    RecordFigures(
      rejected: instruments[signal]?.rejected.value ?? 0, textsCut: instruments[signal]?.textsCut.value ?? 0)
  }
}
