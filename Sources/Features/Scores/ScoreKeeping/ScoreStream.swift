import API
import Base
import Columns
import Commit
import Engine
import Ingest
import JSON
import Journal
import Scores
import ScoresTables
import Synchronization
import System
import Telemetry

/// Scores on their way to the commit.
final class ScoreStream: Sendable {
  let commit: GroupCommit<ScoreBlock>
  private let journal: Journal
  private let latestCommit: @Sendable () -> Int64
  /// That of the latest change, in nanoseconds since 1970.
  private let version = Mutex<Int64>(0)
  private let hasEarlier = Atomic<Bool>(false)

  /// Whether an earlier process left scores in the journal.
  var hadEarlierScores: Bool { hasEarlier.load(ordering: .relaxed) }

  /// As the journal has them.
  private static let form = JSONForm<[ScoreChange]>.list(ScoreChange.form, countMax: ScoreLimits.batchCountMax)

  init(_ commit: GroupCommit<ScoreBlock>, journal: Journal, latestCommit: @escaping @Sendable () -> Int64) {
    self.commit = commit
    self.journal = journal
    self.latestCommit = latestCommit
  }

  /// - Parameters:
  ///   - changes: get their versions here, in their order.
  ///   - report: called once, from any thread.
  func submit(
    _ changes: [ScoreChange], of tenant: TenantID, _ report: @escaping @Sendable (RequestOutcome) -> Void
  ) throws(InputMistake) {
    var changes = changes
    let first = nextVersions(changes.count)
    for place in changes.indices { changes[place].version = UnixNanoseconds(first + Int64(place)) }
    let rows = try changes.map { (change) throws(InputMistake) in ScoreRow(change, try change.score()) }
    var writer = JSONWriter(reservingCapacity: 256 * changes.count)
    Self.form.shape.write(changes, &writer)
    let times = rows.map(\.time)
    let latestCommit = latestCommit()
    unsafe writer.bytes.withUnsafeBytes { body in
      let batchID = unsafe ByteHash.hash(body) | 1
      commit.submit(
        lane: 0, tenant: tenant, batchID: batchID,
        decode: { batch, _ throws(Never) in
          Self.append(rows, of: tenant, batchID: batchID, to: batch.rows)
        },
        keep: { [journal] decoded, isSpooled, whenKept in
          unsafe journal.append(
            JournalRecord(
              signal: Self.journalKind, encoding: 1, isSpooled: isSpooled, isRecognisable: decoded.isRecognisable,
              tenant: tenant.rawValue, receivedAt: WallClock.now.rawValue, storedAfter: latestCommit,
              earliest: UInt64(clamping: times.min() ?? 0), latest: UInt64(clamping: times.max() ?? 0),
              batchID: batchID),
            body: body, whenKept: whenKept)
        }, report: report)
    }
  }

  /// The first of some versions that follow each other and are greater than all before.
  private func nextVersions(_ count: Int) -> Int64 {
    version.withLock { version in
      let first = max(version + 1, WallClock.now.rawValue)
      version = first + Int64(count) - 1
      return first
    }
  }

  private static func append(
    _ rows: [ScoreRow], of tenant: TenantID, batchID: UInt64, to block: ScoreBlock
  ) -> DecodedRows {
    for row in rows { row.append(of: tenant, batchID: batchID, to: block) }
    return DecodedRows(accepted: rows.count)
  }
}

/// A row of the table.
private struct ScoreRow: Sendable {
  let change: ScoreChange
  let score: Score?

  init(_ change: ScoreChange, _ score: Score?) {
    self.change = change
    self.score = score
  }

  /// A deletion is kept as long as what it deletes may be.
  var time: Int64 { (score?.time ?? change.version).rawValue }

  func append(of tenant: TenantID, batchID: UInt64, to block: ScoreBlock) {
    block.tenant.append(tenant.rawValue)
    block.id.append(change.id)
    block.version.append(UInt64(clamping: change.version.rawValue))
    block.isDeleted.append(score == nil ? 1 : 0)
    block.time.append(time)
    block.name.append(score?.name ?? "")
    block.kind.append(score?.value.kind.rawValue ?? "")
    block.number.append(score?.value.number ?? 0)
    if case .category(let text)? = score?.value { block.category.append(text) } else { block.category.append("") }
    block.source.append(score?.source.rawValue ?? "")
    block.comment.append(score?.comment ?? "")
    block.author.append(score?.author ?? "")
    let (trace, span, session) = score?.target.columns ?? (TraceID(high: 0, low: 0), SpanID(0), "")
    block.traceID.append(high: trace.high, low: trace.low)
    block.spanID.append(span.rawValue)
    block.sessionID.append(session)
    block.batchID.append(batchID)
  }
}

extension ScoreTarget {
  /// What the columns of the table hold.
  fileprivate var columns: (TraceID, SpanID, String) {
    switch self {
    case .trace(let trace): (trace, SpanID(0), "")
    case .span(let trace, let span): (trace, span, "")
    case .session(let session): (TraceID(high: 0, low: 0), SpanID(0), session)
    }
  }
}

extension ScoreStream: IngestStream {
  /// 0 to 3 are signals of OpenTelemetry and samples, 6 events of machines.
  static let journalKind: UInt8 = 7
  var journalKind: UInt8 { Self.journalKind }

  func willReplay(storedAfter time: Int64, from engine: any AnalyticsEngine) throws(EngineError) {
    hasEarlier.store(true, ordering: .relaxed)
  }

  func replay(
    _ kept: KeptRequestAgain, _ record: JournalRecord, body: UnsafeRawBufferPointer
  ) -> ReplayedRequest {
    let bytes = unsafe Array(body)
    do throws(InputMistake) {
      let replay = try commit.replay(
        kept, isFull: { _ in false },
        decode: { batch, _ throws(InputMistake) in
          let json: JSONValue
          do throws(JSONError) {
            json = try JSONValue(parsing: bytes)
          } catch {
            throw InputMistake("\(error)")
          }
          let changes = try Self.form.read(json)
          let rows = try changes.map { (change) throws(InputMistake) in ScoreRow(change, try change.score()) }
          return Self.append(rows, of: kept.tenant, batchID: record.batchID, to: batch.rows)
        })
      return switch replay {
      case .taken: .taken
      case .stored: .stored
      case .queueFull: .queueFull
      }
    } catch {
      return .refused("scores that cannot be read, probably since a later version wrote them: \(error.detail)")
    }
  }
}
