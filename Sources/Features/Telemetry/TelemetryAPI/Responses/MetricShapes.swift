import API
import Base
import Telemetry
import TelemetryQueries

extension JSONShape where Value == MetricDescription {
  static var metric: JSONShape {
    object { metric in
      metric.member("name", .string) { $0.name }
      metric.member("type", .choice(MetricType.allCases.map(\.name))) { $0.type.name }
      metric.member("unit", .string) { $0.unit }
      metric.member("description", .string) { $0.description }
      metric.member("point_count", .integer) { $0.pointCount }
    }
  }
}

/// Series of a metric, and what was requested.
struct MetricResult: Sendable {
  let query: MetricQuery
  let series: [MetricSeries]

  var isTruncated: Bool { series.reduce(0) { $0 + $1.points.count } >= MetricQuery.pointCountMax }
}

extension JSONShape where Value == MetricResult {
  static var seriesList: JSONShape {
    object { result in
      result.member("data", .list(.series)) { $0.series }
      result.member("aggregation", .choice) { $0.query.aggregation }
      result.member("step_ns", .integer) { $0.query.stepNanoseconds }
      result.member("truncated", .boolean) { $0.isTruncated }
    }
  }
}

extension JSONShape where Value == MetricSeries {
  fileprivate static var series: JSONShape {
    object { series in
      series.member("service_name", .string) { $0.service }
      series.member("attributes", .attributes) { $0.labels }
      series.member("points", .list(.point)) { $0.points }
    }
  }
}

extension JSONShape where Value == MetricPoint {
  fileprivate static var point: JSONShape {
    object { point in
      point.member("time", .dateTime) { $0.time }
      point.member("value", .anyNumber) { $0.value }
    }
  }
}
