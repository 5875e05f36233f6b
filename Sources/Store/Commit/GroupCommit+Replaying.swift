package import Base
package import Engine
import Metrics
import Synchronization
import System
package import Telemetry

/// A request that something has kept and whose rows are not in memory.
package struct KeptRequestAgain: Sendable {
  package let tenant: TenantID
  let batchID: UInt64
  package let isRecognisable: Bool
  let record: any KeptRequest
  /// The days of its rows that are stored, since 1970.
  package let storedDays: Set<Int64>
  /// Whether this process took it, and so counted its rows.
  package let isCounted: Bool

  package init(
    tenant: TenantID, batchID: UInt64, isRecognisable: Bool, record: any KeptRequest, storedDays: Set<Int64> = [],
    isCounted: Bool = false
  ) {
    self.isCounted = isCounted
    self.tenant = tenant
    self.batchID = batchID
    self.isRecognisable = isRecognisable
    self.record = record
    self.storedDays = storedDays
  }
}

extension GroupCommit {
  package enum Replay: Sendable, Equatable {
    /// Its rows wait; the record is released when they are stored.
    case taken
    /// Every row of it is stored already, or it has none.
    case stored
    /// It does not fit beside what waits; it MAY be given again later.
    case queueFull
  }

  /// Appends the rows of a kept request, but for those that are stored.
  ///
  /// It counts as acknowledged. The closures are those of
  /// ``append(lane:tenant:batchID:isFull:decode:settle:keep:completion:)``.
  package func replay<Failure: Error>(
    _ request: KeptRequestAgain, isFull: (Failure) -> Bool,
    decode: (_ batch: SignalBatch<Rows>, _ lane: Int) throws(Failure) -> DecodedRows,
    settle: (_ areRowsKept: Bool) -> Void = { _ in }
  ) throws(Failure) -> Replay {
    guard queuedBytes.load(ordering: .relaxed) < limits.queueBytesMax else { return .queueFull }
    let result = try withLane(0) { groups, lane throws(Failure) -> Replay in
      do throws(Failure) {
        return try replay(request, to: &groups, lane, decode, settle)
      } catch {
        guard isFull(error), !groups.open.requests.isEmpty else { throw error }
      }
      groups.seal()
      return try replay(request, to: &groups, lane, decode, settle)
    }
    if case .taken = result { wake() }
    return result
  }

  private func replay<Failure: Error>(
    _ request: KeptRequestAgain, to groups: inout LaneGroups<Rows>, _ lane: Int,
    _ decode: (_ batch: SignalBatch<Rows>, _ lane: Int) throws(Failure) -> DecodedRows,
    _ settle: (_ areRowsKept: Bool) -> Void
  ) throws(Failure) -> Replay {
    let batch = groups.open.batch
    batch.mark(into: &groups.marks)
    let begin = groups.open.endOfRows
    let decoded = try decode(batch, lane)
    var areRowsKept = false
    defer { settle(areRowsKept) }
    let key = RetryFilter.Key(tenant: request.tenant.rawValue, batchID: request.batchID)
    if request.isRecognisable {
      retries.withLock { $0.remember(key, rejected: decoded.rejected, nowNanoseconds: Instant.now.nanoseconds) }
    }
    guard !decoded.isEmpty else { return .stored }
    if !request.storedDays.isEmpty {
      let days = RowDays(of: batch.rows.columns)
      guard (begin..<batch.rowCount).contains(where: { !request.storedDays.contains(days[$0]) }) else {
        batch.rollback(to: groups.marks)
        return .stored
      }
    }
    areRowsKept = true
    if !request.isCounted { counters.rowsAppended.add(decoded.accepted) }
    grow(
      &groups.open,
      by: WaitingRequest(
        tenant: request.tenant, rows: begin..<batch.rowCount, key: nil, storedKey: key, record: request.record,
        storedDays: request.storedDays, completion: { _ in }))
    return .taken
  }
}
