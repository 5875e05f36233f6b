import Base
import Columns
import Engine
import JSON
import OTLP
import PromQL

/// Reads and removes what the table `metric_points` of earlier versions holds.
struct StoredPointTable {
  /// A UTC day of the table.
  struct Day: Hashable {
    /// As in `2026-11-30`.
    let name: String
    /// From 1970.
    let number: Int64
    let rowCount: UInt64

    /// In milliseconds since 1970.
    var times: ClosedRange<Int64> { number * 86_400_000...(number + 1) * 86_400_000 - 1 }
  }

  /// The points of a metric on a day.
  struct Metric: Hashable {
    let tenant: TenantID
    let name: String
    let pointCount: UInt64
  }

  static let name = "metric_points"
  /// Metrics of a day that are listed at once.
  private static let metricCountMax = 10_000
  /// Points that one statement is to read, by estimate: a portion has whole series.
  private static let portionPointCount: UInt64 = 20_000
  /// Requests of a tenant and a day that are recognised: 80 MB.
  private static let batchCountMax = 10_000_000

  let engine: any AnalyticsEngine

  var exists: Bool {
    get throws(EngineError) {
      try engine.query(
        SQLStatement(
          "SELECT name FROM system.tables WHERE database = currentDatabase() AND name = {table:String}",
          ["table": .string(Self.name)])
      ).rowCount > 0
    }
  }

  /// The days, the earliest first.
  func days() throws(EngineError) -> [Day] {
    let result = try engine.query(
      SQLStatement(
        """
        SELECT partition, toInt64(toUInt32(toDate(partition))) AS day, sum(rows) AS row_count FROM system.parts
        WHERE database = currentDatabase() AND table = {table:String} AND active GROUP BY partition ORDER BY day
        """, ["table": .string(Self.name)]))
    return (0..<result.rowCount).compactMap { row in
      guard let name = result["partition"].string(row), let number = result["day"].int(row) else { return nil }
      return Day(name: name, number: number, rowCount: result["row_count"].unsigned(row) ?? 0)
    }
  }

  func remove(_ day: Day) throws(EngineError) {
    try engine.execute(
      SQLStatement("ALTER TABLE \(Self.name) DROP PARTITION {day:String}", ["day": .string(day.name)]))
  }

  func drop() throws(EngineError) { try engine.execute(SQLStatement("DROP TABLE IF EXISTS \(Self.name) SYNC")) }

  /// The requests whose points were stored after a time, in nanoseconds since 1970.
  func storedRequests(after time: Int64) throws(EngineError) -> Set<StoredBatch> {
    let result = try engine.query(
      SQLStatement(
        """
        SELECT DISTINCT tenant, batch_id FROM \(Self.name)
        WHERE received_at > fromUnixTimestamp64Nano({time:Int64}, 'UTC') LIMIT \(Self.batchCountMax)
        """, ["time": .int(time)]))
    return Set(
      (0..<result.rowCount).map { row in
        StoredBatch(
          tenant: UInt32(truncatingIfNeeded: result["tenant"].unsigned(row) ?? 0),
          batchID: result["batch_id"].unsigned(row) ?? 0)
      })
  }

  /// The metrics of a day behind one of them, in the order of tenants and names.
  func metrics(of day: Day, after last: Metric?) throws(EngineError) -> [Metric] {
    let result = try engine.query(
      SQLStatement(
        """
        SELECT tenant, name, count() AS points FROM \(Self.name)
        WHERE toDate(time) = toDate({day:String}) AND (tenant, name) > ({tenant:UInt32}, {name:String})
        GROUP BY tenant, name ORDER BY tenant, name LIMIT \(Self.metricCountMax)
        """,
        [
          "day": .string(day.name), "tenant": .unsigned(UInt64(last?.tenant.rawValue ?? 0)),
          "name": .string(last?.name ?? ""),
        ]))
    return (0..<result.rowCount).map { row in
      Metric(
        tenant: TenantID(UInt32(truncatingIfNeeded: result["tenant"].unsigned(row) ?? 0)),
        name: result["name"].string(row) ?? "", pointCount: result["points"].unsigned(row) ?? 0)
    }
  }

