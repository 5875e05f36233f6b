package import Base
import Columns
package import Engine
import SQLBuilder
package import Telemetry

/// A metric that is stored.
package struct MetricDescription: Sendable, Hashable {
  package var name: String
  package var type: MetricType
  package var unit: String
  package var description: String
  package var pointCount: UInt64
}

/// Which points of a metric are read and how they become series.
package struct MetricQuery: Sendable, Hashable {
  /// How the points of one series and one step become one value.
  package enum Aggregation: String, Sendable, CaseIterable {
    case avg, min, max, sum, last, count
  }

  package var name: String
  package var range: TimeRange
  package var service: String?
  package var attributes: [AttributeFilter] = []
  package var aggregation: Aggregation
  /// The width of a step.
  package var stepNanoseconds: Int64
  /// The attribute keys that distinguish series; nil for all.
  package var groupBy: [String]?
  /// The most points in a response.
  package static let pointCountMax = 50_000

  package init(name: String, range: TimeRange, aggregation: Aggregation, stepNanoseconds: Int64) {
    self.name = name
    self.range = range
    self.aggregation = aggregation
    self.stepNanoseconds = stepNanoseconds
  }
}

/// The points of a metric with the same service and attributes.
package struct MetricSeries: Sendable, Hashable {
  package var service: String
  /// The attributes, in the keys' order.
  package var labels: [StoredAttribute]
  package var points: [MetricPoint]
}

/// A value of a series.
package struct MetricPoint: Sendable, Hashable {
  /// The start of the step.
  package var time: UnixNanoseconds
  package var value: Double
}

extension TenantTelemetry {
  /// The metrics with points in a range, by name.
  package func metrics(
    in range: TimeRange, prefix: String?, limit: Int
  ) throws(QueryFailure) -> [MetricDescription] {
    guard questionRange != nil else { return try asked(about: range).metrics(in: range, prefix: prefix, limit: limit) }
    var conditions = range.conditions(on: "time")
    if let prefix { conditions.append("startsWith(name, \(prefix))") }
    let result = try rows(
      Select(
        ["name", "type", "any(unit) AS metric_unit", "any(description) AS metric_description", "count() AS points"],
        from: .metricPoints, where: conditions, groupBy: ["name", "type"], orderBy: ["name", "type"], limit: limit))
    return (0..<result.rowCount).map { row in
      MetricDescription(
        name: result["name"].string(row) ?? "",
        type: MetricType(rawValue: UInt8(truncatingIfNeeded: result["type"].unsigned(row) ?? 0)) ?? .gauge,
        unit: result["metric_unit"].string(row) ?? "", description: result["metric_description"].string(row) ?? "",
        pointCount: result["points"].unsigned(row) ?? 0)
    }
  }

  /// The series of a query, each by time.
  package func series(_ query: MetricQuery) throws(QueryFailure) -> [MetricSeries] {
    guard questionRange != nil else { return try asked(about: query.range).series(query) }
    let result = try rows(MetricSQL.points(query))
    var series: [MetricSeries] = []
    for row in 0..<result.rowCount {
      let (keys, values, range) = result["labels"].map(row)
      let labels = range.map { MetricSQL.label(key: keys.string($0) ?? "", typedValue: values.string($0) ?? "") }
      let service = result["service_name"].string(row) ?? ""
      let point = MetricPoint(
        time: UnixNanoseconds(result["bucket"].int(row) ?? 0), value: result["value"].double(row) ?? 0)
      if let last = series.last, last.service == service, last.labels == labels {
        series[series.count - 1].points.append(point)
      } else {
        series.append(MetricSeries(service: service, labels: labels, points: [point]))
      }
    }
    return series
  }
}

/// The statements of metric queries.
enum MetricSQL {
  /// One number of a point: the value of a gauge or sum, the mean of a histogram or summary.
  private static let number: SQLFragment =
    "if(type <= 2, coalesce(value_double, toFloat64(value_int)), if(count = 0, NULL, sum / count))"

  /// The attributes with the type of each as a digit before its value, so that series of other types are others.
  private static let typedAttributes: SQLFragment = """
    mapFromArrays(mapKeys(attributes), arrayMap((v, t) -> concat(toString(t), v), mapValues(attributes), \
    arrayResize(attribute_types, length(mapKeys(attributes)), 1)))
    """

  /// An attribute of which the value is written as `typedAttributes` has it.
  static func label(key: String, typedValue: String) -> StoredAttribute {
    let type = typedValue.utf8.first.flatMap { AttributeType(rawValue: $0 &- UInt8(ascii: "0")) }
    return StoredAttribute(key: key, type: type ?? .string, text: String(typedValue.dropFirst()))
  }

  static func points(_ query: MetricQuery) -> Select {
    let value: SQLFragment =
      switch query.aggregation {
      case .avg: "avg(point_value)"
      case .min: "min(point_value)"
      case .max: "max(point_value)"
      case .sum: "sum(point_value)"
      case .last: "argMax(point_value, point_time)"
      case .count: "toFloat64(count())"
      }
    var conditions =
      query.range.conditions(on: "time") + ["name = \(query.name)"] + query.attributes.map(\.recordCondition)
    if let service = query.service { conditions.append("service_name = \(service)") }
    let step = query.stepNanoseconds
    let labels: SQLFragment =
      query.groupBy.map { "mapFilter((k, v) -> has(\($0), toString(k)), \(typedAttributes))" } ?? typedAttributes
    let points = Select(
      [
        "service_name", "mapSort(\(labels)) AS labels", "toUnixTimestamp64Nano(time) AS point_time",
        "intDiv(point_time, \(step)) * \(step) AS bucket", "\(number) AS point_value",
      ],
      from: .metricPoints, where: conditions)
    return Select(
      ["service_name", "labels", "bucket", "\(value) AS value"], from: .subquery(points),
      where: ["isNotNull(point_value)"], groupBy: ["service_name", "labels", "bucket"],
      orderBy: ["service_name", "toString(labels)", "bucket"], limit: MetricQuery.pointCountMax)
  }
}
