import Columns
import EmbeddedClickHouse
import Base
import Engine

/// The columns of every table in their order, and how a block's columns meet them.
struct TableLayouts: Sendable {
  struct TableColumn: Sendable {
    let name: String
    let type: String
  }

  private let tables: [String: [TableColumn]]

  /// Reads the columns that an insert has to give, of every table of the schema.
  init(run: MigrationRunner.Run) throws(EngineError) {
    let result = try run(
      """
      SELECT table, name, type FROM system.columns
      WHERE database = currentDatabase() AND default_kind NOT IN ('ALIAS', 'MATERIALIZED')
      ORDER BY table, position
      """)
    var tables: [String: [TableColumn]] = [:]
    for row in 0..<result.rowCount {
      let column = TableColumn(name: result["name"].string(row) ?? "", type: result["type"].string(row) ?? "")
      tables[result["table"].string(row) ?? "", default: []].append(column)
    }
    self.tables = tables
  }

  /// The block's columns in the table's order; what only the table has is the time of the commit, or zero.
  func columns(
    of block: ColumnBlock, for table: String, receivedAt: Int64
  ) throws(EngineError) -> [(name: String, column: any Column)] {
    guard let wanted = tables[table] else {
      throw EngineError(kind: .rejected, code: 60, message: "there is no table \(table)")
    }
    var columns: [(name: String, column: any Column)] = []
    var fromBlock = 0
    for column in wanted {
      if let own = block[column.name] {
        fromBlock += 1
        let isForgotten = column.name == "batch_id" && Self.spansPartitions(block)
        columns.append((column.name, isForgotten ? Self.zeroIDs(block.rowCount) : own))
      } else {
        columns.append(
          (column.name, try filler(column, rowCount: block.rowCount, table: table, receivedAt: receivedAt)))
      }
    }
    guard fromBlock == block.columns.count else {
      let unknown = block.columns.map(\.name).filter { name in !wanted.contains { $0.name == name } }
      throw EngineError(
        kind: .rejected, code: 16, message: "the table \(table) has no columns \(unknown.joined(separator: ", "))")
    }
    return columns
  }

  /// Whether the rows are of several UTC days, each of which the engine commits on its own.
  ///
  /// If the process ends between two of these commits, only a part of the rows is stored. A retry of their request must
  /// then be stored again, so such rows do not say whose they are: better twice than never.
  private static func spansPartitions(_ block: ColumnBlock) -> Bool {
    let times = (block["start_time"] ?? block["time"]) as? FixedColumn<Int64>
    // A metric point has a start too, but its day is that of its time.
    guard let times = (block["value_double"] == nil ? times : block["time"] as? FixedColumn<Int64>), times.rowCount > 0
    else { return false }
    let day: Int64 = 86_400_000_000_000
    let first = floorDivide(times[0], day)
    // The nanoseconds since the day began, without a sign: more than a day for a time of any other day. Nothing is added to
    // the time of a row: the last day that 64 bits of nanoseconds know ends behind their last.
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

  private func filler(
    _ column: TableColumn, rowCount: Int, table: String, receivedAt: Int64
  ) throws(EngineError) -> any Column {
    switch column.type {
    case "DateTime64(9, 'UTC')":
      let times = FixedColumn<Int64>(kind: .timestampNanoseconds)
      times.append(repeating: receivedAt, count: rowCount)
      return times
    case "DateTime('UTC')":
      let now = FixedColumn<UInt32>()
      now.append(repeating: UInt32(truncatingIfNeeded: receivedAt / 1_000_000_000), count: rowCount)
      return now
    case "UInt8":
      let zeros = FixedColumn<UInt8>()
      zeros.append(repeating: 0, count: rowCount)
      return zeros
    case "UInt32":
      let zeros = FixedColumn<UInt32>()
      zeros.append(repeating: 0, count: rowCount)
      return zeros
    default:
      throw EngineError(
        kind: .rejected, code: 16, message: "rows for the table \(table) lack the column \(column.name)")
    }
  }
}
