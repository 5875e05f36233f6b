package import Base
import Columns
package import Commit
package import Ingest
package import OTLP
import OTLPDecoding
import Synchronization
package import Telemetry

/// Takes export requests of the three signals to their commits.
package final class TelemetryIngest: Sendable {
  package let spans: SignalStream<SpanBlock>
  package let metrics: SignalStream<MetricBlock>
  package let logs: SignalStream<LogBlock>
  private let acceptance: TimeAcceptance?
  /// Distinguishes requests whose bytes are equal and that may all be meant.
  private let untimedCount = Atomic<UInt64>(.random(in: 0 ... .max))
  private let now: @Sendable () -> UnixNanoseconds

  /// - Parameter acceptance: which times records may have; nil for any.
  package init(
    spans: SignalStream<SpanBlock>, metrics: SignalStream<MetricBlock>, logs: SignalStream<LogBlock>,
    acceptance: TimeAcceptance? = nil, now: @escaping @Sendable () -> UnixNanoseconds
  ) {
    self.spans = spans
    self.metrics = metrics
    self.logs = logs
    self.acceptance = acceptance
    self.now = now
  }

  /// Decodes a body into the waiting rows.
  ///
  /// - Parameters:
  ///   - lane: index of the calling event loop.
  ///   - report: called once, from any thread: when the request is kept or stored, or at once if it cannot be.
  package func export(
    _ signal: OTLPSignal, _ encoding: OTLPEncoding, body: UnsafeRawBufferPointer, tenant: TenantID, lane: Int,
    report: @escaping @Sendable (RequestOutcome) -> Void
  ) {
    let receivedAt = now()
    let request = unsafe ExportRequest(
      body, encoding, tenant: tenant,
      untimedID: ByteHash.hash(body, seed: untimedCount.add(1, ordering: .relaxed).newValue) | 1,
      receivedAt: receivedAt, times: acceptance?.window(of: signal, now: receivedAt) ?? .all)
    do throws(DecodeError) {
      switch signal {
      case .traces: try spans.submit(request, lane: lane, report)
      case .metrics: try metrics.submit(request, lane: lane, report)
      case .logs: try logs.submit(request, lane: lane, report)
      }
    } catch {
      report(RequestOutcome(error, signal))
    }
  }

  /// The streams of the signals.
  package var streams: [any IngestStream] { [spans, metrics, logs] }

  /// Why records are not stored at present; nil when nothing is known to be wrong.
  package var problem: String? {
    let problems = [("traces", spans.problem), ("metrics", metrics.problem), ("logs", logs.problem)]
    return problems.lazy.compactMap { signal, problem in problem.map { "\(signal): \($0)" } }.first
  }

  /// Commits what waits; call it when the servers have stopped.
  package func stop() {
    spans.commit.stop()
    metrics.commit.stop()
    logs.commit.stop()
  }
}
