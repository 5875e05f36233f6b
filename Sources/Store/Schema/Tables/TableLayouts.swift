package import Columns
package import Engine
import Telemetry

/// The columns of every table in their order, and how a block's columns meet them.
package struct TableLayouts: Sendable {
  private let columns: [String: [String]]
  private let tables: [String: StoredTable]

  /// Reads the columns that an insert has to give, of every table of the schema.
  package init(
    of tables: [StoredTable], run: SchemaRunner.Run
  ) throws(EngineError) {
    let result = try run(
      """
      SELECT table, name FROM system.columns
      WHERE database = currentDatabase() AND default_kind NOT IN ('ALIAS', 'MATERIALIZED')
      ORDER BY table, position
      """)
    var columns: [String: [String]] = [:]
    for row in 0..<result.rowCount {
      columns[result["table"].string(row) ?? "", default: []].append(result["name"].string(row) ?? "")
    }
    self.columns = columns
    self.tables = Dictionary(uniqueKeysWithValues: tables.map { ($0.name, $0) })
  }

  /// The block's columns in the table's order; what the block does not have is filled as the table's declaration says.
  package func columns(
    of block: ColumnBlock, for table: String, receivedAt: Int64
  ) throws(EngineError) -> [(name: String, column: any Column)] {
    guard let wanted = columns[table], let declaration = tables[table], case .inserted(let declared) = declaration.rows
    else {
      throw EngineError(.rejected, "there is no table \(table) to insert into")
    }
    let isForgotten = Self.spansDays(block, of: declaration)
    var columns: [(name: String, column: any Column)] = []
    var fromBlock = 0
    for name in wanted {
      if let own = block[name] {
        fromBlock += 1
        columns.append((name, isForgotten && name == "batch_id" ? Self.zeroIDs(block.rowCount) : own))
      } else if let filler = declared.first(where: { $0.name == name })?.filler {
        columns.append((name, Self.column(of: filler, rowCount: block.rowCount, receivedAt: receivedAt)))
      } else {
        throw EngineError(.rejected, "rows for the table \(table) lack the column \(name)")
      }
    }
    guard fromBlock == block.columns.count else {
      let unknown = block.columns.map(\.name).filter { !wanted.contains($0) }
      throw EngineError(
        .rejected, "the table \(table) has no columns \(unknown.joined(separator: ", "))")
    }
    return columns
  }

  /// Whether the rows are of several UTC days, each of which the engine commits on its own.
  ///
  /// If the process ends between two of these commits, only a part of the rows is stored. A retry of their request must
  /// then be stored again, so such rows do not say whose they are: better twice than never.
  private static func spansDays(_ block: ColumnBlock, of table: StoredTable) -> Bool {
    guard let name = table.dayColumn, let times = block[name] as? FixedColumn<Int64>, times.rowCount > 0 else {
      return false
    }
    let day: Int64 = 86_400_000_000_000
    let first = floorDivide(times[0], day)
    // The nanoseconds since the day began, without a sign: more than a day for a time of any other day. Nothing is added to
    // the time of a row: the last day that 64 bits of nanoseconds can hold ends after the last of them.
    let start = first &* day
    for row in 0..<times.rowCount where UInt64(bitPattern: times[row] &- start) >= UInt64(day) { return true }
    return false
  }

  private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
  }

  private static func zeroIDs(_ rowCount: Int) -> any Column {
    let zeros = FixedColumn<UInt64>()
    zeros.append(repeating: 0, count: rowCount)
    return zeros
  }

  private static func column(
    of filler: ColumnDeclaration.Filler, rowCount: Int, receivedAt: Int64
  ) -> any Column {
    switch filler {
    case .commitNanoseconds:
      let times = FixedColumn<Int64>(kind: .timestampNanoseconds)
      times.append(repeating: receivedAt, count: rowCount)
      return times
    case .commitSeconds:
      let times = FixedColumn<UInt32>()
      times.append(repeating: UInt32(truncatingIfNeeded: receivedAt / 1_000_000_000), count: rowCount)
      return times
    case .zeroByte:
      let zeros = FixedColumn<UInt8>()
      zeros.append(repeating: 0, count: rowCount)
      return zeros
    }
  }
}
