package import AnalyticsStore
import Columns
import GRPC
package import Base
import HTTPServer
package import OTLPDecoding
package import Telemetry

/// Takes export requests of the three signals to their group commits.
package final class TelemetryIngest: Sendable {
  package let spans: GroupCommit<SpanBlock>
  package let metrics: GroupCommit<MetricBlock>
  package let logs: GroupCommit<LogBlock>
  private let decoders: LaneDecoders
  private let acceptance: TimeAcceptance?
  private let counters = RecordCounters()
  private let now: @Sendable () -> UnixNanoseconds

  /// - Parameters:
  ///   - laneCount: the lanes of each group commit, one for each event loop.
  ///   - acceptance: which times records may have; nil for any.
  package init(
    spans: GroupCommit<SpanBlock>, metrics: GroupCommit<MetricBlock>, logs: GroupCommit<LogBlock>, laneCount: Int,
    limits: IngestLimits = IngestLimits(), acceptance: TimeAcceptance? = nil,
    now: @escaping @Sendable () -> UnixNanoseconds
  ) {
    self.spans = spans
    self.metrics = metrics
    self.logs = logs
    self.acceptance = acceptance
    self.now = now
    decoders = LaneDecoders(laneCount: max(1, laneCount), limits: limits)
  }

  /// Decodes a body into the waiting rows; the answer comes when they are stored, or at once if they cannot be.
  ///
  /// - Parameters:
  ///   - lane: index of the calling event loop.
  ///   - answer: called once, from any thread.
  package func export(
    _ signal: ExportSignal, _ encoding: ExportEncoding, body: UnsafeRawBufferPointer, tenant: TenantID, lane: Int,
    answer: @escaping @Sendable (ExportAnswer) -> Void
  ) {
    let reply = ExportReply(send: answer)
    let batchID = unsafe ByteHash.hash(body)
    let lane = lane % decoders.count
    let receivedAt = now()
    let times = acceptance?.window(of: signal, now: receivedAt) ?? .all
    do throws(DecodeError) {
      let admission =
        switch signal {
        case .traces:
          try append(to: spans, signal, lane, tenant, batchID, reply) { batch throws(DecodeError) in
            let decoder = decoders.decoder(of: signal, lane)
            return switch encoding {
            case .protobuf:
              try unsafe decoder.appendTraces(
                protobuf: body, tenant: tenant, batchID: batchID, times: times, into: batch)
            case .json:
              try unsafe decoder.appendTraces(
                json: body, tenant: tenant, batchID: batchID, times: times, into: batch)
            }
          }
        case .metrics:
          try append(to: metrics, signal, lane, tenant, batchID, reply) { batch throws(DecodeError) in
            let decoder = decoders.decoder(of: signal, lane)
            return switch encoding {
            case .protobuf:
              try unsafe decoder.appendMetrics(
                protobuf: body, tenant: tenant, batchID: batchID, times: times, into: batch)
            case .json:
              try unsafe decoder.appendMetrics(
                json: body, tenant: tenant, batchID: batchID, times: times, into: batch)
            }
          }
        case .logs:
          try append(to: logs, signal, lane, tenant, batchID, reply) { batch throws(DecodeError) in
            let decoder = decoders.decoder(of: signal, lane)
            return switch encoding {
            case .protobuf:
              try unsafe decoder.appendLogs(
                protobuf: body, tenant: tenant, batchID: batchID, receivedAt: receivedAt, times: times, into: batch)
            case .json:
              try unsafe decoder.appendLogs(
                json: body, tenant: tenant, batchID: batchID, receivedAt: receivedAt, times: times, into: batch)
            }
          }
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

  private func append<Rows>(
    to commit: GroupCommit<Rows>, _ signal: ExportSignal, _ lane: Int, _ tenant: TenantID, _ batchID: UInt64,
    _ reply: ExportReply,
    _ decode: (SignalBatch<Rows>) throws(DecodeError) -> AppendOutcome
  ) throws(DecodeError) -> Admission {
    try commit.append(lane: lane, tenant: tenant, batchID: batchID, isFull: { $0 == .batchFull }) {
      batch throws(DecodeError) in
      let outcome = try decode(batch)
      counters.note(outcome, of: signal)
      // Equal spans or points are one. Two equal log records without a time can both be meant.
      return DecodedRows(
        accepted: outcome.accepted, rejected: outcome.rejected, firstReason: outcome.firstReason,
        isRecognisable: !outcome.hasUntimedRecord)
    } completion: {
      reply.completed($0)
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

  /// Why records are not stored at present; nil when nothing is known to be wrong.
  package var problem: String? {
    let problems = [("traces", spans.problem), ("metrics", metrics.problem), ("logs", logs.problem)]
    return problems.lazy.compactMap { signal, problem in problem.map { "\(signal): \($0)" } }.first
  }

  /// Records of a signal that were rejected one by one, and texts that were cut, since the process began.
  package func recordFigures(of signal: ExportSignal) -> RecordFigures { counters.figures(of: signal) }

  /// Commits what waits; call it when the servers have stopped.
  package func stop() {
    spans.stop()
    metrics.stop()
    logs.stop()
  }
}

/// A decoder for each signal and lane.
private final class LaneDecoders: @unchecked Sendable {  // a decoder is used under the lock of its signal's lane
  private let decoders: [[OTLPDecoder]]
  let count: Int

  init(laneCount: Int, limits: IngestLimits) {
    count = laneCount
    decoders = ExportSignal.allCases.map { _ in (0..<laneCount).map { _ in OTLPDecoder(limits: limits) } }
  }

  func decoder(of signal: ExportSignal, _ lane: Int) -> OTLPDecoder {
    switch signal {
    case .traces: decoders[0][lane]
    case .metrics: decoders[1][lane]
    case .logs: decoders[2][lane]
    }
  }
}
