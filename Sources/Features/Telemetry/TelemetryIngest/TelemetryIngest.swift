package import Commit
import Columns
import GRPC
package import Base
import HTTPServer
package import Journal
package import OTLP
package import OTLPDecoding
import System
import Engine
import Synchronization
package import Telemetry

/// Takes export requests of the three signals to their group commits.
package final class TelemetryIngest: Sendable {
  package let spans: GroupCommit<SpanBlock>
  package let metrics: GroupCommit<MetricBlock>
  package let logs: GroupCommit<LogBlock>
  let spanDecoders: LaneDecoders<SpanBlock>
  let pointDecoders: LaneDecoders<MetricBlock>
  let logDecoders: LaneDecoders<LogBlock>
  private let laneCount: Int
  private let acceptance: TimeAcceptance?
  let journal: Journal?
  private let latestCommit: @Sendable () -> Int64
  /// Tells requests apart whose bytes are equal and that may all be meant.
  private let untimedCount = Atomic<UInt64>(.random(in: 0 ... .max))
  private let counters = RecordCounters()
  private let now: @Sendable () -> UnixNanoseconds

  /// - Parameters:
  ///   - laneCount: the lanes of each group commit, one for each event loop.
  ///   - acceptance: which times records may have; nil for any.
  ///   - journal: what keeps requests until they are stored; without one they are answered when they are.
  ///   - latestCommit: the time of the store's latest commit, which is less than that of any later one.
  package init(
    spans: GroupCommit<SpanBlock>, metrics: GroupCommit<MetricBlock>, logs: GroupCommit<LogBlock>, laneCount: Int,
    limits: IngestLimits = IngestLimits(), acceptance: TimeAcceptance? = nil, journal: Journal? = nil,
    latestCommit: @escaping @Sendable () -> Int64 = { 0 }, now: @escaping @Sendable () -> UnixNanoseconds
  ) {
    self.spans = spans
    self.metrics = metrics
    self.logs = logs
    self.acceptance = acceptance
    self.journal = journal
    self.latestCommit = latestCommit
    self.now = now
    self.laneCount = max(1, laneCount)
    spanDecoders = LaneDecoders(laneCount: self.laneCount, limits: limits)
    pointDecoders = LaneDecoders(laneCount: self.laneCount, limits: limits)
    logDecoders = LaneDecoders(laneCount: self.laneCount, limits: limits)
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
        case .traces: try append(request, to: spans, spanDecoders, lane, reply)
        case .metrics: try append(request, to: metrics, pointDecoders, lane, reply)
        case .logs: try append(request, to: logs, logDecoders, lane, reply)
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

  private func append<Rows: ExportedRows>(
    _ request: ExportRequest, to commit: GroupCommit<Rows>, _ decoders: LaneDecoders<Rows>, _ lane: Int,
    _ reply: ExportReply
  ) throws(DecodeError) -> Admission {
    let latestCommit = latestCommit()
    return try commit.append(
      lane: lane % laneCount, tenant: request.tenant, batchID: request.batchID, isFull: { $0 == .batchFull },
      decode: { batch, lane throws(DecodeError) in
        let outcome = try decoders.append(request, to: batch, lane: lane)
        counters.note(outcome, of: Rows.signal)
        // Equal spans or points are one. Two equal log records without a time can both be meant.
        return DecodedRows(
          accepted: outcome.accepted, rejected: outcome.rejected, firstReason: outcome.firstReason,
          isRecognisable: !outcome.hasUntimedRecord,
          rowsBatchID: outcome.hasUntimedRecord ? request.untimedID : nil)
      },
      keep: journal.map { journal in
        { decoded, whenKept in
          unsafe journal.append(
            JournalRecord(Rows.signal, request, decoded, latestCommit: latestCommit), body: request.body,
            whenKept: whenKept)
        }
      },
      completion: { reply.completed($0) })
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
  package func recordFigures(of signal: OTLPSignal) -> RecordFigures { counters.figures(of: signal) }

  /// Commits what waits; call it when the servers have stopped.
  package func stop() {
    spans.stop()
    metrics.stop()
    logs.stop()
  }
}

extension JournalRecord {
  fileprivate init(_ signal: OTLPSignal, _ request: ExportRequest, _ decoded: DecodedRows, latestCommit: Int64) {
    self.init(
      signal: signal.journalNumber, encoding: request.encoding.journalNumber, isRecognisable: decoded.isRecognisable,
      tenant: request.tenant.rawValue, receivedAt: request.receivedAt.rawValue, storedAfter: latestCommit,
      earliest: request.times.earliest, latest: request.times.latest,
      batchID: decoded.rowsBatchID ?? request.batchID)
  }
}
