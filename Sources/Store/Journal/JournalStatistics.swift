import Metrics
import Synchronization

/// Statistics of the journal since the process began.
package struct JournalStatistics: Sendable, Equatable {
  /// Bytes of all segments now.
  package let bytes: Int
  /// Requests now whose rows are in the journal alone, and how many there were of this process.
  package let spooledCount: Int
  package let spooled: UInt64
  package let records: UInt64
  package let writtenBytes: UInt64
  /// Requests that could not be written.
  package let failures: UInt64
  package let syncFailures: UInt64
  /// Requests found at the start, and of them those whose rows were not stored and were read back.
  package let found: UInt64
  package let replayed: UInt64
  /// Places found damaged, and requests that are missing.
  package let damaged: UInt64
  package let lost: UInt64
  /// Requests set aside because the store refuses their rows.
  package let refused: UInt64
  /// Segments set aside because they were damaged or could not be read.
  package let segmentsSetAside: UInt64
}

/// The instruments behind ``JournalStatistics``.
final class JournalInstruments: Sendable {
  let bytes = Atomic<Int>(0)
  let pendingBytes = Atomic<Int>(0)
  let spooledCount = Atomic<Int>(0)
  /// When the oldest request came that waits to be stored, in nanoseconds since 1970.
  let oldestAt = Atomic<Int64>(.max)
  let spooled = Counter()
  let records = Counter()
  let writtenBytes = Counter()
  let failures = Counter()
  let syncFailures = Counter()
  let found = Counter()
  let replayed = Counter()
  let damaged = Counter()
  let lost = Counter()
  let refused = Counter()
  let segmentsSetAside = Counter()
  let syncSeconds = Histogram(bounds: Histogram.requestSeconds)

  func found(_ survey: JournalSurvey) {
    found.add(survey.recordCount)
    damaged.add(survey.damagedCount)
    lost.add(survey.lostCount)
  }

  var statistics: JournalStatistics {
    JournalStatistics(
      bytes: bytes.load(ordering: .relaxed), spooledCount: spooledCount.load(ordering: .relaxed),
      spooled: spooled.value, records: records.value, writtenBytes: writtenBytes.value,
      failures: failures.value, syncFailures: syncFailures.value, found: found.value, replayed: replayed.value,
      damaged: damaged.value, lost: lost.value, refused: refused.value,
      segmentsSetAside: segmentsSetAside.value)
  }
}
