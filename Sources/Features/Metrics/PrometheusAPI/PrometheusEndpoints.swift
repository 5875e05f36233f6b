package import API
package import Base
import HTTPTypes
import Identity
package import MetricsQueries
package import PromQL
package import Scraping
package import Series

/// Prometheus' query API, for Grafana's data source, promtool and scripts.
///
/// It is served below `/prometheus/api/v1` and, where Axonize has nothing else, below `/api/v1`; docs/metrics.md lists it.
package struct PrometheusEndpoints: Sendable {
  private let reader: SeriesReader
  private let patterns: any TextPatternCompiler
  private let version: String
  private let memory: EvaluationMemory
  private let targets: @Sendable (TenantID) -> ScrapeTargetsView

  /// - Parameters:
  ///   - version: the server's.
  ///   - memory: what all evaluations share.
  ///   - targets: what is scraped for a tenant.
  package init(
    reader: SeriesReader, patterns: any TextPatternCompiler, version: String, memory: EvaluationMemory,
    targets: @escaping @Sendable (TenantID) -> ScrapeTargetsView
  ) {
    self.reader = reader
    self.patterns = patterns
    self.version = version
    self.memory = memory
    self.targets = targets
  }

  /// Every endpoint, for a server.
  package var endpoints: [Endpoint<Void>] {
    Self.all.map { endpoint in
      endpoint.bound(
        to: { call in
          PrometheusContext(
            series: reader.series(of: call.principal.tenant, during: call.activity),
            fields: try PrometheusFields(call.request), patterns: patterns, version: version, memory: memory,
            targets: { [targets, tenant = call.principal.tenant] in targets(tenant) })
        },
        finish: { context, work in
          var response = try work()
          if context.series.isIncomplete { response.fields[IncompleteResponse.field] = "true" }
          return response
        })
    }
  }

  static let all: [Endpoint<PrometheusContext>] =
    (operations + [nothing]).flatMap { $0.endpoints(below: "/prometheus/api/v1") }
    + operations.flatMap { $0.endpoints(below: "/api/v1") }

  private static let operations: [Operation] =
    [
      Operation("query", PrometheusQueries.query), Operation("query_range", PrometheusQueries.range),
      Operation("format_query", PrometheusQueries.format), Operation("parse_query", PrometheusQueries.parse),
      Operation("query_exemplars", PrometheusExemplars.query), Operation("series", PrometheusLists.series),
      Operation("labels", PrometheusLists.labels),
      Operation("label/{name}/values", PrometheusLists.values, takesForms: false),
      Operation("metadata", PrometheusLists.metadata, takesForms: false),
      Operation("targets", PrometheusTargets.targets, takesForms: false),
      Operation("status/buildinfo", PrometheusStatus.buildInfo, takesForms: false),
      Operation("status/tsdb", PrometheusStatus.database, takesForms: false),
      Operation("rules", PrometheusStatus.rules, takesForms: false),
      Operation("alerts", PrometheusStatus.alerts, takesForms: false),
    ]
    + ["status/flags", "status/config", "status/runtimeinfo"].map {
      Operation($0, PrometheusStatus.unavailable($0), takesForms: false)
    }

  private static let nothing = Operation(
    "{path+}",
    { call in
      throw Problem(
        .notFound,
        "there is nothing at \(call.request.path); docs/metrics.md lists the supported part of Prometheus' API")
    })
}

/// One operation of Prometheus' API.
private struct Operation: Sendable {
  /// The path after `/api/v1/`.
  let path: String
  /// Whether its parameters may come as a form, for queries that are too long for a path.
  let takesForms: Bool
  let work: @Sendable (PrometheusCall) throws -> HTTPResponse

  init(
    _ path: String, _ work: @escaping @Sendable (PrometheusCall) throws -> HTTPResponse, takesForms: Bool = true
  ) {
    self.path = path
    self.takesForms = takesForms
    self.work = work
  }

  private static let rest = Parameter.text("path", "The rest of the path.").required()

  func endpoints(below prefix: String) -> [Endpoint<PrometheusContext>] {
    (takesForms ? [.get, .post] : [.get] as [HTTPMethod]).map { method in
      var definition = EndpointDefinition(
        method, "\(prefix)/\(path)", name: "Prometheus \(method) \(path)", summary: "Prometheus' \(path)",
        tag: "Prometheus", response: .empty())
      if path.contains("{name}") { definition.pathParameters = [PrometheusLists.labelName.definition] }
      if path.contains("{path+}") { definition.pathParameters = [Self.rest.definition] }
      definition.takesAnyParameter = true
      definition.isDocumented = false
      definition.onlyAsks = true
      definition.problemForm = .prometheus
      return Endpoint(definition, work)
    }
  }
}
