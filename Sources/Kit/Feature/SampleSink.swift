package import Base
import Synchronization

/// Where samples of series go that a slice makes itself; the slice that stores series offers it.
package protocol SampleSink: Sendable {
  /// Stores the samples of a request, or none of them. Called on a thread that may block; returns within some seconds.
  ///
  /// - Parameter remoteWrite: a request of remote write 1.0, not compressed.
  func store(_ remoteWrite: [UInt8], of tenant: TenantID) -> SampleOutcome
}

/// What became of the samples of a request.
package enum SampleOutcome: Sendable, Hashable {
  /// All are stored, but for some that cannot be, e.g. because their time is too old: how many, and why.
  case stored(rejectedCount: Int = 0, reason: String? = nil)
  /// None is stored, and none will be: why.
  case refused(reason: String)
  /// None is stored at present, e.g. because the store has no room: why.
  case retry(reason: String)
}

/// Where slices of a server meet over samples, since they do not know each other.
///
/// One offers its sink when it is made; others ask for it when their services start.
package final class SamplePort: Sendable {
  private let offered = Mutex<(any SampleSink)?>(nil)

  package init() {}

  package func offer(_ sink: any SampleSink) { offered.withLock { $0 = sink } }

  /// Nil where no slice of the server stores series.
  package var sink: (any SampleSink)? { offered.withLock { $0 } }
}
