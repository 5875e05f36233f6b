package import Base

/// Where samples of series go that a slice makes itself; the slice that stores series offers it.
package protocol SampleSink: Sendable {
  /// How the requests that it takes are written.
  var format: SampleFormat { get }

  /// Stores the samples of a request, or none of them. Called on a thread that may block; returns within some seconds.
  ///
  /// - Parameter request: in its format, not compressed.
  func store(_ request: [UInt8], sampleCount: Int, of tenant: TenantID) -> SampleOutcome
}

extension SampleSink {
  package var format: SampleFormat { .remoteWrite }
}

/// How a request with samples is written; requests of either that follow each other are one.
///
/// The numbers stand in the spools of agents.
package enum SampleFormat: UInt8, Sendable, CaseIterable {
  /// Remote write 1.0.
  case remoteWrite = 0
  /// `ExportMetricsServiceRequest` of OTLP.
  case otlp = 1
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
