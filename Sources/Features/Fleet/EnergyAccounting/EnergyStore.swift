import Base
import Columns
import Engine
import FleetTables
import Telemetry

/// The table `gpu_energy`, as whoever fills it sees it.
struct EnergyStore: Sendable {
  let engine: any AnalyticsEngine
  let inserter: any BlockInserter

  /// The minutes that are stored and begin after a time.
  ///
  /// - Parameter time: in seconds since 1970.
  func computed(after time: Int64) throws(EngineError) -> [MinuteSchedule.Entry] {
    let result = try engine.query(
      SQLStatement(
        """
        SELECT toInt64(toUnixTimestamp(minute)) AS second, toInt64(max(pass)) AS passes,
          toInt64(intDiv(min(revision), 1000000000)) AS first
        FROM gpu_energy
        WHERE tenant = {tenant:UInt32} AND minute > toDateTime({time:Int64}, 'UTC') AND kind = {kind:UInt8}
        GROUP BY minute
        """,
        [
          "tenant": .unsigned(UInt64(TenantID.default.rawValue)), "time": .int(max(0, time)),
          "kind": .unsigned(UInt64(EnergyRowKind.computed.rawValue)),
        ]))
    return (0..<result.rowCount).map { row in
      MinuteSchedule.Entry(
        minute: result["second"].int(row) ?? 0, pass: Int(result["passes"].int(row) ?? 0),
        firstComputedAt: result["first"].int(row) ?? 0)
    }
  }

  /// Notes that a minute is the same at another time at which it was due; its rows stay.
  func note(_ minute: Int64, pass: Int, revision: UnixNanoseconds) throws(EngineError) {
    let block = EnergyBlock()
    block.append(
      EnergyRow(EnergyRow.Key(.computed, of: .default)), minute: minute, revision: revision.rawValue, pass: pass)
    try inserter.insert(block.columns, into: EnergyBlock.table.declaration.name)
  }

  /// Stores the rows of a minute; those that were stored of it before count no more.
  func replace(_ minute: Int64, with rows: [EnergyRow], pass: Int, at time: UnixNanoseconds) throws(EngineError) {
    let block = EnergyBlock()
    // Together, in one part of the table: all of them are there after a kill, or none.
    for row in rows + [EnergyRow(EnergyRow.Key(.computed, of: .default))] {
      block.append(row, minute: minute, revision: time.rawValue, pass: pass)
    }
    // A tenant that had rows of the minute and has none now would go on seeing them; spans never go, so there is none.
    try inserter.insert(block.columns, into: EnergyBlock.table.declaration.name)
  }
}
