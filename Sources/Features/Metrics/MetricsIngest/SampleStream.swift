import Base
import Columns
import Commit
import Engine
import Ingest
import Journal
import Metrics
import MetricsTables
import Telemetry

/// Requests with samples on their way to the commit.
final class SampleStream: Sendable {
  let commit: GroupCommit<SampleBlock>
  private let decoders: SampleDecoders
  private let deltaSums: DeltaSums
  private let laneCount: Int
  private let journal: Journal
  private let latestCommit: @Sendable () -> Int64
  private let rejected = Counter()
  private let exemplars = Counter()
  private let exemplarsRefused = Counter()
  private let storedTimes = StoredTimes()

  /// - Parameters:
  ///   - deltaSums: the running sums of what comes as deltas.
  ///   - laneCount: the lanes of the commit.
  ///   - journal: what keeps requests until they are stored.
  ///   - latestCommit: the time of the store's latest commit, which is less than that of any later one.
  init(
    _ commit: GroupCommit<SampleBlock>, decoders: SampleDecoders, deltaSums: DeltaSums, laneCount: Int,
    journal: Journal,
    latestCommit: @escaping @Sendable () -> Int64
  ) {
    self.commit = commit
    self.decoders = decoders
    self.deltaSums = deltaSums
    self.laneCount = max(1, laneCount)
    self.journal = journal
    self.latestCommit = latestCommit
  }

  /// Decodes a request into the rows that wait.
  ///
  /// - Parameters:
  ///   - lane: index of the calling event loop.
  ///   - report: called once, from any thread, unless the request cannot be decoded. `written` is for remote write 2.0: how
  ///     much of it is kept.
  func submit(
    _ request: SampleRequest, lane: Int,
    _ report: @escaping @Sendable (RequestOutcome, _ written: WrittenCounts?) -> Void
  ) throws(SampleDecodeError) {
    guard request.encoding == .remoteWrite2 else {
      _ = try append(request, lane: lane) { report($0, nil) }
      return
    }
    let written = WrittenSamples(report: report)
    let decoded = try append(request, lane: lane) { written.completed($0) }
    if let decoded {
      written.counted(WrittenCounts(decoded))
    } else if !written.isReported {
      // A repeat is not decoded; its sender wants to know all the same that its samples are here.
      written.counted(WrittenCounts(try decoders.rows(ofRepeat: request)))
    }
  }

  /// Returns what was decoded; nil for a request that is known, or for which there is no room.
  private func append(
    _ request: SampleRequest, lane: Int, _ report: @escaping @Sendable (RequestOutcome) -> Void
  ) throws(SampleDecodeError) -> DecodedRows? {
    var result: DecodedRows?
    let latestCommit = latestCommit()
    let deltas = DeltaChanges(deltaSums, tenant: request.tenant.rawValue)
    try commit.submit(
      lane: lane % laneCount, tenant: request.tenant, batchID: request.batchID, isFull: { $0 == .batchFull },
      decode: { batch, lane throws(SampleDecodeError) in
        let decoded = try decoders.append(request, to: batch, lane: lane, deltas: deltas)
        rejected.add(decoded.rejected)
        exemplars.add(decoded.attached)
        exemplarsRefused.add(decoded.attachedRefused)
        result = decoded
        return decoded
      },
      settle: deltas.end(areRowsKept:),
      keep: { [journal] decoded, isSpooled, whenKept in
        unsafe journal.append(
          JournalRecord(
            signal: Self.journalKind, encoding: request.encoding.rawValue, isSpooled: isSpooled,
            isRecognisable: decoded.isRecognisable, tenant: request.tenant.rawValue,
            receivedAt: request.receivedAt.rawValue, storedAfter: latestCommit,
            earliest: UInt64(request.times.lowerBound), latest: UInt64(request.times.upperBound),
            batchID: request.batchID),
          body: request.body, whenKept: whenKept)
      }, report: report)
    return result
  }

  func register(in metrics: MetricRegistry) {
    let labels = [MetricLabel("signal", "samples")]
    metrics.counter(
      "axonize_ingest_records_rejected_total", help: "Records rejected one by one; the response says why.",
      labels: labels
    ) { Double(self.rejected.value) }
    for (outcome, counter) in [("taken", exemplars), ("refused", exemplarsRefused)] {
      metrics.counter(
        "axonize_ingest_exemplars_total", help: "Exemplars of series that came, by whether they were taken.",
        labels: [MetricLabel("outcome", outcome)]
      ) { Double(counter.value) }
    }
    metrics.counter(
      "axonize_ingest_text_fields_total",
      help: "Fields of line protocol that are texts, of which no sample is stored."
    ) { [decoders] in Double(decoders.textFields.value) }
    commit.register(in: metrics, signal: "samples")
  }
}

extension SampleStream: IngestStream {
  /// 0 to 2 are those of OpenTelemetry's signals.
  static let journalKind: UInt8 = 3
  var journalKind: UInt8 { Self.journalKind }

  func willReplay(storedAfter time: Int64, from engine: any AnalyticsEngine) throws(EngineError) {
    try storedTimes.load(storedAfter: time, from: engine)
  }

  func didReplay() { storedTimes.removeAll() }

  func replay(
    _ kept: KeptRequestAgain, _ record: JournalRecord, body: UnsafeRawBufferPointer
  ) -> ReplayedRequest {
    guard let encoding = SampleEncoding(rawValue: record.encoding) else {
      return .refused("samples in the unknown form \(record.encoding); a later version wrote them")
    }
    let request = unsafe SampleRequest(
      body, encoding, tenant: kept.tenant, batchID: record.batchID, receivedAt: UnixNanoseconds(record.receivedAt),
      times: Int64(clamping: record.earliest)...Int64(clamping: max(record.earliest, record.latest)))
    // What this process took itself is not stored yet.
    let deltas = DeltaChanges(
      deltaSums, tenant: request.tenant.rawValue,
      .again { [storedTimes] in
        kept.isCounted ? nil : storedTimes.latest(of: $0, tenant: request.tenant.rawValue)
      })
    do throws(SampleDecodeError) {
      let replay = try commit.replay(
        kept, isFull: { $0 == .batchFull },
        decode: { batch, lane throws(SampleDecodeError) in
          try decoders.append(request, to: batch, lane: lane, deltas: deltas)
        }, settle: deltas.end(areRowsKept:))
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

extension WrittenCounts {
  fileprivate init(_ decoded: DecodedRows) {
    self.init(samples: decoded.accepted + decoded.rejected, exemplars: decoded.attached)
  }
}
