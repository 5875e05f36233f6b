package import Base
import Columns
import Commit
package import Ingest
import OTLP
import OTLPDecoding
package import OTLPExport
import Schema
import Synchronization
package import Telemetry
import TelemetryTables

/// Takes export requests of traces and logs to their commits.
package final class TelemetryIngest: Sendable {
  package let spans: SignalStream<SpanBlock>
  package let logs: SignalStream<LogBlock>
  private let acceptance: TimeAcceptance?
  /// Distinguishes requests whose bytes are equal and that may all be meant.
  private let untimedCount = Atomic<UInt64>(.random(in: 0 ... .max))
  private let now: @Sendable () -> UnixNanoseconds

  /// - Parameter acceptance: which times records may have; nil for any.
  package init(
    spans: SignalStream<SpanBlock>, logs: SignalStream<LogBlock>, acceptance: TimeAcceptance? = nil,
    now: @escaping @Sendable () -> UnixNanoseconds
  ) {
    self.spans = spans
    self.logs = logs
    self.acceptance = acceptance
    self.now = now
  }

  /// What takes each signal.
  package var services: [OTLPService] { [service(spans, keptFor: .traces), service(logs, keptFor: .logs)] }

  private func service<Rows: ExportedRows>(_ stream: SignalStream<Rows>, keptFor period: RetentionPeriod) -> OTLPService
  {
    unsafe OTLPService(Rows.signal) { [self] encoding, body, tenant, lane, report in
      let receivedAt = now()
      let request = unsafe ExportRequest(
        body, encoding, tenant: tenant,
        untimedID: ByteHash.hash(body, seed: untimedCount.add(1, ordering: .relaxed).newValue) | 1,
        receivedAt: receivedAt, times: acceptance?.window(of: period, now: receivedAt) ?? .all)
      do throws(DecodeError) {
        try stream.submit(request, lane: lane, report)
      } catch {
        report(RequestOutcome(error, Rows.signal))
      }
    }
  }

  /// The streams of the signals.
  package var streams: [any IngestStream] { [spans, logs] }

  /// Why records are not stored at present; nil when nothing is known to be wrong.
  package var problem: String? {
    let problems = [("traces", spans.problem), ("logs", logs.problem)]
    return problems.lazy.compactMap { signal, problem in problem.map { "\(signal): \($0)" } }.first
  }

  /// Commits what waits; call it when the servers have stopped.
  package func stop() {
    spans.commit.stop()
    logs.commit.stop()
  }
}
