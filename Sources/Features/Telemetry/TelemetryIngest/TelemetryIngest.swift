package import Base
import Columns
import Commit
import GRPC
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
  /// Tells requests apart whose bytes are equal and that may all be meant.
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

  /// Decodes a body into the waiting rows; the answer comes when the request is kept or stored, or at once if it cannot be.
  ///
  /// - Parameters:
  ///   - lane: index of the calling event loop.
  ///   - answer: called once, from any thread.
  package func export(
    _ signal: OTLPSignal, _ encoding: OTLPEncoding, body: UnsafeRawBufferPointer, tenant: TenantID, lane: Int,
    answer: @escaping @Sendable (ExportAnswer) -> Void
  ) {
    let reply = ExportReply(send: answer)
    let receivedAt = now()
    let request = unsafe ExportRequest(
      body, encoding, tenant: tenant,
      untimedID: ByteHash.hash(body, seed: untimedCount.add(1, ordering: .relaxed).newValue) | 1,
      receivedAt: receivedAt, times: acceptance?.window(of: signal, now: receivedAt) ?? .all)
    do throws(DecodeError) {
      let admission =
        switch signal {
        case .traces: try spans.append(request, lane: lane, reply)
        case .metrics: try metrics.append(request, lane: lane, reply)
        case .logs: try logs.append(request, lane: lane, reply)
        }
      admitted(admission, reply, answer)
    } catch {
      switch error {
      case .malformed(let offset, let reason):
        answer(.malformed("the request is not a valid OTLP \(signal.rawValue) message: \(reason) (at byte \(offset))"))
      case .tooLarge(let reason):
        answer(.tooLarge("the request is too large: \(reason); send it in several requests"))
      case .batchFull:
        answer(.tooLarge("the request holds more text than can be stored at once; send it in several requests"))
      }
    }
  }

  private func admitted(
    _ admission: Admission, _ reply: ExportReply, _ answer: @Sendable (ExportAnswer) -> Void
  ) {
    switch admission {
    case .appended(_, let rejected, let reason): reply.admitted(rejected: rejected, reason: reason)
    case .repeated(let rejected):
      reply.admitted(rejected: rejected, reason: rejected > 0 ? "rejected when it was sent before" : nil)
    case .refused(let reason, let delay): answer(.retry(.resourceExhausted, reason, after: delay))
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
