import API
import HTTPTypes
package import TraceInterchange

/// Tempo's HTTP query API (https://grafana.com/docs/tempo/latest/api_docs/).
package enum Tempo {
  private static let name = "Tempo"

  /// - Parameter version: the server's, which the build information names.
  package static func api(version: String) -> InterchangeAPI {
    InterchangeAPI(
      name, prefix: "/tempo", problems: .plainText,
      endpoints: [
        InterchangeEndpoint("echo", problems: .plainText, work: echo),
        InterchangeEndpoint("status/buildinfo", buildInformation, problems: .plainText) { _ in version },
        TempoSearch.endpoint,
        TempoTags.flatNames, TempoTags.scopedNames,
        TempoTagValues.texts, TempoTagValues.typed,
        TempoTrace.endpoint, TempoTrace.endpointV2,
        InterchangeEndpoint("metrics/query", problems: .plainText, work: metrics),
        InterchangeEndpoint("metrics/query_range", problems: .plainText, work: metrics),
        // Without a prefix, paths beside Tempo's own are left to others.
        InterchangeEndpoint("metrics/{path+}", problems: .plainText, isUnprefixed: false, work: metrics),
        .nothing(at: "search/{path+}", of: name, problems: .plainText),
        .nothing(at: "v2/{path+}", of: name, problems: .plainText),
      ])
  }

  @Sendable private static func echo(_ call: InterchangeCall) -> HTTPResponse {
    HTTPResponse(contentType: "text/plain; charset=utf-8", body: Array("echo".utf8))
  }

  /// Grafana reads the version to learn what it may use; ours is below every version that it checks for.
  private static let buildInformation = JSONResponse<String>(
    "TempoBuildInformation",
    .object { build in
      build.member("version", .string) { $0 }
      for name in ["revision", "branch", "buildDate", "buildUser", "goVersion"] {
        build.member(name, .string) { _ in "" }
      }
    })

  @Sendable private static func metrics(_ call: InterchangeCall) throws -> HTTPResponse {
    throw Problem(
      .notFound,
      "TraceQL metrics are not supported. Counts and durations over time are at /api/v1/analytics/throughput and "
        + "/api/v1/analytics/latency.")
  }
}

extension JSONShape {
  /// The object `metrics` of responses that count nothing.
  static var noMetrics: JSONShape { object { _ in } }
}
