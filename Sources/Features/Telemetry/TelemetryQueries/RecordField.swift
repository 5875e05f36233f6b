import Base
import Columns
import Engine
import SQLBuilder

/// A field of a record, with the column that it is read from: what a statement selects and how its result is read.
///
/// A column is read for all rows at once: a trace can have a hundred thousand, and to take all columns in hand for each
/// of them takes longer.
struct RecordField<Record>: Sendable {
  typealias Read = @Sendable (_ record: inout Record, _ column: ResultColumn, _ row: Int) -> Void

  let expression: SQLFragment
  /// The name in the result.
  let name: String
  private let read: Read?

  private init(_ expression: SQLFragment, _ name: StaticString, _ read: Read?) {
    self.expression = expression
    self.name = name.description
    self.read = read
  }

  /// A column as it is; without `read` one that is read together with others.
  init(_ column: StaticString, _ read: Read? = nil) { self.init(SQLFragment(stringLiteral: column), column, read) }

  init(_ expression: SQLFragment, as name: StaticString, _ read: @escaping Read) {
    self.init("\(expression) AS \(SQLFragment(stringLiteral: name))", name, read)
  }

  /// A time, as nanoseconds.
  init(time column: StaticString, as name: StaticString, _ read: @escaping Read) {
    self.init("toUnixTimestamp64Nano(\(SQLFragment(stringLiteral: column)))", as: name, read)
  }

  /// Reads the field of each row.
  func read(_ result: QueryResult, into records: inout [Record]) {
    guard let read else { return }
    let column = result[name]
    for row in records.indices { read(&records[row], column, row) }
  }
}

extension ResultColumn {
  func text(_ row: Int) -> String { string(row) ?? "" }
  func number(_ row: Int) -> UInt64 { unsigned(row) ?? 0 }
  func uint8(_ row: Int) -> UInt8 { UInt8(truncatingIfNeeded: number(row)) }
  func uint32(_ row: Int) -> UInt32 { UInt32(truncatingIfNeeded: number(row)) }
  func time(_ row: Int) -> UnixNanoseconds { UnixNanoseconds(int(row) ?? 0) }
}
