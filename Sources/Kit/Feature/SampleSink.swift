package import Base

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
