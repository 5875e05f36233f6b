import Metrics
import Synchronization

/// Why samples were given up.
package enum DropReason: String, CaseIterable, Sendable {
  /// The server refuses them, and would again.
  case refused
  /// The spool had no room for all that waits; the oldest went.
  case spoolFull = "spool_full"
  /// They waited for longer than the spool keeps them.
  case age
  /// The spool could not be written or read.
  case spoolFailed = "spool_failed"
  /// There was no memory for their request.
  case sendFailed = "send_failed"
}

/// What an agent has done since it began.
package final class AgentStatistics: Sendable {
  let sentSamples = Counter()
  let sentRequests = Counter()
  let failedRequests = Counter()
  let sentReports = Counter()
  let failedReports = Counter()
  private let dropped: [DropReason: Counter] = .init(uniqueKeysWithValues: DropReason.allCases.map { ($0, Counter()) })
  /// From the beginning of the newest request to its response.
  let sendSeconds = Gauge()
  /// What waits in the spool now.
  let spoolBytes = Gauge()
  let spoolRequests = Gauge()
  /// How long the oldest of it has waited.
  let spoolAgeSeconds = Gauge()
  private let clock = Mutex<Double?>(nil)

  package init() {}

  func drop(_ sampleCount: Int, _ reason: DropReason) { dropped[reason]?.add(sampleCount) }

  package func droppedSamples(_ reason: DropReason) -> UInt64 { dropped[reason]?.value ?? 0 }

  package var sentSampleCount: UInt64 { sentSamples.value }

  package var droppedSampleCount: UInt64 { DropReason.allCases.reduce(0) { $0 + droppedSamples($1) } }

  /// By how many seconds this machine's clock is ahead of the server's; nil while it is not known.
  package internal(set) var clockOffset: Double? {
    get { clock.withLock { $0 } }
    set { clock.withLock { $0 = newValue } }
  }
}
