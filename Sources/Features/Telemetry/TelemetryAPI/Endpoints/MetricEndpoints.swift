import Base
import HTTPTypes
import JSON
import Telemetry
import TelemetryQueries

extension QueryAPI {
  static let metricEndpoints: [Endpoint] = [
    Endpoint(
      path: "/metrics/names", name: "listMetrics", summary: "Metrics with points in the time range, by name.",
      tag: "metrics",
      parameters: ParameterDefinition.timeRange + [
        ParameterDefinition(name: "prefix", kind: .text, description: "How the name begins."),
        .limit(standard: 500, max: 10_000),
      ], answer: "MetricList", work: .blocking(listMetrics)),
    Endpoint(
      path: "/metrics/query", name: "queryMetric",
      summary: "The points of a metric as series. A histogram or summary counts with the mean of its values.",
      tag: "metrics",
      parameters: [
        ParameterDefinition(name: "name", kind: .text, description: "The metric's name.", isRequired: true)
      ] + ParameterDefinition.timeRange + [
        ParameterDefinition(name: "service", kind: .text, description: "The point's `service.name`."),
        ParameterDefinition(
          name: "attr", kind: .family(prefix: "attr."),
          description: "`attr.<key>=<value>`: an attribute of the point equals a text; may repeat."),
        ParameterDefinition(
          name: "aggregation", kind: .choice(MetricQuery.Aggregation.allCases.map(\.rawValue)),
          description: "How the points of a series and step become one value. Default: avg."),
        ParameterDefinition(
          name: "step", kind: .duration, description: "The width of a step. Default: a hundredth of the range."),
        ParameterDefinition(
          name: "group_by", kind: .text,
          description: "Attribute keys that tell series apart, separated by commas. Default: all attributes."),
      ], answer: "MetricSeriesList", work: .blocking(queryMetric)),
  ]

  @Sendable private static func listMetrics(_ call: Call) throws -> HTTPResponse {
    let metrics = try call.telemetry.metrics(
      in: try call.range(), prefix: call.parameters.text("prefix"), limit: call.parameters.integer("limit") ?? 500)
    return call.page(metrics, next: nil) { metric, writer in
      writer.object { writer in
        writer.member("name", metric.name)
        writer.member("type", metric.type.name)
        writer.member("unit", metric.unit)
        writer.member("description", metric.description)
        writer.member("point_count", metric.pointCount)
      }
    }
  }

  @Sendable private static func queryMetric(_ call: Call) throws -> HTTPResponse {
    let range = try call.range()
    let step = call.parameters.nanoseconds("step") ?? max(1_000_000_000, range.durationNanoseconds / 100)
    guard range.durationNanoseconds / step <= 11_000 else {
      throw Problem.invalid("step", "the range has more than 11000 steps; take a longer step or a shorter range")
    }
    let aggregation = call.parameters.text("aggregation").flatMap(MetricQuery.Aggregation.init) ?? .avg
    var query = MetricQuery(
      name: call.parameters.text("name") ?? "", range: range, aggregation: aggregation, stepNanoseconds: step)
    query.service = call.parameters.text("service")
    query.groupBy = call.parameters.text("group_by")?.split(separator: ",").map(String.init)
    query.attributes = call.parameters.members.map { AttributeFilter(place: .span, key: $0.key, value: $0.value) }
    let series = try call.telemetry.series(query)
    return .json { writer in
      writer.key("data")
      writer.array { writer in
        for one in series { write(one, to: &writer) }
      }
      writer.member("aggregation", aggregation.rawValue)
      writer.member("step_ns", step)
      writer.member("truncated", series.reduce(0) { $0 + $1.points.count } >= MetricQuery.pointCountMax)
    }
  }

  private static func write(_ series: MetricSeries, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("service_name", series.service)
      writer.key("attributes")
      AttributeJSON.write(series.labels, to: &writer)
      writer.key("points")
      writer.array { writer in
        for point in series.points {
          writer.object { writer in
            writer.member("time", RFC3339.format(point.time))
            writer.member("value", point.value)
          }
        }
      }
    }
  }
}
