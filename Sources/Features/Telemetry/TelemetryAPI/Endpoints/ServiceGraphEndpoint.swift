import API
import Base
import HTTPTypes
import TelemetryQueries

extension TelemetryEndpoints {
  static let serviceGraphEndpoint = Endpoint<TelemetryContext>(
    EndpointDefinition(
      .get, "/api/v1/services/graph", name: "getServiceGraph",
      summary:
        "Services with spans in the time range, and their calls of each other, databases and providers of models.",
      tag: "services", parameters: TimeRangeParameters.all, response: response.definition)
  ) { call in
    var query = AnalyticsQuery(range: try call.range())
    query.grouping = .service
    query.groupCountMax = 1_000
    let services = try call.telemetry.overview(query)
    return response(
      ServiceGraphResult(
        range: query.range, services: services, graph: try call.telemetry.serviceGraph(in: query.range)))
  }

  private static let response = JSONResponse("ServiceGraphResponse", .data(.graph))
}

struct ServiceGraphResult: Sendable {
  let range: TimeRange
  let services: AnalyticsOverview
  let graph: ServiceGraph

  fileprivate var nodes: [GraphNode] {
    let own = services.groups.map { GraphNode(name: $0.group ?? "", kind: .service, statistics: $0) }
    var known = Set(own.map { GraphNode.Identity(name: $0.name, kind: $0.kind) })
    let others = graph.edges.filter { known.insert(.init(name: $0.target, kind: $0.targetKind)).inserted }
    return own + others.map { GraphNode(name: $0.target, kind: $0.targetKind, statistics: nil) }
  }
}

private struct GraphNode: Sendable {
  struct Identity: Hashable {
    let name: String
    let kind: ServiceGraph.TargetKind
  }

  let name: String
  let kind: ServiceGraph.TargetKind
  /// Nil for what sends no spans.
  let statistics: SpanStatistics?
}

extension JSONShape where Value == ServiceGraphResult {
  fileprivate static var graph: JSONShape {
    object { graph in
      graph.member("start", .dateTime) { $0.range.start }
      graph.member("end", .dateTime) { $0.range.end }
      graph.member("span_count", .integer.described("How many spans start in the range.")) { $0.graph.spanCount }
      let divisor = "One trace of so many is looked at for the edges, whose counts are multiplied by it; 1 for all."
      graph.member("sample_divisor", .integer.described(divisor)) { $0.graph.divisor }
      graph.member("nodes", .list(.node)) { $0.nodes }
      graph.member("edges", .list(.edge)) { $0.graph.edges }
    }
    .named("ServiceGraph")
  }
}

extension JSONShape where Value == GraphNode {
  fileprivate static var node: JSONShape {
    object { node in
      node.member("name", .string) { $0.name }
      node.member("kind", .choice) { $0.kind }
      node.member("span_count", .orNull(.integer).described("Null for what sends no spans.")) {
        $0.statistics?.spanCount
      }
      node.member("error_count", .orNull(.integer)) { $0.statistics?.errorCount }
      for (index, name) in ["p50_ns", "p95_ns", "p99_ns"].enumerated() {
        node.member(name, .orNull(.number)) { node in
          let quantiles = node.statistics?.durationQuantilesNanoseconds ?? []
          return index < quantiles.count && quantiles[index].isFinite ? quantiles[index] : nil
        }
      }
    }
    .named("ServiceGraphNode")
  }
}

extension JSONShape where Value == ServiceGraph.Edge {
  fileprivate static var edge: JSONShape {
    object { edge in
      edge.member("source", .string) { $0.source }
      edge.member("target", .string) { $0.target }
      edge.member("target_kind", .choice) { $0.targetKind }
      edge.member("call_count", .integer) { $0.callCount }
      edge.member("error_count", .integer) { $0.errorCount }
      edge.member("p50_ns", .number) { $0.p50Nanoseconds }
      edge.member("p95_ns", .number) { $0.p95Nanoseconds }
    }
    .named("ServiceGraphEdge")
  }
}
