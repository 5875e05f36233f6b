package import Base
import Commit
import RemoteWrite
package import Scraping
import Series
import SeriesBytes
import System

/// Stores scraped samples as the samples of one tenant, on the same way as those that are sent.
package struct ScrapedSampleStore: ScrapedSampleSink {
  /// How long a scrape may wait until it is kept; the journal takes milliseconds.
  private static let waitMax = Duration.seconds(10)

  private let ingest: MetricsIngest
  private let tenant: TenantID

  package init(ingest: MetricsIngest, tenant: TenantID) {
    self.ingest = ingest
    self.tenant = tenant
  }

  package func store(_ samples: ScrapedSamples) -> ScrapedSampleOutcome {
    var encoder = RemoteWriteEncoder(.version1)
    for metadata in samples.metadata {
      encoder.append(
        metadata: RemoteWriteEncoder.Metadata(
          type: FamilyType(rawValue: metadata.kind.rawValue) ?? .unknown, unit: metadata.unit, help: metadata.help),
        of: metadata.family)
    }
    for index in 0..<samples.count {
      encoder.append(
        labels: samples.labels[index].labels.map { ($0.name, $0.value) },
        samples: [RemoteWriteSample(value: samples.values[index], time: samples.times[index])])
    }
    let body = encoder.finish()
    let outcome = Monitor<RequestOutcome?>(nil)
    unsafe body.withUnsafeBytes { body in
      unsafe ingest.store(body, .remoteWrite1, tenant: tenant, lane: 0) { result, _ in
        outcome.withLock { $0 = result }
        outcome.notifyAll()
      }
    }
    let deadline = Instant.now + Self.waitMax
    let result: RequestOutcome? = outcome.wait { result, now, wakeAt in
      if let result { return .some(result) }
      wakeAt = deadline
      return now >= deadline ? .some(nil) : nil
    }
    return switch result {
    case .accepted: .stored()
    case .partial(let rejected, let reason): .stored(rejectedCount: rejected, reason: reason)
    case .refused(_, let message), .retry(_, let message, _): .refused(reason: message)
    case nil: .refused(reason: "the samples were not kept within \(Self.waitMax); they may be stored later")
    }
  }
}
