package import Base
package import Commit
package import Engine
package import Journal
import Synchronization
import System
package import Telemetry

/// The way of rows from requests to the engine, which all slices of a server share: the gate before it, the journal that
/// keeps requests, the tables to which rows of every kind point.
///
/// A slice makes a commit for each kind of rows that it takes and adds a stream for it. What is common to the streams is
/// done here: requests that were stored before the start are recognised, the journal is replayed, and questions have rows
/// that wait stored first.
package final class IngestPipeline: Sendable {
  /// How far back stored requests are remembered at the start: longer than exporters go on retrying (5 minutes for the
  /// OpenTelemetry Collector), and how many of a table at most.
  private static let retryAge = Duration.seconds(600)
  private static let retryCountMax = 131_072
  /// How long a start waits for a store that takes nothing of what the journal holds beyond the queue's memory.
  private static let replayPatience = Duration.seconds(60)

  package let journal: Journal
  /// Why no request may be taken at present, by the room on the disk and in the journal; nil when they may.
  package var refusal: String? { gate.refusal }
  /// The lanes of each commit: one for each event loop.
  package let laneCount: Int

  package let store: any IngestStore
  private let gate: any IngestGate
  private let references: ReferenceTables
  private let streams = Mutex<[any IngestStream]>([])

  package init(store: any IngestStore, journal: Journal, gate: any IngestGate, laneCount: Int) {
    self.store = store
    self.journal = journal
    self.gate = gate
    self.laneCount = max(1, laneCount)
    references = ReferenceTables(inserter: store)
  }

  /// The time of the store's latest commit, in nanoseconds since 1970; that of every later one is greater.
  package var latestCommit: Int64 { store.latestCommit }

  /// Starts the commit of a kind of rows.
  ///
  /// - Parameters:
  ///   - name: names its thread `commit-<name>`.
  ///   - counter: says what of each row counts; for spans.
  package func commit<Rows: TelemetryBlock>(
    _: Rows.Type, name: String, limits: CommitLimits, counter: SpanCounter? = nil, logger: Logger
  ) throws -> GroupCommit<Rows> {
    let table = Rows.table.declaration.name
    let sink = CommitSink<Rows>(
      table: table, inserter: store, references: references, storedRequests: StoredRequests(engine: store),
      counter: counter, logger: logger, sleep: { Thread.sleep(for: $0) })
    let commit = try GroupCommit<Rows>(
      name: "commit-\(name)", laneCount: laneCount, limits: limits, recognisesRepeats: true, gate: gate, sink: sink)
    let recent = try store.recentBatches(of: table, within: Self.retryAge, countMax: Self.retryCountMax)
    for (tenant, ids) in recent { commit.remember(tenant: tenant, batchIDs: ids) }
    return commit
  }

  /// Takes on a stream. Call it before ``replay()``.
  package func add(_ stream: any IngestStream) {
    streams.withLock { streams in
      precondition(
        !streams.contains { $0.table == stream.table || $0.journalKind == stream.journalKind },
        "two streams of \(stream.table) or of the journal's kind \(stream.journalKind)")
      streams.append(stream)
    }
  }

  /// Has what an earlier process acknowledged stored, each request once. Call it when all streams run and before requests
  /// arrive.
  package func replay() throws {
    guard journal.survey.recordCount > 0 else { return }
    let streams = streams.withLock { $0 }
    let stored = try streams.map { try store.storedBatches(of: $0.table, after: journal.survey.storedAfter) }
    try journal.replay { record, body, kept in
      guard let index = streams.firstIndex(where: { $0.journalKind == record.signal }) else {
        return .refused("nothing takes requests of its kind, \(record.signal)")
      }
      let batch = StoredBatch(tenant: record.tenant, batchID: record.batchID)
      let request = KeptRequestAgain(
        tenant: TenantID(record.tenant), batchID: record.batchID, isRecognisable: record.isRecognisable, record: kept,
        storedDays: stored[index][batch] ?? [])
      return try replay(request, record, body, to: streams[index])
    }
  }

  private func replay(
    _ request: KeptRequestAgain, _ record: JournalRecord, _ body: ArraySlice<UInt8>, to stream: any IngestStream
  ) throws -> ReplayedRecord {
    let giveUpAt = Instant.now + Self.replayPatience
    while true {
      if let replayed = unsafe body.withUnsafeBytes({ unsafe stream.replay(request, record, body: $0) }) {
        return replayed
      }
      // The writer makes room.
      guard Instant.now < giveUpAt else {
        throw ErrorReport(
          code: "store_unavailable",
          message: """
            The store does not take what the journal holds: \(stream.problem ?? "it is too slow"). Nothing is lost; start \
            again when the store works, or with a larger ingest.queue.
            """)
      }
      Thread.sleep(for: .milliseconds(20))
    }
  }
}

extension IngestPipeline: PendingRows {
  package func settle(_ table: String, of tenant: TenantID, within duration: Duration) -> Bool {
    let stream = streams.withLock { streams in streams.first { $0.table == table } }
    return stream?.settle(tenant, by: .now + duration) ?? true
  }
}
