import Metrics

/// Statistics of one signal's commits since the process began.
package struct CommitStatistics: Sendable, Equatable {
  package let rowsAppended: UInt64
  package let rowsCommitted: UInt64
  package let rowsFailed: UInt64
  package let commits: UInt64
  package let commitsFailed: UInt64
  package let groupsDivided: UInt64
  package let requestsRejected: UInt64
  package let retries: UInt64
  package let requestsRefused: UInt64
  package let repeatsRecognised: UInt64
  package let requestsSpooled: UInt64
  package let queuedBytes: Int
}

/// The instruments behind ``CommitStatistics``.
final class CommitCounters: Sendable {
  let rowsAppended = Counter()
  let rowsCommitted = Counter()
  let rowsFailed = Counter()
  let commits = Counter()
  let commitsFailed = Counter()
  let groupsDivided = Counter()
  let requestsRejected = Counter()
  let retries = Counter()
  let requestsRefused = Counter()
  let repeatsRecognised = Counter()
  let requestsSpooled = Counter()
  let commitSeconds = Histogram(bounds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])

  func finished(rowCount: Int, isStored: Bool, after duration: Duration) {
    if isStored {
      commits.add()
      rowsCommitted.add(rowCount)
    } else {
      commitsFailed.add()
      rowsFailed.add(rowCount)
    }
    commitSeconds.observe(duration)
  }

  func statistics(queuedBytes: Int) -> CommitStatistics {
    CommitStatistics(
      rowsAppended: rowsAppended.value, rowsCommitted: rowsCommitted.value, rowsFailed: rowsFailed.value,
      commits: commits.value, commitsFailed: commitsFailed.value, groupsDivided: groupsDivided.value,
      requestsRejected: requestsRejected.value, retries: retries.value,
      requestsRefused: requestsRefused.value, repeatsRecognised: repeatsRecognised.value,
      requestsSpooled: requestsSpooled.value, queuedBytes: queuedBytes)
  }
}
