import API
import Base
import Columns
import Commit
import Engine
import FleetTables
import Ingest
import JSON
import Journal
import NodeReports
import System
import Telemetry

/// Events on their way to the commit.
final class EventStream: Sendable {
  let commit: GroupCommit<FleetEventBlock>
  private let journal: Journal
  private let latestCommit: @Sendable () -> Int64

  /// As the journal has them.
  private static let form = JSONForm<[FleetEvent]>.list(FleetEvent.form, countMax: NodeReportLimits.eventCountMax * 4)

  init(
    _ commit: GroupCommit<FleetEventBlock>, journal: Journal, latestCommit: @escaping @Sendable () -> Int64
  ) {
    self.commit = commit
    self.journal = journal
    self.latestCommit = latestCommit
  }

  /// - Parameter report: called once, from any thread.
  func submit(_ events: [FleetEvent], of tenant: TenantID, _ report: @escaping @Sendable (RequestOutcome) -> Void) {
    var writer = JSONWriter(reservingCapacity: 1_024)
    Self.form.shape.write(events, &writer)
    let times = events.map(\.time.rawValue)
    let latestCommit = latestCommit()
    unsafe writer.bytes.withUnsafeBytes { body in
      let batchID = unsafe ByteHash.hash(body) | 1
      commit.submit(
        lane: 0, tenant: tenant, batchID: batchID,
        decode: { batch, _ throws(Never) in
          Self.append(events, of: tenant, batchID: batchID, to: batch.rows)
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

  private static func append(
    _ events: [FleetEvent], of tenant: TenantID, batchID: UInt64, to rows: FleetEventBlock
  ) -> DecodedRows {
    for event in events {
      rows.tenant.append(tenant.rawValue)
      rows.time.append(event.time.rawValue)
      rows.eventID.append(event.id)
      rows.node.append(event.node)
      rows.gpu.append(event.gpu ?? "")
      rows.kind.append(event.kind)
      rows.source.append(event.source)
      rows.pciBusID.append(event.pciBusID ?? "")
      rows.xid.append(event.xid ?? -1)
      rows.xidClass.append(event.xidClass ?? "")
      rows.message.append(event.message ?? "")
      rows.batchID.append(batchID)
    }
    return DecodedRows(accepted: events.count)
  }
}

extension EventStream: IngestStream {
  /// 0 to 3 are signals of OpenTelemetry and samples.
  static let journalKind: UInt8 = 6
  var journalKind: UInt8 { Self.journalKind }

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
          return Self.append(try Self.form.read(json), of: kept.tenant, batchID: record.batchID, to: batch.rows)
        })
      return switch replay {
      case .taken: .taken
      case .stored: .stored
      case .queueFull: .queueFull
      }
    } catch {
      return .refused("events that cannot be read, probably since a later version wrote them: \(error.detail)")
    }
  }
}
