import Base
import Columns
import Engine
import SQLBuilder
import Telemetry

/// The columns that a whole span is read from.
enum SpanColumns {
  static let main: [SQLFragment] = SpanRows.fields.map(\.expression) + SpanColumn.normalised.map(\.sql)

  /// A span's duration, 0 where its clock went back.
  static let durationNanoseconds: SQLFragment = "greatest(duration_ns, 0)"
}

extension SpanColumn {
  /// The column's name in a statement.
  var sql: SQLFragment { SQLFragment(stringLiteral: declaration.literal) }
}

extension TraceID {
  /// The id of 16 bytes; fewer give an invalid id.
  init(bytes: ArraySlice<UInt8>) {
    let big = { (part: ArraySlice<UInt8>) in part.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
    self.init(high: big(bytes.prefix(8)), low: big(bytes.dropFirst(8).prefix(8)))
  }
}

extension ResultColumn {
  func traceID(_ row: Int) -> TraceID { TraceID(bytes: bytes(row) ?? []) }

  /// The texts of an Array(String) row.
  func strings(_ row: Int) -> [String] {
    let (elements, range) = list(row)
    return range.compactMap { elements.string($0) }
  }
}

extension QueryResult {
  /// The attributes in the map of a row.
  ///
  /// Some of a span are stored as columns only.
  func attributes(_ row: Int) -> [StoredAttribute] {
    self["attributes"].attributes(row, types: self["attribute_types"])
  }
}

extension ResultColumn {
  /// The attributes of a row of a map, whose types are in another column.
  func attributes(_ row: Int, types: ResultColumn) -> [StoredAttribute] {
    let (keys, values, range) = map(row)
    let types = types.list(row)
    return range.enumerated().map { index, element in
      let type = types.range.count > index ? types.elements.unsigned(types.range.lowerBound + index) ?? 0 : 0
      return StoredAttribute(
        key: keys.string(element) ?? "", type: AttributeType(rawValue: UInt8(truncatingIfNeeded: type)) ?? .empty,
        text: values.string(element) ?? "")
    }
  }
}
