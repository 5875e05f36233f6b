import Base
import Columns
import Commit
import Engine
import EngineTestSupport
import Glibc
import Ingest
import Journal
import Synchronization
import System
import Telemetry
import TestSupport
import Testing

/// Goal: slices share a pipeline without knowing each other.
///
/// Method: a journal on the disk, a store in memory, and streams that note what they get.
@Suite struct IngestPipelineTests {
  @Test func `a start gives each kept request to the stream of its kind, with the days that its table has`() throws {
    let folder = try Folder()
    try folder.keep([(kind: 0, id: 10), (kind: 9, id: 20), (kind: 0, id: 11)])
    let store = Store()
    store.stored.withLock { $0 = ["documents": [StoredBatch(tenant: 7, batchID: 20): [19_000]]] }
    let journal = try folder.open()
    let pipeline = IngestPipeline(store: store, journal: journal, gate: OpenGate(), laneCount: 1)
    let spans = try Stream("spans", kind: 0, in: pipeline)
    let documents = try Stream("documents", kind: 9, in: pipeline)
    try pipeline.replay()
    #expect(spans.isRepeat(11), "it is known before it is read")
    #expect(!spans.isRepeat(20), "it is of another stream")
    eventually { spans.replayed.withLock { $0.count } >= 2 }
    eventually { documents.replayed.withLock { $0.count } >= 1 }
    for stream in [spans, documents] { stream.commit.stop() }
    #expect(spans.replayed.withLock { $0 } == ["10 body 10", "11 body 11"])
    #expect(documents.replayed.withLock { $0 } == ["20 body 20, stored [19000]"])
    #expect(journal.statistics.replayed == 3)
    journal.stop()
  }

  @Test func `a stream that has no room is asked again until it has`() throws {
    let folder = try Folder()
    try folder.keep([(kind: 0, id: 10)])
    let journal = try folder.open()
    let pipeline = IngestPipeline(store: Store(), journal: journal, gate: OpenGate(), laneCount: 1)
    let spans = try Stream("spans", kind: 0, in: pipeline)
    spans.isFullFor.store(2, ordering: .relaxed)
    try pipeline.replay()
    eventually { spans.replayed.withLock { !$0.isEmpty } }
    spans.commit.stop()
    #expect(spans.replayed.withLock { $0 } == ["10 body 10"])
    #expect(spans.isFullFor.load(ordering: .relaxed) == 0)
    journal.stop()
  }

  @Test func `requests of a kind that nothing takes are set aside, the others are stored`() throws {
    let folder = try Folder()
    try folder.keep([(kind: 9, id: 10), (kind: 0, id: 11)])
    let journal = try folder.open()
    let pipeline = IngestPipeline(store: Store(), journal: journal, gate: OpenGate(), laneCount: 1)
    let spans = try Stream("spans", kind: 0, in: pipeline)
    try pipeline.replay()
    #expect(journal.statistics.refused == 1)
    eventually { spans.replayed.withLock { !$0.isEmpty } }
    spans.commit.stop()
    #expect(spans.replayed.withLock { $0 } == ["11 body 11"])
    #expect(journal.statistics.refused == 1)
    #expect(try folder.refusedNames.contains { $0.hasSuffix(".kind-9.pb") })
    journal.stop()
  }