  /// The requests of a tenant of which samples of a day are stored.
  func storedBatches(of tenant: TenantID, on day: Day) throws(EngineError) -> Set<UInt64> {
    let result = try engine.query(
      SQLStatement(
        """
        SELECT DISTINCT batch_id FROM samples WHERE tenant = {tenant:UInt32} AND toDate(time) = toDate({day:String})
        LIMIT \(Self.batchCountMax)
        """, ["tenant": .unsigned(UInt64(tenant.rawValue)), "day": .string(day.name)]))
    return Set((0..<result.rowCount).compactMap { result["batch_id"].unsigned($0) })
  }

  /// In how many portions the points of a metric are read.
  func portionCount(of metric: Metric) -> UInt64 { metric.pointCount / Self.portionPointCount + 1 }

  /// A portion of the points of a metric: whole series, one after another, each by time.
  ///
  /// The same every time.
  func points(
    of metric: Metric, on day: Day, portion: UInt64, of portionCount: UInt64
  ) throws(EngineError) -> [StoredPoint] {
    let result = try engine.query(
      SQLStatement(
        """
        SELECT resource_id, service_name, scope_name, scope_version, description, unit, type, temporality, is_monotonic,
          cityHash64(resource_id, scope_name, scope_version, type, temporality, is_monotonic, unit,
            toString(mapSort(attributes))) AS series,
          toUnixTimestamp64Nano(time) AS point_time, attributes, attribute_types, flags, value_double, value_int, count, sum,
          bucket_counts, explicit_bounds, scale, zero_count, zero_threshold, positive_offset, positive_counts,
          negative_offset, negative_counts, quantiles, quantile_values, exemplars
        FROM \(Self.name)
        WHERE tenant = {tenant:UInt32} AND name = {name:String} AND toDate(time) = toDate({day:String})
          AND series % {count:UInt64} = {portion:UInt64}
        ORDER BY resource_id, scope_name, scope_version, type, temporality, is_monotonic, unit, series, point_time,
          batch_id, value_double, value_int, count, sum, description, exemplars
        """,
        [
          "tenant": .unsigned(UInt64(metric.tenant.rawValue)), "name": .string(metric.name), "day": .string(day.name),
          "count": .unsigned(portionCount), "portion": .unsigned(portion),
        ]))
    return (0..<result.rowCount).compactMap { StoredPoint(result, $0) }
  }

  /// The attributes of resources.
  func resources(
    _ ids: Set<UInt64>, of tenant: TenantID
  ) throws(EngineError) -> [UInt64: [StoredAttributeText]] {
    let result = try engine.query(
      SQLStatement(
        """
        SELECT resource_id, attributes, attribute_types FROM resources
        WHERE tenant = {tenant:UInt32} AND resource_id IN {ids:Array(UInt64)} LIMIT 1 BY resource_id
        """, ["tenant": .unsigned(UInt64(tenant.rawValue)), "ids": .unsigneds(ids.sorted())]))
    var resources: [UInt64: [StoredAttributeText]] = [:]
    for row in 0..<result.rowCount {
      resources[result["resource_id"].unsigned(row) ?? 0] = StoredAttributeText.attributes(of: result, row)
    }
    return resources
  }
}

