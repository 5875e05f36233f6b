import Base
import Columns
import Commit
import Engine
import Glibc
import Ingest
import Journal
import OTLP
import OTLPDecoding
import Synchronization
import System
import Telemetry
import TelemetryIngest

/// Properties of the way back from the journal: a segment of any records is replayed into the streams of a server.
///
/// It never traps and ends. Every record that is whole is accounted for: it is stored with the rows that its body has when
/// it is decoded alone, is set aside, or has no rows; and no segment is left. Of a damaged segment no more is lost than is
/// counted, and no row is stored that a record does not have.
package enum SpoolFuzzCase {
  package static func run(_ input: [UInt8]) {
    let records = FuzzedRecord.read(input)
    guard !records.isEmpty else { return }
    replay(records, damage: nil)
    // The last bytes choose what is changed on the disk after the start has looked through it.
    replay(records, damage: input.suffix(4).reduce(0) { $0 << 8 | Int($1) })
  }

  private static func replay(_ records: [FuzzedRecord], damage: Int?) {
    let folder = FuzzFolder()
    defer { folder.clear() }
    let segment = SegmentReader.sample(payloads: records.map(\.payload))
    let path = "\(folder.path)/journal/0000000000000001.journal"
    let store = CountingStore()
    do {
      try File.makeDirectories("\(folder.path)/journal", mode: 0o700)
      try File.writeAtomically(path, segment, mode: 0o600)
      var options = JournalOptions(folder: "\(folder.path)/journal")
      options.sync = .never
      let journal = try Journal(options, identityPath: "\(folder.path)/id", logger: .disabled)
      precondition(journal.survey.recordCount == records.count, "a whole record was not found")
      if let damage { folder.flip(damage, of: segment, in: path) }
      try replay(journal, store)
      check(journal.statistics, store.counts.withLock { $0 }, records, isDamaged: damage != nil)
      let left = try File.entries(ofDirectory: "\(folder.path)/journal").filter { $0.hasSuffix(".journal") }
      precondition(left.isEmpty, "a segment is left: \(left)")
    } catch {
      preconditionFailure("a replay failed: \(error)")
    }
  }

  /// Starts and stops the way in of a server over a journal.
  private static func replay(_ journal: Journal, _ store: CountingStore) throws {
    let pipeline = IngestPipeline(store: store, journal: journal, gate: OpenGate(), laneCount: 1)
    let spans = try stream(SpanBlock.self, pipeline)
    let logs = try stream(LogBlock.self, pipeline)
    try pipeline.replay()
    let deadline = Instant.now + .seconds(5)
    let isSettled = [spans.commit.settle(nil, by: deadline), logs.commit.settle(nil, by: deadline)]
    precondition(isSettled == [true, true], "requests still wait: \(isSettled)")
    spans.commit.stop()
    logs.commit.stop()
    precondition(journal.spooledKinds.isEmpty, "requests of \(journal.spooledKinds) still wait")
    journal.stop()
  }

  private static func stream<Rows: ExportedRows>(
    _ rows: Rows.Type, _ pipeline: IngestPipeline
  ) throws -> SignalStream<Rows> {
    let commit = try pipeline.commit(rows, name: "fuzz", limits: CommitLimits(), logger: .disabled)
    let stream = SignalStream(commit, laneCount: 1, limits: FuzzedRecord.limits, journal: pipeline.journal)
    pipeline.add(stream)
    return stream
  }

  private static func check(
    _ statistics: JournalStatistics, _ rows: [String: Int], _ records: [FuzzedRecord], isDamaged: Bool
  ) {
    var expected: [String: Int] = [:]
    var refusedCount = 0
    for record in records {
      switch record.outcome {
      case .rows(let count, let table): expected[table, default: 0] += count
      case .refused: refusedCount += 1
      }
    }
    precondition(statistics.found == records.count)
    for (table, count) in expected {
      let stored = rows[table] ?? 0
      precondition(
        isDamaged ? stored <= count : stored == count, "\(stored) rows in \(table), \(count) were acknowledged")
    }
    if isDamaged {
      precondition(statistics.lost <= 1, "a changed bit costs one record, not \(statistics.lost)")
      precondition(statistics.refused <= refusedCount)
    } else {
      precondition(statistics.lost == 0 && statistics.damaged == 0, "a whole record was lost")
      precondition(statistics.refused == refusedCount, "\(statistics.refused) set aside, \(refusedCount) refused")
    }
  }
}

/// A record as an input describes it.
struct FuzzedRecord {
  enum Outcome {
    case rows(Int, table: String)
    case refused
  }

