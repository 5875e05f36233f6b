import Base
import Columns
import Commit
import EmbeddedEngine
import Engine
import EngineTestSupport
import Journal
import Series
import Synchronization
import System
import Telemetry
import Testing

@testable import MetricsIngest

/// Goal: metric points of an earlier version become the samples that ingest makes of them, each once, however often the move
/// is interrupted.
///
/// Method: rows in the old table, the move over the embedded engine, and the samples that are stored then.
@Suite struct StoredPointMoveTests {
  private typealias Point = PointRow

  /// Of every kind, of two tenants and two days.
  private static let points: [Point] = [
    Point(
      "gpu.power", type: 1, day: 0, second: 1, attributes: ["gpu": "0"], values: "value_double = 250.5, unit = 'W'"),
    Point("gpu.power", type: 1, day: 1, second: 2, attributes: ["gpu": "0"], values: "value_int = 300, unit = 'W'"),
    Point("gpu.power", type: 1, tenant: 2, day: 0, second: 1, values: "value_int = 7, unit = 'W'"),
    Point("gone", type: 1, day: 0, second: 1, values: "flags = 1"),
    Point("requests", type: 2, day: 0, second: 1, values: "value_int = 3, temporality = 2, is_monotonic = 1"),
    Point("tokens", type: 2, day: 0, second: 1, values: "value_int = 3, temporality = 1, is_monotonic = 1"),
    Point("tokens", type: 2, day: 0, second: 2, values: "value_double = 4.5, temporality = 1, is_monotonic = 1"),
    Point("tokens", type: 2, day: 1, second: 3, values: "value_int = 2, temporality = 1, is_monotonic = 1"),
    Point("queue", type: 2, day: 0, second: 1, values: "value_int = -3, temporality = 2"),
    Point("queue", type: 2, day: 0, second: 2, values: "value_int = 1, temporality = 1"),
    Point(
      "duration", type: 3, day: 0, second: 1,
      values: "count = 3, sum = 1.5, bucket_counts = [1, 2], explicit_bounds = [0.5], temporality = 1, unit = 's'"),
    Point(
      "duration", type: 3, day: 0, second: 2,
      values: "count = 1, sum = 0.25, bucket_counts = [1, 0], explicit_bounds = [0.5], temporality = 1, unit = 's'"),
    Point(
      "size", type: 4, day: 0, second: 1,
      values: "count = 2, sum = 3, scale = 0, positive_offset = 0, positive_counts = [1, 1], temporality = 2"),
    Point(
      "size", type: 4, day: 0, second: 2, attributes: ["path": "d"],
      values: "count = 1, sum = 2, scale = 0, positive_counts = [1], temporality = 1"),
    Point(
      "size", type: 4, day: 0, second: 3, attributes: ["path": "d"],
      values: "count = 1, sum = 3, scale = 0, positive_offset = 1, positive_counts = [1], temporality = 1"),
    Point(
      "latency", type: 5, day: 0, second: 1,
      values: "count = 2, sum = 3, quantiles = [0.5], quantile_values = [1.25]"),
  ]

  private static let expected: [String] = [
    #"1 gpu_power_watts{gpu="0"} day 0 + 1 s: 250.5"#, #"1 gpu_power_watts{gpu="0"} day 1 + 2 s: 300"#,
    "2 gpu_power_watts{} day 0 + 1 s: 7", "1 gone{} day 0 + 1 s: nan", "1 requests_total{} day 0 + 1 s: 3",
    "1 tokens_total{} day 0 + 1 s: 3", "1 tokens_total{} day 0 + 2 s: 7.5", "1 tokens_total{} day 1 + 3 s: 2",
    "1 queue{} day 0 + 1 s: -3",
    #"1 duration_seconds_bucket{le="0.5"} day 0 + 1 s: 1"#, #"1 duration_seconds_bucket{le="+Inf"} day 0 + 1 s: 3"#,
    "1 duration_seconds_sum{} day 0 + 1 s: 1.5", "1 duration_seconds_count{} day 0 + 1 s: 3",
    #"1 duration_seconds_bucket{le="0.5"} day 0 + 2 s: 2"#, #"1 duration_seconds_bucket{le="+Inf"} day 0 + 2 s: 4"#,
    "1 duration_seconds_sum{} day 0 + 2 s: 1.75", "1 duration_seconds_count{} day 0 + 2 s: 4",
    #"1 size_bucket{le="1"} day 0 + 1 s: 0"#, #"1 size_bucket{le="2"} day 0 + 1 s: 1"#,
    #"1 size_bucket{le="4"} day 0 + 1 s: 2"#, #"1 size_bucket{le="+Inf"} day 0 + 1 s: 2"#,
    "1 size_sum{} day 0 + 1 s: 3", "1 size_count{} day 0 + 1 s: 2",
    #"1 size_bucket{le="1",path="d"} day 0 + 2 s: 0"#, #"1 size_bucket{le="2",path="d"} day 0 + 2 s: 1"#,
    #"1 size_bucket{le="+Inf",path="d"} day 0 + 2 s: 1"#, #"1 size_sum{path="d"} day 0 + 2 s: 2"#,
    #"1 size_count{path="d"} day 0 + 2 s: 1"#,
    #"1 size_bucket{le="1",path="d"} day 0 + 3 s: 0"#, #"1 size_bucket{le="2",path="d"} day 0 + 3 s: 1"#,
    #"1 size_bucket{le="4",path="d"} day 0 + 3 s: 2"#, #"1 size_bucket{le="+Inf",path="d"} day 0 + 3 s: 2"#,
    #"1 size_sum{path="d"} day 0 + 3 s: 5"#, #"1 size_count{path="d"} day 0 + 3 s: 2"#,
    #"1 latency{quantile="0.5"} day 0 + 1 s: 1.25"#, "1 latency_sum{} day 0 + 1 s: 3",
    "1 latency_count{} day 0 + 1 s: 2",
  ]
  .sorted()

