package import API
import HTTPTypes
import Identity
import TelemetryAPI
package import TelemetryQueries

/// The query APIs of other products over the stored traces, for Grafana's data sources and existing scripts.
///
/// Each is served whole below its prefix (`/jaeger/api/…`, `/tempo/api/…`) and without it wherever no two collide;
/// docs/compatibility.md lists the endpoints and docs/adr/0010-jaeger-and-tempo.md says why.
package struct InterchangeEndpoints: Sendable {
  private let all: [Endpoint<InterchangeContext>]
  private let reader: TelemetryReader

  /// - Parameter apis: of two that have a path without prefix, one MUST speak protobuf there: it gets the requests that ask
  ///   for that, and the other one all others.
  package init(_ apis: [InterchangeAPI], reader: TelemetryReader) {
    all = apis.flatMap(\.prefixed) + Self.unprefixed(apis)
    self.reader = reader
  }

  /// Every endpoint, for a server.
  package var endpoints: [Endpoint<Void>] {
    all.map { endpoint in
      endpoint.bound(
        to: { call in
          InterchangeContext(
            telemetry: reader.telemetry(of: call.principal.tenant, during: call.activity),
            fields: try LenientParameters(call.request.query))
        }, finish: { context, work in try context.telemetry.finishing(work) })
    }
  }

  private static func unprefixed(_ apis: [InterchangeAPI]) -> [Endpoint<InterchangeContext>] {
    var found: [(api: String, endpoint: InterchangeEndpoint)] = []
    for api in apis {
      for endpoint in api.endpoints where endpoint.isUnprefixed {
        if let index = found.firstIndex(where: { $0.endpoint.path == endpoint.path }) {
          found[index].endpoint = found[index].endpoint.orProtobuf(of: endpoint)
        } else {
          found.append((api.name, endpoint))
        }
      }
    }
    return found.map { $0.endpoint.endpoint(below: "/api", of: $0.api) }
  }
}
