package import Base
import Columns
package import Engine
import SQLBuilder

/// The first digits of a trace id.
package struct TraceIDPrefix: Sendable, Hashable {
  /// The fewest digits; with fewer, most prefixes of a busy hour would have many ids.
  package static let digitCountMin = 4

  /// The least and the greatest id that begin so.
  let first: TraceID
  let last: TraceID

  /// Reads 4 to 32 hexadecimal digits of either case; anything else is nil.
  package init?(_ digits: String) {
    let count = digits.utf8.count
    guard (Self.digitCountMin...32).contains(count),
      let first = TraceID(hex: digits + String(repeating: "0", count: 32 - count)),
      let last = TraceID(hex: digits + String(repeating: "f", count: 32 - count))
    else { return nil }
    self.first = first
    self.last = last
  }
}

extension TenantTelemetry {
  /// The ids that begin with a prefix, of traces with a span that starts in a range; in their order, a few at most.
  package func traceIDs(
    _ prefix: TraceIDPrefix, in range: TimeRange, limit: Int
  ) throws(QueryFailure) -> [TraceID] {
    guard questionRange != nil else { return try asked(about: range).traceIDs(prefix, in: range, limit: limit) }
    let result = try rows(Self.traceIDs(prefix, in: range, limit: limit))
    return (0..<result.rowCount).compactMap { result["trace_id"].traceID($0) }
  }

  static func traceIDs(_ prefix: TraceIDPrefix, in range: TimeRange, limit: Int) -> Select {
    Select(
      ["trace_id"], from: .spans,
      where: [
        "start_time >= fromUnixTimestamp64Nano(\(range.start.rawValue), 'UTC')",
        "start_time < fromUnixTimestamp64Nano(\(range.end.rawValue), 'UTC')", "trace_id >= \(prefix.first)",
        "trace_id <= \(prefix.last)",
      ], groupBy: ["trace_id"], orderBy: ["trace_id"], limit: limit)
  }
}
