import Commit
package import Base
import Journal
package import OTLP
import OTLPDecoding
import System
package import Engine
import Telemetry

extension TelemetryIngest {
  /// How long a start waits for a store that takes nothing of what the journal holds beyond the queue's memory.
  private static let replayPatience = Duration.seconds(60)

  /// Has what an earlier process acknowledged stored, each request once. Call it before requests arrive.
  ///
  /// - Parameter stored: the requests of a signal of which rows were stored after a time, with the days of these rows.
  package func replay(
    stored: (_ signal: OTLPSignal, _ after: Int64) throws -> [StoredBatch: Set<Int64>]
  ) throws {
    guard let journal, journal.survey.recordCount > 0 else { return }
    var known: [OTLPSignal: [StoredBatch: Set<Int64>]] = [:]
    for signal in OTLPSignal.allCases { known[signal] = try stored(signal, journal.survey.storedAfter) }
    try journal.replay { record, body, kept in
      guard let signal = OTLPSignal(journalNumber: record.signal) else { return .refused("its signal is not known") }
      let batch = StoredBatch(tenant: record.tenant, batchID: record.batchID)
      let request = KeptRequestAgain(
        tenant: TenantID(record.tenant), batchID: record.batchID, isRecognisable: record.isRecognisable, record: kept,
        storedDays: known[signal]?[batch] ?? [])
      do {
        return try takeAgain(request, signal, record, body)
      } catch let error as DecodeError {
        return .refused("\(error)")
      }
    }
  }

  private func takeAgain(
    _ kept: KeptRequestAgain, _ signal: OTLPSignal, _ record: JournalRecord, _ body: ArraySlice<UInt8>
  ) throws -> ReplayedRecord {
    let giveUpAt = Instant.now + Self.replayPatience
    while true {
      let result: Result<ReplayedRecord?, DecodeError> = unsafe body.withUnsafeBytes { bytes in
        let request = unsafe ExportRequest(
          bytes, OTLPEncoding(journalNumber: record.encoding), tenant: kept.tenant, batchID: record.batchID,
          untimedID: record.batchID, receivedAt: UnixNanoseconds(record.receivedAt),
          times: TimeWindow(earliest: record.earliest, latest: record.latest))
        do throws(DecodeError) {
          return switch signal {
          case .traces: .success(try replay(kept, request, to: spans, spanDecoders))
          case .metrics: .success(try replay(kept, request, to: metrics, pointDecoders))
          case .logs: .success(try replay(kept, request, to: logs, logDecoders))
          }
        } catch {
          return .failure(error)
        }
      }
      if let replayed = try result.get() { return replayed }
      // The writer makes room.
      guard Instant.now < giveUpAt else {
        throw ErrorReport(
          code: "store_unavailable",
          message: """
            The store does not take what the journal holds: \(problem ?? "it is too slow"). Nothing is lost; start again \
            when the store works, or with a larger ingest.queue.
            """)
      }
      Thread.sleep(for: .milliseconds(20))
    }
  }

  private func replay<Rows: ExportedRows>(
    _ kept: KeptRequestAgain, _ request: ExportRequest, to commit: GroupCommit<Rows>, _ decoders: LaneDecoders<Rows>
  ) throws(DecodeError) -> ReplayedRecord? {
    let replay = try commit.replay(kept, isFull: { $0 == .batchFull }) { batch, lane throws(DecodeError) in
      let outcome = try decoders.append(request, to: batch, lane: lane)
      return DecodedRows(accepted: outcome.accepted, rejected: outcome.rejected, isRecognisable: kept.isRecognisable)
    }
    return switch replay {
    case .taken: .taken
    case .stored: .stored
    case .queueFull: nil
    }
  }
}

extension TelemetryIngest: PendingRows {
  package func settle(_ table: String, of tenant: TenantID, within duration: Duration) -> Bool {
    let deadline = Instant.now + duration
    return switch table {
    case OTLPSignal.traces.table: spans.settle(tenant, by: deadline)
    case OTLPSignal.metrics.table: metrics.settle(tenant, by: deadline)
    case OTLPSignal.logs.table: logs.settle(tenant, by: deadline)
    default: true
    }
  }
}