extension StoredPoint {
  /// Nil for a type that no version wrote.
  fileprivate init?(_ result: QueryResult, _ row: Int) {
    let kinds: [UInt64: OTLPMetricKind] = [1: .gauge, 2: .sum, 3: .histogram, 4: .exponentialHistogram, 5: .summary]
    guard let kind = kinds[result["type"].unsigned(row) ?? 0] else { return nil }
    header = Header(
      kind: kind, unit: result["unit"].string(row) ?? "", description: result["description"].string(row) ?? "",
      temporality: result["temporality"].unsigned(row) ?? 0, isMonotonic: result["is_monotonic"].unsigned(row) == 1)
    resourceID = result["resource_id"].unsigned(row) ?? 0
    service = result["service_name"].string(row) ?? ""
    scopeName = result["scope_name"].string(row) ?? ""
    scopeVersion = result["scope_version"].string(row) ?? ""
    series = result["series"].unsigned(row) ?? 0
    time = result["point_time"].int(row) ?? 0
    attributes = StoredAttributeText.attributes(of: result, row)
    flags = result["flags"].unsigned(row) ?? 0
    number = result["value_int"].int(row).map { .int($0) } ?? result["value_double"].double(row).map { .double($0) }
    count = result["count"].unsigned(row) ?? 0
    sum = result["sum"].double(row)
    bucketCounts = Self.counts(result["bucket_counts"], row)
    bounds = Self.numbers(result["explicit_bounds"], row)
    exponential = ExponentialBuckets()
    exponential.scale = Int(result["scale"].int(row) ?? 0)
    exponential.zeroCount = result["zero_count"].unsigned(row) ?? 0
    exponential.zeroThreshold = result["zero_threshold"].double(row) ?? 0
    exponential.positive = ExponentialBuckets.Side(
      offset: Int(result["positive_offset"].int(row) ?? 0), counts: Self.counts(result["positive_counts"], row))
    exponential.negative = ExponentialBuckets.Side(
      offset: Int(result["negative_offset"].int(row) ?? 0), counts: Self.counts(result["negative_counts"], row))
    quantiles = Self.numbers(result["quantiles"], row)
    quantileValues = Self.numbers(result["quantile_values"], row)
    exemplars = Self.exemplars(result["exemplars"].bytes(row) ?? [])
  }

  private static func exemplars(_ text: ArraySlice<UInt8>) -> [[UInt8]]? {
    guard !text.isEmpty else { return [] }
    return unsafe text.withUnsafeBytes { text in
      do throws(JSONError) { return try unsafe OTLPJSON.exemplars(json: text) } catch { return nil }
    }
  }

  private static func counts(_ column: ResultColumn, _ row: Int) -> [UInt64] {
    let (elements, range) = column.list(row)
    return range.map { elements.unsigned($0) ?? 0 }
  }

  private static func numbers(_ column: ResultColumn, _ row: Int) -> [Double] {
    let (elements, range) = column.list(row)
    return range.map { elements.double($0) ?? 0 }
  }
}

extension StoredAttributeText {
  /// By what earlier versions said which texts of a record were cut.
  private static let cutsKey = "axonize.truncated"

  fileprivate static func attributes(of result: QueryResult, _ row: Int) -> [StoredAttributeText] {
    let (keys, values, range) = result["attributes"].map(row)
    let (types, typeRange) = result["attribute_types"].list(row)
    return range.enumerated().compactMap { place, entry in
      let key = keys.string(entry) ?? ""
      let type = place < typeRange.count ? types.unsigned(typeRange.lowerBound + place) : nil
      guard key != cutsKey else { return nil }
      return StoredAttributeText(
        key: key,
        value: text(AttributeType(rawValue: UInt8(truncatingIfNeeded: type ?? 1)) ?? .string, values.bytes(entry) ?? [])
      )
    }
  }

  /// The text that an attribute has as a label.
  private static func text(_ type: AttributeType, _ bytes: ArraySlice<UInt8>) -> String {
    let text = String(decoding: bytes, as: UTF8.self)
    switch type {
    case .empty, .string, .bool, .int, .bytes: return text
    case .double: return Double(text).map { NumberNotation.text($0) } ?? text
    case .array, .keyValueList:
      guard let tree = AnyValue(otlpJSON: bytes) else { return text }
      var writer = JSONWriter()
      tree.writeJSON(to: &writer)
      return String(decoding: writer.bytes, as: UTF8.self)
    }
  }
}
