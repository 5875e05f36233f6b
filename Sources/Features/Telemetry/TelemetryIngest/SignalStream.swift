import Base
package import Commit
import Engine
package import Ingest
package import Journal
package import Metrics
import OTLP
package import OTLPDecoding
import Telemetry

/// The export requests of one signal on their way to its commit.
package final class SignalStream<Rows: ExportedRows>: Sendable {
  package let commit: GroupCommit<Rows>
  private let decoders: LaneDecoders<Rows>
  private let laneCount: Int
  private let journal: Journal?
  private let latestCommit: @Sendable () -> Int64
  /// Records that were rejected one by one.
  private let rejected = Counter()
  /// Names, keys and values that were cut to `TextLimits`.
  private let textsCut = Counter()

  /// - Parameters:
  ///   - laneCount: the lanes of the commit.
  ///   - journal: what keeps requests until they are stored; without one a request is acknowledged when its rows are.
  ///   - latestCommit: the time of the store's latest commit, which is less than that of any later one.
  package init(
    _ commit: GroupCommit<Rows>, laneCount: Int, limits: IngestLimits, journal: Journal? = nil,
    latestCommit: @escaping @Sendable () -> Int64 = { 0 }
  ) {
    self.commit = commit
    self.laneCount = max(1, laneCount)
    self.journal = journal
    self.latestCommit = latestCommit
    decoders = LaneDecoders(laneCount: self.laneCount, limits: limits)
  }

  /// Decodes a request into the rows that wait.
  ///
  /// - Parameters:
  ///   - lane: index of the calling event loop.
  ///   - report: called once, from any thread, unless the request cannot be decoded.
  func submit(
    _ request: ExportRequest, lane: Int, _ report: @escaping @Sendable (RequestOutcome) -> Void
  ) throws(DecodeError) {
    let latestCommit = latestCommit()
    try commit.submit(
      lane: lane % laneCount, tenant: request.tenant, batchID: request.batchID, isFull: { $0 == .batchFull },
      decode: { batch, lane throws(DecodeError) in
        let decoded = try decoders.append(request, to: batch, lane: lane)
        rejected.add(decoded.rejected)
        textsCut.add(decoded.cutTexts)
        return decoded
      },
      keep: journal.map { journal in
        { decoded, isSpooled, whenKept in
          unsafe journal.append(
            JournalRecord(Rows.signal, request, decoded, isSpooled: isSpooled, latestCommit: latestCommit),
            body: request.body, whenKept: whenKept)
        }
      },
      report: report)
  }

  package func register(in metrics: MetricRegistry) {
    let signal = Rows.signal.rawValue
    let labels = [MetricLabel("signal", signal)]
    metrics.counter(
      "axonize_ingest_records_rejected_total", help: "Records rejected one by one; the response says why.",
      labels: labels
    ) { Double(self.rejected.value) }
    metrics.counter(
      "axonize_ingest_texts_cut_total", help: "Names, keys and values that were cut to the longest that is stored.",
      labels: labels
    ) { Double(self.textsCut.value) }
    commit.register(in: metrics, signal: signal)
  }
}

extension SignalStream: IngestStream {
  package var journalKind: UInt8 { Rows.signal.journalKind }

  package func replay(
    _ kept: KeptRequestAgain, _ record: JournalRecord, body: UnsafeRawBufferPointer
  ) -> ReplayedRequest {
    let request = unsafe ExportRequest(
      body, OTLPEncoding(journalNumber: record.encoding), tenant: kept.tenant, batchID: record.batchID,
      untimedID: record.batchID, receivedAt: UnixNanoseconds(record.receivedAt),
      times: TimeWindow(earliest: record.earliest, latest: record.latest))
    do throws(DecodeError) {
      let replay = try commit.replay(kept, isFull: { $0 == .batchFull }) { batch, lane throws(DecodeError) in
        try decoders.append(request, to: batch, lane: lane)
      }
      return switch replay {
      case .taken: .taken
      case .stored: .stored
      case .queueFull: .queueFull
      }
    } catch {
      return .refused("\(error)")
    }
  }
}

extension JournalRecord {
  fileprivate init(
    _ signal: OTLPSignal, _ request: ExportRequest, _ decoded: DecodedRows, isSpooled: Bool, latestCommit: Int64
  ) {
    self.init(
      signal: signal.journalKind, encoding: request.encoding.journalNumber, isSpooled: isSpooled,
      isRecognisable: decoded.isRecognisable, tenant: request.tenant.rawValue, receivedAt: request.receivedAt.rawValue,
      storedAfter: latestCommit, earliest: request.times.earliest, latest: request.times.latest,
      batchID: decoded.rowsBatchID ?? request.batchID)
  }
}
