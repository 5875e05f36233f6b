package import Base
import Feature
import RemoteWrite
package import Scraping
import Series
import SeriesBytes

/// Stores scraped samples as the samples of one tenant, on the same way as those that are sent.
package struct ScrapedSampleStore: ScrapedSampleSink {
  private let store: SampleStore
  private let tenant: TenantID

  package init(ingest: MetricsIngest, tenant: TenantID) {
    store = SampleStore(ingest: ingest)
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
    for exemplar in samples.exemplars {
      encoder.append(
        labels: exemplar.series.labels.map { ($0.name, $0.value) }, samples: [],
        exemplars: [
          RemoteWriteEncoder.Exemplar(
            labels: exemplar.labels.labels.map { ($0.name, $0.value) }, value: exemplar.value, time: exemplar.time)
        ])
    }
    return
      switch store.store(
        encoder.finish(), sampleCount: samples.count, of: tenant)
    {
    case .stored(let rejectedCount, let reason): .stored(rejectedCount: rejectedCount, reason: reason)
    case .refused(let reason), .retry(let reason): .refused(reason: reason)
    }
  }
}
