import Columns
import EmbeddedEngine
import Engine
import Testing

@testable import MetricsIngest

/// Goal: exemplars of metric points of an earlier version become those of the series that ingest gives them.
///
/// Method: rows in the old table with the text that the decoder of that version wrote.
@Suite struct StoredExemplarTests {
  private static func exemplar(
    _ value: String, at milliseconds: Int64, more: String = #""traceId":"0af7651916cd43dd8448eb211c80319c""#
  ) -> String {
    let time = (MovingStore.start + milliseconds) * 1_000_000
    return #"{"timeUnixNano":"\#(time)","asDouble":\#(value),\#(more)}"#
  }

  private static let ids = #""traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331""#
  private static let trace = "0af7651916cd43dd8448eb211c80319c"

  @Test func `exemplars come to the series of their values`() throws {
    let user = #""filteredAttributes":[{"key":"user.id","value":{"stringValue":"u"}}]"#
    let stored = try MovingStore([
      PointRow(
        "tokens", type: 2, day: 0, second: 1,
        values:
          "value_int = 3, temporality = 1, is_monotonic = 1, exemplars = '[\(Self.exemplar("2", at: 500, more: user))]'"
      ),
      PointRow(
        "tokens", type: 2, day: 0, second: 2,
        values: "value_int = 4, temporality = 1, is_monotonic = 1, exemplars = '[\(Self.exemplar("3", at: 1500))]'"),
      PointRow(
        "duration", type: 3, day: 0, second: 1,
        values: "count = 3, sum = 1.5, bucket_counts = [1, 2], explicit_bounds = [0.5], temporality = 2, "
          + "exemplars = '[\(Self.exemplar("0.75", at: 1, more: Self.ids)),\(Self.exemplar("0.25", at: -1000))]'"),
      PointRow(
        "size", type: 4, day: 0, second: 1,
        values: "count = 1, sum = 2, scale = 0, positive_counts = [1], temporality = 2, "
          + "exemplars = '[\(Self.exemplar("1.5", at: 7))]'"),
      PointRow("power", type: 1, day: 0, second: 1, values: "value_int = 3, exemplars = '[]'"),
    ])
    try stored.process { try $0.move() }
    let found = try stored.exemplars()
    #expect(
      found == [
        "duration_bucket{+Inf} + 1 ms: 0.75 \(Self.trace) b7ad6b7169203331 {}",
        "duration_bucket{0.5} + -1000 ms: 0.25 \(Self.trace) 00 {}",
        "size_bucket{2} + 7 ms: 1.5 \(Self.trace) 00 {}",
        "tokens_total{} + 1500 ms: 3 \(Self.trace) 00 {}",
        "tokens_total{} + 500 ms: 2 00000000000000000000000000000000 00 {'user_id':'u'}",
      ], "\(found)")
  }

  @Test func `exemplars that cannot be read cost no sample`() throws {
    let stored = try MovingStore([
      PointRow("power", type: 1, day: 0, second: 1, values: "value_int = 3, exemplars = '[{'")
    ])
    try stored.process { try $0.move() }
    #expect(try stored.samples() == ["1 power{} day 0 + 1 s: 3"])
    #expect(try stored.exemplars().isEmpty)
  }

  @Test func `each point of a series has its exemplars, however many points there are`() throws {
    let (pointCount, exemplarCount) = (StoredPointMove.requestPointCount, 3)
    let stored = try MovingStore([])
    let exemplars = (0..<exemplarCount).map { #"{"asDouble":\#($0).5}"# }.joined(separator: ",")
    try stored.store.execute(
      SQLStatement(
        """
        INSERT INTO metric_points (tenant, name, type, time, value_int, exemplars)
        SELECT 1, 'many', 1, fromUnixTimestamp64Milli(toInt64(\(MovingStore.start) + number), 'UTC'), 1, '[\(exemplars)]'
        FROM numbers(\(pointCount))
        """))
    try stored.process { try $0.move() }
    let result = try stored.store.query(SQLStatement("SELECT uniqExact(exemplar_id) AS n FROM exemplars"))
    #expect(result["n"].int(0) == Int64(pointCount * exemplarCount))
  }
}
