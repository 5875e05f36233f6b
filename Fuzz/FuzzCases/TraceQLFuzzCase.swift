import Base
import Columns
import Engine
import TelemetryQueries
import TraceQL

/// Properties of the query language that hold for every text.
///
/// The parser neither traps nor runs away; an error points into the text, at the same place when lines are put before
/// it; and whatever a query says, the SQL made of it is whole and holds none of its text.
package enum TraceQLFuzzCase {
  package static func run(_ input: [UInt8]) {
    let text = String(decoding: input, as: UTF8.self)
    do throws(TraceQLError) {
      let query = try TraceQLParser.parse(text)
      compile(query)
    } catch {
      let position = error.position
      precondition((0...text.utf8.count).contains(position.offset), "an error beyond the text: \(error)")
      precondition(position.line >= 1 && position.column >= 1 && !error.message.isEmpty, "an error without place")
      if text.utf8.count < TraceQLLimits.queryBytesMax { moveDown(text, error) }
    }
  }

  private static func moveDown(_ text: String, _ error: TraceQLError) {
    do throws(TraceQLError) {
      _ = try TraceQLParser.parse("\n" + text)
      preconditionFailure("a line break makes \(text) right")
    } catch let moved {
      precondition(
        moved.message == error.message && moved.position.line == error.position.line + 1
          && moved.position.column == error.position.column, "\(error) moves to \(moved)")
    }
  }

  private static func compile(_ query: TraceQLQuery) {
    let range = TimeRange(start: UnixNanoseconds(0), end: UnixNanoseconds(1))
    var filter = SpanFilter(range: range)
    filter.query = query
    let reader = TelemetryReader(
      engine: CheckingEngine(), derived: NothingDerived(),
      limits: QueryLimits(timeout: .seconds(20), memoryBytesMax: 512 << 20))
    let telemetry = reader.telemetry(of: .default, during: .background)
    do throws(QueryFailure) {
      _ = try telemetry.traces(TraceSearch(filter: filter, limit: 1))
      _ = try telemetry.spans(SpanSearch(filter: filter, limit: 1))
    } catch {
      preconditionFailure("no statement can fail without an engine: \(error)")
    }
  }
}

/// An engine without rows that looks at the statements.
private struct CheckingEngine: AnalyticsEngine {
  /// Every byte that statements are made of; a query's own text would bring others.
  private static let allowed = Set(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 \n_.,:=<>!()[]{}-+*/'".utf8)

  func execute(_ statement: SQLStatement) throws(EngineError) { check(statement) }

  func query(_ statement: SQLStatement, during activity: QueryActivity) throws(EngineError) -> QueryResult {
    check(statement)
    return QueryResult(columns: [], rowCount: 0)
  }

  private func check(_ statement: SQLStatement) {
    var depth = 0
    var quoteCount = 0
    for byte in statement.text.utf8 {
      precondition(Self.allowed.contains(byte), "byte \(byte) in \(statement.text)")
      if byte == UInt8(ascii: "(") { depth += 1 }
      if byte == UInt8(ascii: ")") { depth -= 1 }
      if byte == UInt8(ascii: "'") { quoteCount += 1 }
      precondition(depth >= 0, "a parenthesis too much in \(statement.text)")
    }
    precondition(depth == 0 && quoteCount.isMultiple(of: 2), "an open end in \(statement.text)")
    for name in statement.parameters.keys where name != "tenant" {
      precondition(statement.text.firstRange(of: "{\(name):") != nil, "nobody reads \(name)")
    }
  }
}
