package import Base
package import Columns
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
/// done here: requests that were stored before the start are recognised, the journal is replayed, requests wait in it
/// while memory is full, and questions have rows that wait stored first.
package final class IngestPipeline: Sendable {
  /// How far back stored requests are remembered at the start: longer than exporters go on retrying (5 minutes for the
  /// OpenTelemetry Collector), and how many of a table at most.
  private static let retryAge = Duration.seconds(600)
  private static let retryCountMax = 131_072

  package let journal: Journal
  /// Why no request may be taken at present, by the room on the disk and in the journal; nil when they may.
  package var refusal: String? { gate.refusal }
  /// Why the journal cannot be written at present; nil when nothing is known to be wrong.
  ///
  /// For checks.
  package var journalProblem: String? { journal.problem }
  /// The lanes of each commit: one for each event loop.
  package let laneCount: Int

  package let store: any IngestStore
  private let gate: any IngestGate
  private let references: ReferenceTables
  private let streams = Mutex<[any IngestStream]>([])
  /// The kinds of requests in the journal that whoever named them reads.
  private let left = Mutex<Set<UInt8>>([])

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
  ///   - didStoreReferences: called when what rows point to is stored, before they are.
  ///   - didStoreRows: called with rows that the engine has, before a question that waited for them goes on.
  package func commit<Rows: ArrivingRows>(
    _: Rows.Type, name: String, limits: CommitLimits, counter: SpanCounter? = nil,
    didStoreReferences: (@Sendable (Rows.References) -> Void)? = nil,
    didStoreRows: (@Sendable (ColumnBlock, Range<Int>) -> Void)? = nil, logger: Logger
  ) throws -> GroupCommit<Rows> {
    let table = Rows.table.declaration.name
    let sink = CommitSink<Rows>(
      table: table, inserter: store, references: references, storedRequests: StoredRequests(engine: store),
      counter: counter, didStoreReferences: didStoreReferences, didStoreRows: didStoreRows, logger: logger,
      sleep: { Thread.sleep(for: $0) })
    let commit = try GroupCommit<Rows>(
      name: "commit-\(name)", laneCount: laneCount, limits: limits, recognisesRepeats: true, gate: gate, sink: sink)
    let recent = try store.recentBatches(of: table, within: Self.retryAge, countMax: Self.retryCountMax)
    for (tenant, ids) in recent { commit.remember(tenant: tenant, batchIDs: ids) }
    return commit
  }

  /// Takes on a stream.
  ///
  /// Call it before ``replay()``.
  package func add(_ stream: any IngestStream) {
    streams.withLock { streams in
      precondition(
        !streams.contains { $0.table == stream.table || $0.journalKind == stream.journalKind },
        "two streams of \(stream.table) or of the journal's kind \(stream.journalKind)")
      streams.append(stream)
    }
  }

  /// Leaves the requests of a kind that an earlier version wrote, and of which there is no stream any more, to the caller.
  ///
  /// Call it before ``replay()``.
  package func leave(_ journalKind: UInt8) { left.withLock { _ = $0.insert(journalKind) } }

  /// Has what an earlier process acknowledged stored, each request once, and lets requests wait in the journal alone
  /// when their rows do not fit into memory.
  ///
  /// It does not wait for the store.
  ///
  /// Call it once, when all streams run and before requests arrive.
  package func replay() throws {
    let streams = streams.withLock { $0 }
    try setAsideRequests(ofKindsOtherThan: left.withLock { $0 }.union(streams.map { $0.journalKind }))
    var repeats: [UInt8: [TenantID: [UInt64]]] = [:]
    for request in journal.survey.repeats {
      repeats[request.signal, default: [:]][TenantID(request.tenant), default: []].append(request.batchID)
    }
    for stream in streams { try attachSpool(to: stream, repeats: repeats[stream.journalKind] ?? [:]) }
  }

  private func attachSpool(to stream: some IngestStream, repeats: [TenantID: [UInt64]]) throws {
    let kind = stream.journalKind
    for (tenant, ids) in repeats { stream.commit.remember(tenant: tenant, batchIDs: ids) }
    var stored: [StoredBatch: Set<Int64>] = [:]
    if let time = journal.survey.storedAfter[kind] {
      stored = try store.storedBatches(of: stream.table, after: time)
      try stream.willReplay(storedAfter: time, from: store)
    }
    stream.commit.attach(StreamSpool(stream, of: journal, stored: stored), foundCount: journal.spooledCount(kind))
  }

  /// Sets requests aside that an earlier process took and that no stream takes now.
  private func setAsideRequests(ofKindsOtherThan kinds: Set<UInt8>) throws {
    for kind in journal.spooledKinds.subtracting(kinds) {
      let spool = JournalSpool(journal, signal: kind)
      do throws(SystemError) {
        while let reading = try spool.next() {
          guard case .request(let request) = reading else { continue }
          request.kept.setAside(reason: "no feature handles requests of its kind, \(kind)")
        }
      } catch {
        throw ErrorReport(code: "journal_unusable", message: "The journal cannot be read: \(error).")
      }
    }
  }
}

extension IngestPipeline: PendingRows {
  package func settle(
    _ table: String, of tenant: TenantID, in range: TimeRange?, within duration: Duration
  ) -> Bool {
    let stream = streams.withLock { streams in streams.first { $0.table == table } }
    // What waits on the disk takes long to store; the question itself needs time too.
    return stream?.settle(tenant, in: range, by: .now + duration / 2) ?? true
  }
}
