import Base
import EmbeddedEngine
import Engine
import EngineTestSupport
import MetricsIndex
import MetricsQueries
import MetricsTables
import Schema

/// A store with series of two tenants.
struct StoredSeries: Sendable {
  let reader: SeriesReader
  /// 2100-11-21T08:00:00Z: so late that no sample is too old to be kept.
  static let now: Int64 = 4_130_467_200_000

  struct Row: Sendable {
    var tenant: TenantID = .default
    var name: String
    var labels: [(String, String)] = []
    /// Milliseconds and values.
    var samples: [(Int64, Double)]
  }

  init(_ rows: [Row], kinds: [(tenant: TenantID, name: String, kind: Int)] = []) throws {
    let store = try EngineFixture.store(
      name: EngineFixture.newName(), schema: StoreSchema(tables: MetricsTables.all, steps: MetricsTables.steps))
    func run(_ statement: String) throws { try store.execute(SQLStatement(statement)) }
    for (place, row) in rows.enumerated() {
      let tenant = row.tenant.rawValue
      let id = place + 1
      let metric = row.name.utf8.reduce(5_381) { ($0 &* 33 &+ UInt32($1)) }
      let labels = ([("__name__", row.name)] + row.labels).sorted { $0.0 < $1.0 }
      let map = "map(\(labels.map { "'\($0.0)', '\($0.1)'" }.joined(separator: ", ")))"
      for day in Set(row.samples.map { $0.0 / 86_400_000 }) {
        try run(
          "INSERT INTO series (tenant, day, metric, series_id, labels) "
            + "VALUES (\(tenant), \(day), \(metric), \(id), \(map))"
        )
      }
      let values = row.samples.map { time, value in
        let stored = SampleNumber(value)
        return "(\(tenant), \(metric), \(SampleBlock.bucket(of: time)), \(id), "
          + "fromUnixTimestamp64Milli(\(time), 'UTC'), \(stored.number), \(stored.scale), 1)"
      }
      try run(
        "INSERT INTO samples (tenant, metric, bucket, series_id, time, number, scale, batch_id) VALUES "
          + values.joined(separator: ", ")
      )
    }
    for (place, kind) in kinds.enumerated() {
      try run(
        "INSERT INTO metric_families (tenant, name, kind, family_id) VALUES (\(kind.tenant.rawValue), '\(kind.name)', "
          + "\(kind.kind), \(place))")
    }
    let index = SeriesIndex()
    try index.load(from: store)
    reader = SeriesReader(
      index: index, engine: store, pending: NothingPending(), derived: NothingDerived(), retention: nil,
      now: { UnixNanoseconds(0) },
      queryLimits: QueryLimits(timeout: .seconds(30), memoryBytesMax: 1 << 30))
  }
}