  @Test func `points of every kind become samples, and the table goes`() throws {
    let stored = try MovingStore(Self.points)
    try stored.process { try $0.move() }
    #expect(try stored.samples() == Self.expected)
    #expect(try stored.labels(of: "target_info") == [#"host_name="h1",instance="i-1",job="shop/cart""#])
    #expect(try stored.labels(of: "requests_total") == [#"instance="i-1",job="shop/cart",otel_scope_name="meter""#])
    #expect(try !StoredPointTable(engine: stored.store).exists)
    try stored.process { try $0.move() }
    #expect(try stored.samples() == Self.expected, "nothing is left to move")
  }

  @Test(arguments: [4, 7, 9, 12, 14, 18])
  func `a move that ends anywhere goes on without a sample twice or missing`(statementCount: Int) throws {
    let stored = try MovingStore(Self.points)
    #expect(throws: MoveFailure.self) {
      try stored.process(statementCountMax: statementCount) { try $0.move() }
    }
    try stored.process { try $0.move() }
    #expect(try stored.samples() == Self.expected)
  }

  @Test func `what is older than samples are kept stays where it is`() throws {
    let stored = try MovingStore(Self.points, retention: .seconds(86_400))
    try stored.process { try $0.move() }
    #expect(try stored.samples() == Self.expected.filter { $0.contains("day 1") })
    #expect(try StoredPointTable(engine: stored.store).days().map(\.rowCount) == [14])
  }

  @Test func `a request is made of many points, and many requests of more`() throws {
    let count = StoredPointMove.requestPointCount * 2 + 1
    let stored = try MovingStore([])
    try stored.store.execute(
      SQLStatement(
        """
        INSERT INTO metric_points (tenant, name, type, time, value_int, temporality, is_monotonic)
        SELECT 1, 'many', 2, fromUnixTimestamp64Milli(toInt64(\(MovingStore.start) + number), 'UTC'), 1, 1, 1
        FROM numbers(\(count))
        """))
    try stored.process { try $0.move() }
    let result = try stored.store.query(
      SQLStatement(
        "SELECT count() AS n, max(\(MovingStore.value)) AS last, uniqExact(batch_id) AS requests FROM samples"))
    // The resource is not known: its series target_info needs more than the service.
    #expect(result["n"].int(0) == Int64(count))
    #expect(result["last"].double(0) == Double(count))
    #expect(result["requests"].int(0) == 3)
  }

  @Test func `a resource is described for each minute, as PromQL looks back`() throws {
    let points = (0..<5).map { Point("m", type: 1, day: 0, second: 1 + $0 * 60, values: "value_int = 1") }
    let stored = try MovingStore(points)
    try stored.process { try $0.move() }
    let result = try stored.store.query(
      SQLStatement(
        """
        SELECT count() AS n, uniqExact(time) AS times FROM samples
        WHERE series_id IN (SELECT series_id FROM series WHERE labels['__name__'] = 'target_info')
        """))
    #expect(result["n"].int(0) == 5)
    #expect(result["times"].int(0) == 5)
  }

  @Test func `requests that an earlier version left in the journal are stored`() throws {
    let stored = try MovingStore([])
    let body = StoredPointRequest.body([try Self.gauge(at: MovingStore.start + 1_000)], of: "left", resources: [:])
    try stored.keep(body, batchID: 11)
    try stored.keep(Array("{".utf8), batchID: 12)
    try stored.process { move in
      try move.move()
      try move.move()
    }
    #expect(try stored.samples() == ["1 left{} day 0 + 1 s: 5"])
  }

  private static func gauge(at time: Int64) throws -> StoredPoint {
    StoredPoint(
      header: .init(kind: .gauge, unit: "", description: "", temporality: 0, isMonotonic: false), resourceID: 0,
      service: "s", scopeName: "", scopeVersion: "", series: 1, time: time * 1_000_000, attributes: [], flags: 0,
      number: .int(5), count: 0, sum: nil, bucketCounts: [], bounds: [], exponential: ExponentialBuckets(),
      quantiles: [], quantileValues: [], exemplars: [])
  }
}