  /// Fewer attributes than a server takes, so that an input of the fuzzer's size reaches the bounds.
  static let limits = IngestLimits(attributeCountMax: 8, eventCountMax: 4, linkCountMax: 4)
  private static let countMax = 16

  let payload: [UInt8]

  /// Reads `kind, flags, length, bytes` until an input ends.
  static func read(_ input: [UInt8]) -> [FuzzedRecord] {
    var records: [FuzzedRecord] = []
    var rest = input[...]
    while rest.count > 4, records.count < countMax {
      let head = Array(rest.prefix(4))
      rest = rest.dropFirst(4)
      let bytes = Array(rest.prefix(Int(head[2]) | Int(head[3]) << 8))
      rest = rest.dropFirst(bytes.count)
      records.append(FuzzedRecord(kind: head[0], flags: head[1], bytes, id: UInt64(records.count)))
    }
    return records
  }

  private init(kind: UInt8, flags: UInt8, _ bytes: [UInt8], id: UInt64) {
    // The bytes are the fields too.
    if flags & 1 != 0 {
      payload = bytes
      return
    }
    let record = JournalRecord(
      signal: kind % 4, encoding: flags >> 1 & 1, isSpooled: flags & 4 != 0, isRecognisable: flags & 8 != 0, tenant: 1,
      receivedAt: 1_795_248_000_000_000_000, storedAfter: 1, earliest: 0,
      latest: flags & 16 != 0 ? 1_795_248_000_000_000_000 : UInt64(Int64.max), batchID: id)
    payload = record.bytes + bytes
  }

  /// What becomes of it when it is decoded alone.
  var outcome: Outcome {
    guard let record = JournalRecord(payload: payload[...]) else { return .refused }
    let body = Array(payload.dropFirst(JournalRecord.fieldBytes))
    return switch record.signal {
    case 0: Self.outcome(SpanBatch(), record, body)
    case 2: Self.outcome(LogBatch(), record, body)
    default: .refused
    }
  }

  private static func outcome<Rows: ExportedRows>(
    _ batch: SignalBatch<Rows>, _ record: JournalRecord, _ body: [UInt8]
  ) -> Outcome {
    unsafe body.withUnsafeBytes { bytes in
      let request = unsafe ExportRequest(
        bytes, record.encoding == 1 ? .json : .protobuf, tenant: TenantID(record.tenant), batchID: record.batchID,
        untimedID: record.batchID, receivedAt: UnixNanoseconds(record.receivedAt),
        times: TimeWindow(earliest: record.earliest, latest: record.latest))
      do throws(DecodeError) {
        let decoded = try OTLPDecoder(limits: limits).append(request, to: batch)
        return .rows(decoded.accepted, table: Rows.table.declaration.name)
      } catch {
        return .refused
      }
    }
  }
}

private struct OpenGate: IngestGate {
  let refusal: String? = nil
}

/// A store that counts rows and has none to read.
private final class CountingStore: IngestStore {
  let latestCommit: Int64 = 0
  let counts = Mutex<[String: Int]>([:])

  func recentBatches(
    of table: String, within age: Duration, countMax: Int
  ) throws(EngineError) -> [TenantID: [UInt64]] { [:] }

  func storedBatches(of table: String, after time: Int64) throws(EngineError) -> [StoredBatch: Set<Int64>] { [:] }

  func insert(_ block: ColumnBlock, into table: String) throws(EngineError) {
    counts.withLock { $0[table, default: 0] += block.rowCount }
  }

  func execute(_ statement: SQLStatement) throws(EngineError) {}

  func query(_ statement: SQLStatement, during activity: QueryActivity) throws(EngineError) -> QueryResult {
    throw EngineError(.unavailable, "it has no rows")
  }
}

/// A folder for one input; tests run several at a time in one process.
private struct FuzzFolder {
  private static let count = Atomic(0)

  let path = "/tmp/axonize-fuzz-\(getpid())-\(Self.count.add(1, ordering: .relaxed).newValue)"

  /// Changes a bit of a file in place, as a disk does; the file may be gone, since nothing in it waits.
  func flip(_ number: Int, of bytes: [UInt8], in path: String) {
    let descriptor = unsafe open(path, O_WRONLY)
    guard descriptor >= 0 else { return }
    let place = number % bytes.count
    var byte = bytes[place] ^ 1 << UInt8(truncatingIfNeeded: number & 7)
    unsafe pwrite(descriptor, &byte, 1, place)
    close(descriptor)
  }

  func clear() {
    for folder in ["\(path)/journal/refused", "\(path)/journal", path] {
      for name in (try? File.entries(ofDirectory: folder)) ?? [] { _ = unsafe unlink("\(folder)/\(name)") }
      _ = unsafe rmdir(folder)
    }
  }
}
