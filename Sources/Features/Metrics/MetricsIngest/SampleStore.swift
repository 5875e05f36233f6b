package import Base
import Commit
package import Feature

/// Stores samples of other parts of the server on the same way as those that are sent.
package struct SampleStore: SampleSink {
  private let ingest: MetricsIngest

  package init(ingest: MetricsIngest) { self.ingest = ingest }

  package func store(_ request: [UInt8], sampleCount: Int, of tenant: TenantID) -> SampleOutcome {
    switch ingest.store(KeptSampleRequest(body: request, encoding: .remoteWrite1, tenant: tenant)) {
    case .accepted: .stored()
    case .partial(let rejected, let reason): .stored(rejectedCount: rejected, reason: reason)
    case .refused(_, let message): .refused(reason: message)
    case .retry(_, let message, _): .retry(reason: message)
    }
  }
}
