import Base
import Columns
import Commit
import Configuration
import EmbeddedEngine
import Engine
import EngineTestSupport
import Glibc
import Ingest
import Journal
import MetricsIndex
import MetricsSettings
import MetricsTables
import Schema
import Synchronization
import System
import Telemetry
import TelemetryTables
import Testing

@testable import MetricsIngest

/// A row of the old table.
struct PointRow {
  let insert: String

  /// - Parameters:
  ///   - day: 0 or 1.
  ///   - values: `column = value` of other columns, in SQL.
  init(
    _ name: String, type: Int, tenant: Int = 1, day: Int64, second: Int64, attributes: [String: String] = [:],
    values: String
  ) {
    // Commas between columns are followed by a name and an equals sign.
    var columns: [(String, String)] = []
    for part in values.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", maxSplits: 1).map { $0.trimmingPrefix(" ") }
      if sides.count == 2 {
        columns.append((String(sides[0].filter { $0 != " " }), String(sides[1])))
      } else {
        columns[columns.count - 1].1 += "," + part
      }
    }
    let map = attributes.sorted { $0.key < $1.key }.map { "'\($0.key)', '\($0.value)'" }.joined(separator: ", ")
    let time = MovingStore.start + day * 86_400_000 + second * 1_000
    columns += [
      ("tenant", "\(tenant)"), ("name", "'\(name)'"), ("type", "\(type)"),
      ("time", "fromUnixTimestamp64Milli(\(time), 'UTC')"), ("attributes", "map(\(map))"),
      ("attribute_types", "arrayWithConstant(\(attributes.count), 1)"), ("resource_id", "5"), ("scope_name", "'meter'"),
    ]
    insert =
      "INSERT INTO metric_points (\(columns.map(\.0).joined(separator: ", "))) "
      + "VALUES (\(columns.map(\.1).joined(separator: ", ")))"
  }
}

/// A store with metric points of an earlier version, and the processes that move them, one after another.
final class MovingStore {
  /// The beginning of the day before yesterday, in milliseconds since 1970.
  static let start: Int64 = (WallClock.now.rawValue / 86_400_000_000_000 - 2) * 86_400_000

  let store: EmbeddedStore
  private let retention: Duration
  private let folder: String

  init(_ points: [PointRow], retention: Duration = .seconds(15 * 86_400)) throws {
    self.retention = retention
    var template = [UInt8]("/tmp/points-XXXXXX\0".utf8).map { CChar(bitPattern: $0) }
    let made = unsafe mkdtemp(&template)
    guard let made = unsafe made else { throw SystemError(call: "mkdtemp", code: errno) }
    folder = unsafe String(cString: made)
    store = try EngineFixture.store(
      name: EngineFixture.newName(),
      schema: StoreSchema(
        tables: TelemetryTables.all + MetricsTables.all, steps: TelemetryTables.steps + MetricsTables.steps))
    try store.execute(
      SQLStatement(
        """
        INSERT INTO resources (tenant, resource_id, service_name, attributes, attribute_types) SELECT number + 1, 5, 'cart',
          map('service.name', 'cart', 'service.namespace', 'shop', 'service.instance.id', 'i-1', 'host.name', 'h1'),
          [1, 1, 1, 1] FROM numbers(2)
        """))
    for point in points { try store.execute(SQLStatement(point.insert)) }
  }

  deinit {
    for inner in ["\(folder)/journal/refused", "\(folder)/journal", folder] {
      for name in (try? File.entries(ofDirectory: inner)) ?? [] { _ = unsafe unlink("\(inner)/\(name)") }
      _ = unsafe rmdir(inner)
    }
  }

  private func journal() throws -> Journal {
    var options = JournalOptions(folder: "\(folder)/journal")
    options.sync = .never
    return try Journal(options, identityPath: "\(folder)/id", logger: .disabled)
  }

