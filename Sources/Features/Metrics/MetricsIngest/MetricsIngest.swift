package import Base
package import Columns
package import Commit
package import Configuration
package import Ingest
package import Metrics
package import MetricsIndex
import MetricsSettings
import MetricsTables
import OTLP
package import OTLPExport
import Series
import System
import Telemetry

/// Takes requests with samples to their commit.
package final class MetricsIngest: Sendable {
  private let stream: SampleStream
  private let retention: Duration
  private let ahead: Duration
  private let now: @Sendable () -> UnixNanoseconds

  /// Starts the commit of samples in a server's pipeline.
  ///
  /// - Parameters:
  ///   - index: gets every series that is stored.
  ///   - didStore: gets the rows of every sample that is stored, in the writer's thread.
  package init(
    _ pipeline: IngestPipeline, index: SeriesIndex, _ configuration: Configuration, logger: Logger,
    now: @escaping @Sendable () -> UnixNanoseconds,
    didStore: @escaping @Sendable (ColumnBlock, Range<Int>) -> Void
  ) throws {
    let commit = try pipeline.commit(
      SampleBlock.self, name: "samples", limits: CommitLimits(configuration),
      didStoreReferences: { index.note($0.series) }, didStoreRows: didStore, logger: logger)
    stream = SampleStream(
      commit,
      decoders: SampleDecoders(
        laneCount: pipeline.laneCount, index: index,
        limits: SampleLimits(
          activeSeriesMax: configuration[MetricsSettings.seriesMax],
          exemplarsPerSeriesMax: configuration[MetricsSettings.exemplarsPerSeriesMax]),
        translation: OTLPTranslation(
          configuration[MetricsSettings.otlpTranslation],
          promoting: configuration[MetricsSettings.otlpPromotedAttributes])),
      deltaSums: DeltaSums(seriesMax: configuration[MetricsSettings.deltaSeriesMax]), laneCount: pipeline.laneCount,
      journal: pipeline.journal, latestCommit: { pipeline.latestCommit })
    retention = configuration[MetricsSettings.retention]
    ahead = configuration[IngestSettings.timeAheadMax]
    self.now = now
  }

  /// Decodes a body into the waiting rows.
  ///
  /// - Parameters:
  ///   - lane: index of the calling event loop.
  ///   - times: which times samples may have, in milliseconds since 1970; those that are kept now by default.
  ///   - report: called once, from any thread: when the request is kept or stored, or at once if it cannot be. `written` is
  ///     how much is kept, of remote write 2.0 only.
  package func store(
    _ body: UnsafeRawBufferPointer, _ encoding: SampleEncoding, tenant: TenantID, lane: Int,
    times: ClosedRange<Int64>? = nil, report: @escaping @Sendable (RequestOutcome, _ written: WrittenCounts?) -> Void
  ) {
    do throws(SampleDecodeError) {
      try unsafe submit(body, encoding, tenant: tenant, lane: lane, times: times, report: report)
    } catch {
      report(RequestOutcome(error), nil)
    }
  }

  /// The same, but for a body that cannot be decoded.
  func submit(
    _ body: UnsafeRawBufferPointer, _ encoding: SampleEncoding, tenant: TenantID, lane: Int,
    times: ClosedRange<Int64>? = nil, report: @escaping @Sendable (RequestOutcome, _ written: WrittenCounts?) -> Void
  ) throws(SampleDecodeError) {
    let receivedAt = now()
    let request = unsafe SampleRequest(
      body, encoding, tenant: tenant, receivedAt: receivedAt, times: times ?? self.times(at: receivedAt))
    try stream.submit(request, lane: lane, report)
  }

  /// Which times samples may have now, in milliseconds since 1970.
  private func times(at now: UnixNanoseconds) -> ClosedRange<Int64> {
    let milliseconds = now.rawValue / 1_000_000
    return max(0, milliseconds - retention.components.seconds * 1_000)...milliseconds
      + ahead.components.seconds * 1_000
  }

  /// Takes the metrics of OpenTelemetry.
  package var otlpService: OTLPService {
    unsafe OTLPService(.metrics) { [self] encoding, body, tenant, lane, report in
      let encoding: SampleEncoding =
        switch encoding {
        case .protobuf: .otlpProtobuf
        case .json: .otlpJSON
        }
      unsafe store(body, encoding, tenant: tenant, lane: lane) { outcome, _ in report(outcome) }
    }
  }

  /// Has what waits stored; whether it is.
  func settle(by deadline: Instant) -> Bool { stream.commit.settle(nil, by: deadline) }

  package var streams: [any IngestStream] { [stream] }

  /// Why samples are not stored at present; nil when nothing is known to be wrong.
  package var problem: String? { stream.problem.map { "samples: \($0)" } }

  /// Commits what waits; call it when the servers have stopped.
  package func stop() { stream.commit.stop() }

  package func register(in metrics: MetricRegistry) { stream.register(in: metrics) }
}

extension RequestOutcome {
  init(_ error: SampleDecodeError) {
    self =
      switch error {
      case .malformed(let reason): .refused(.malformed, reason)
      case .mistaken(let mistake): .refused(.malformed, "\(mistake)")
      case .tooLarge(let reason):
        .refused(.tooLarge, "the request is too large: \(reason); send it in several requests")
      case .batchFull:
        .refused(.tooLarge, "the request holds more text than can be stored at once; send it in several requests")
      }
  }
}

extension SeriesIndex {
  /// Notes series that were stored.
  func note(_ block: SeriesBlock) {
    for row in 0..<block.rowCount {
      insert(block.seriesID[row], of: TenantID(block.tenant[row]), metric: block.metric[row], day: block.day[row]) {
        LabelSet(block.labels[row].map { Label($0.key, $0.value) })
      }
    }
  }
}