  @Test func `requests of any stream that find no room in memory wait in the journal and come back to it`() throws {
    let folder = try Folder()
    let store = Store()
    store.isHeld.store(true, ordering: .relaxed)
    let journal = try folder.open()
    let pipeline = IngestPipeline(store: store, journal: journal, gate: OpenGate(), laneCount: 1)
    var limits = CommitLimits()
    // One request fits.
    limits.queueBytesMax = 1
    limits.quietInterval = .zero
    let stream = try Stream("documents", kind: 9, limits: limits, in: pipeline)
    try pipeline.replay()
    let acknowledgedCount = Atomic<Int>(0)
    for id in UInt64(1)...3 {
      let body = Array("body \(id)".utf8)
      let admission = stream.commit.append(
        lane: 0, tenant: TenantID(7), batchID: id,
        decode: { batch, _ in
          batch.rows.appendPlainSpan(tenant: 7, batchID: id, resource: 0)
          return DecodedRows(accepted: 1)
        },
        keep: { decoded, isSpooled, whenKept in
          unsafe body.withUnsafeBytes {
            unsafe journal.append(.sample(kind: 9, id: id, isSpooled: isSpooled), body: $0, whenKept: whenKept)
          }
        },
        completion: { outcome in if outcome == .committed { acknowledgedCount.add(1, ordering: .relaxed) } })
      #expect(admission == .appended(accepted: 1, rejected: 0, firstReason: nil))
    }
    eventually { acknowledgedCount.load(ordering: .relaxed) == 3 }
    #expect(stream.replayed.withLock { $0 } == [], "the store takes nothing")
    store.isHeld.store(false, ordering: .relaxed)
    eventually { stream.replayed.withLock { $0.count } >= 2 }
    stream.commit.stop()
    #expect(stream.replayed.withLock { $0 } == ["2 body 2", "3 body 3"])
    journal.stop()
  }

  @Test func `a question has the rows of its table stored, and waits for no other`() throws {
    let folder = try Folder()
    let journal = try folder.open()
    let pipeline = IngestPipeline(store: Store(), journal: journal, gate: OpenGate(), laneCount: 1)
    let spans = try Stream("spans", kind: 0, in: pipeline)
    let logs = try Stream("logs", kind: 2, in: pipeline)
    let range = TimeRange(start: UnixNanoseconds(1), end: UnixNanoseconds(2))
    #expect(pipeline.settle("logs", of: TenantID(7), in: range, within: .seconds(1)))
    #expect(pipeline.settle("logs", of: TenantID(8), in: nil, within: .seconds(1)))
    #expect(logs.settled.withLock { $0 } == [.init(tenant: 7, range: range), .init(tenant: 8, range: nil)])
    #expect(spans.settled.withLock { $0 } == [])
    #expect(pipeline.settle("documents", of: TenantID(7), in: range, within: .seconds(1)), "no rows wait for it")
    for stream in [spans, logs] { stream.commit.stop() }
    journal.stop()
  }

  @Test func `a retry of a request that was stored before the start is recognised`() async throws {
    let folder = try Folder()
    let journal = try folder.open()
    let store = Store()
    store.recent.withLock { $0 = ["spans": [TenantID(7): [10]]] }
    let pipeline = IngestPipeline(store: store, journal: journal, gate: OpenGate(), laneCount: 1)
    let commit = try pipeline.commit(SpanBlock.self, name: "test", limits: CommitLimits(), logger: .disabled)
    let admission = commit.append(lane: 0, tenant: TenantID(7), batchID: 10) { _, _ in
      Issue.record("decoded again")
      return DecodedRows(accepted: 0)
    } completion: { _ in
    }
    #expect(admission == .repeated(rejected: 0))
    commit.stop()
    journal.stop()
  }
}

private struct OpenGate: IngestGate {
  let refusal: String? = nil
}

/// A stream that notes what it is given.
private final class Stream: IngestStream {
  struct Settling: Equatable {
    let tenant: UInt32
    let range: TimeRange?
  }

  let commit: GroupCommit<SpanBlock>
  let table: String
  let journalKind: UInt8
  let replayed = Mutex<[String]>([])
  let settled = Mutex<[Settling]>([])
  /// How often it has no room yet.
  let isFullFor = Atomic<Int>(0)

  init(_ table: String, kind: UInt8, limits: CommitLimits = CommitLimits(), in pipeline: IngestPipeline) throws {
    commit = try pipeline.commit(SpanBlock.self, name: table, limits: limits, logger: .disabled)
    self.table = table
    journalKind = kind
    pipeline.add(self)
  }

  /// Whether a request would be a repeat; nothing is stored if it would not.
  func isRepeat(_ id: UInt64) -> Bool {
    let admission = commit.append(lane: 0, tenant: TenantID(7), batchID: id) { _, _ in
      DecodedRows(accepted: 0)
    } completion: { _ in
    }
    return admission == .repeated(rejected: 0)
  }

