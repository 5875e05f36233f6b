package import Base
import Commit
package import Configuration
package import Ingest
package import Metrics
import OTLP
import OTLPDecoding
import Schema
import Telemetry
import TelemetrySettings

extension TelemetryIngest {
  /// Starts the commits of the signals in a server's pipeline.
  package convenience init(
    _ pipeline: IngestPipeline, _ configuration: Configuration, logger: Logger,
    now: @escaping @Sendable () -> UnixNanoseconds
  ) throws {
    let commitLimits = CommitLimits(configuration)
    var limits = IngestLimits()
    // Rows take more than the bytes that they came as: twice as much is a request of nothing but short attributes.
    limits.requestBytesMax = 2 * configuration[Settings.bodyBytesMax]
    func stream<Rows: ExportedRows>(_ rows: Rows.Type, counter: SpanCounter? = nil) throws -> SignalStream<Rows> {
      let commit = try pipeline.commit(
        rows, name: rows.signal.rawValue, limits: commitLimits, counter: counter, logger: logger)
      return SignalStream(
        commit, laneCount: pipeline.laneCount, limits: limits, journal: pipeline.journal,
        latestCommit: { pipeline.latestCommit })
    }
    var retention = RetentionPolicy()
    retention.setTelemetry(configuration)
    self.init(
      spans: try stream(
        SpanBlock.self,
        counter: SpanCounter(engine: pipeline.store, inserter: pipeline.store, logger: logger)),
      logs: try stream(LogBlock.self),
      acceptance: TimeAcceptance(retention: retention, ahead: configuration[IngestSettings.timeAheadMax]), now: now)
  }

  package func register(in metrics: MetricRegistry) {
    spans.register(in: metrics)
    logs.register(in: metrics)
  }
}