  /// Leaves a request as a process does that ends before its rows are stored; one with metric points of an earlier version
  /// by default.
  func keep(_ body: [UInt8], signal: UInt8 = 1, encoding: UInt8 = 0, batchID: UInt64) throws {
    let journal = try journal()
    let record = JournalRecord(
      signal: signal, encoding: encoding, isSpooled: false, isRecognisable: true, tenant: 1,
      receivedAt: Self.start * 1_000_000, storedAfter: 0, earliest: 0, latest: UInt64(Int64.max), batchID: batchID)
    let entry = unsafe body.withUnsafeBytes { unsafe journal.append(record, body: $0) { #expect($0) } }
    journal.stop()
    withExtendedLifetime(entry) {}
  }

  /// Runs a part of a server.
  ///
  /// - Parameter statementCountMax: after so many statements of the move the engine fails.
  func process(statementCountMax: Int = .max, _ body: (StoredPointMove) throws -> Void) throws {
    let journal = try journal()
    defer { journal.stop() }
    let pipeline = IngestPipeline(store: store, journal: journal, gate: OpenGate(), laneCount: 1)
    let index = SeriesIndex()
    let configuration = try ConfigurationLoader(
      SettingCatalog(features: [MetricsSettings.group]), environment: [:]
    ) { _ in nil }.load()
    let ingest = try MetricsIngest(
      pipeline, index: index, configuration, logger: .disabled, now: { WallClock.now }, didStore: { _, _ in })
    let move = StoredPointMove(
      ingest: ingest, engine: FailingEngine(store, after: statementCountMax), pipeline: pipeline, retention: retention,
      logger: .disabled, now: { WallClock.now })
    for stream in ingest.streams { pipeline.add(stream) }
    defer { ingest.stop() }
    try pipeline.replay()
    try body(move)
  }

  /// The value of a row of `samples`.
  static let value = """
    if(scale = 255, reinterpretAsFloat64(number), number / multiIf(scale = 3, 1e3, scale = 6, 1e6, scale = 9, 1e9, 1.))
    """

  /// The samples but those of `target_info`: tenant, series without what the resource and the scope give, time, value.
  func samples() throws -> [String] {
    let result = try store.query(
      SQLStatement(
        """
        SELECT concat(toString(tenant), ' ', labels['__name__'], '{', arrayStringConcat(arrayMap(
            (k, v) -> concat(toString(k), '="', v, '"'), mapKeys(own), mapValues(own)), ','), '} day ',
          toString(intDiv(at, 86400)), ' + ', toString(at % 86400), ' s: ', toString(value)) AS line
        FROM (
          SELECT tenant, labels, \(Self.value) AS value,
            toInt64(toUnixTimestamp64Milli(time) - \(Self.start)) / 1000 AS seconds,
            toInt64(seconds) AS at,
            mapSort(mapFilter((k, v) -> k NOT IN ('__name__', 'job', 'instance', 'otel_scope_name'), labels)) AS own
          FROM samples
          JOIN (SELECT DISTINCT tenant, series_id, labels FROM series) AS s USING (tenant, series_id)
          WHERE labels['__name__'] != 'target_info'
        ) ORDER BY line
        """))
    return (0..<result.rowCount).map { result["line"].string($0) ?? "" }.sorted()
  }

  /// The exemplars: series, time, value, ids and labels.
  func exemplars() throws -> [String] {
    let result = try store.query(
      SQLStatement(
        """
        SELECT concat(labels['__name__'], '{', labels['le'], '} + ',
          toString(toUnixTimestamp64Milli(time) - \(Self.start)), ' ms: ', toString(value), ' ', lower(hex(trace_id)), ' ',
          lower(hex(span_id)), ' ', toString(own)) AS line
        FROM (SELECT series_id, time, value, trace_id, span_id, labels AS own FROM exemplars) AS e
        JOIN (SELECT DISTINCT series_id, labels FROM series) AS s USING (series_id) ORDER BY line
        """))
    return (0..<result.rowCount).map { result["line"].string($0) ?? "" }
  }

  /// The labels of the series of a metric.
  func labels(of metric: String) throws -> [String] {
    let result = try store.query(
      SQLStatement(
        """
        SELECT DISTINCT arrayStringConcat(arrayMap((k, v) -> concat(toString(k), '="', v, '"'), mapKeys(own),
          mapValues(own)), ',') AS line
        FROM (SELECT mapSort(mapFilter((k, v) -> k != '__name__', labels)) AS own FROM series
          WHERE labels['__name__'] = {metric:String}) ORDER BY line
        """, ["metric": .string(metric)]))
    return (0..<result.rowCount).map { result["line"].string($0) ?? "" }
  }
}

private struct OpenGate: IngestGate {
  let refusal: String? = nil
}

/// An engine that takes some statements and then fails.
private final class FailingEngine: AnalyticsEngine {
  private let engine: any AnalyticsEngine
  private let left: Mutex<Int>

  init(_ engine: any AnalyticsEngine, after count: Int) {
    self.engine = engine
    left = Mutex(count)
  }

  private func take() throws(EngineError) {
    let isLeft = left.withLock { left in
      left -= 1
      return left >= 0
    }
    guard isLeft else { throw EngineError(.unavailable, "the process has ended") }
  }

  func execute(_ statement: SQLStatement) throws(EngineError) {
    try take()
    try engine.execute(statement)
  }

  func query(_ statement: SQLStatement, during activity: QueryActivity) throws(EngineError) -> QueryResult {
    try take()
    return try engine.query(statement, during: activity)
  }
}