  func settle(_ tenant: TenantID, in range: TimeRange?, by deadline: Instant) -> Bool {
    settled.withLock { $0.append(Settling(tenant: tenant.rawValue, range: range)) }
    return true
  }

  func replay(
    _ request: KeptRequestAgain, _ record: JournalRecord, body: UnsafeRawBufferPointer
  ) -> ReplayedRequest {
    guard isFullFor.load(ordering: .relaxed) == 0 else {
      isFullFor.subtract(1, ordering: .relaxed)
      return .queueFull
    }
    let text = unsafe String(decoding: body, as: UTF8.self)
    let stored = request.storedDays.isEmpty ? "" : ", stored \(request.storedDays.sorted())"
    replayed.withLock { $0.append("\(record.batchID) \(text)\(stored)") }
    return .taken
  }
}

/// A store that says what a test wants it to have.
private final class Store: IngestStore {
  let latestCommit: Int64 = 0
  let recent = Mutex<[String: [TenantID: [UInt64]]]>([:])
  let stored = Mutex<[String: [StoredBatch: Set<Int64>]]>([:])
  /// Whether inserts wait.
  let isHeld = Atomic<Bool>(false)

  func recentBatches(
    of table: String, within age: Duration, countMax: Int
  ) throws(EngineError) -> [TenantID: [UInt64]] {
    recent.withLock { $0[table] ?? [:] }
  }

  func storedBatches(of table: String, after time: Int64) throws(EngineError) -> [StoredBatch: Set<Int64>] {
    stored.withLock { $0[table] ?? [:] }
  }

  func insert(_ block: ColumnBlock, into table: String) throws(EngineError) {
    eventually { !isHeld.load(ordering: .relaxed) }
  }

  func execute(_ statement: SQLStatement) throws(EngineError) {}

  func query(_ statement: SQLStatement, during activity: QueryActivity) throws(EngineError) -> QueryResult {
    throw EngineError(.unavailable, "nothing is asked")
  }
}

extension JournalRecord {
  fileprivate static func sample(kind: UInt8, id: UInt64, isSpooled: Bool = false) -> JournalRecord {
    JournalRecord(
      signal: kind, encoding: 0, isSpooled: isSpooled, isRecognisable: true, tenant: 7, receivedAt: 1, storedAfter: 0,
      earliest: 0, latest: .max, batchID: id)
  }
}

/// The folder of a journal, removed with the value.
private struct Folder: ~Copyable {
  private let path: String

  init() throws {
    var template = [UInt8]("/tmp/pipeline-XXXXXX\0".utf8).map { CChar(bitPattern: $0) }
    let made = unsafe mkdtemp(&template)
    guard let made = unsafe made else { throw SystemError(call: "mkdtemp", code: errno) }
    path = unsafe String(cString: made)
  }

  deinit {
    for inner in ["\(path)/journal/refused", "\(path)/journal", path] {
      for name in (try? File.entries(ofDirectory: inner)) ?? [] { _ = unsafe unlink("\(inner)/\(name)") }
      _ = unsafe rmdir(inner)
    }
  }

  func open() throws -> Journal {
    var options = JournalOptions(folder: "\(path)/journal")
    options.sync = .never
    return try Journal(options, identityPath: "\(path)/id", logger: .disabled)
  }

  var refusedNames: [String] {
    get throws { try File.entries(ofDirectory: "\(path)/journal/refused") }
  }

  /// Leaves requests as a process does that ends before their rows are stored.
  func keep(_ requests: [(kind: UInt8, id: UInt64)]) throws {
    let journal = try open()
    let entries = requests.map { request in
      let record = JournalRecord.sample(kind: request.kind, id: request.id)
      let body = Array("body \(request.id)".utf8)
      return unsafe body.withUnsafeBytes { unsafe journal.append(record, body: $0) { #expect($0) } }
    }
    journal.stop()
    withExtendedLifetime(entries) {}
  }
}
