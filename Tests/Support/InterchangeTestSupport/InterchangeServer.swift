package import APITestSupport
import Base
package import Columns
package import Engine
import HTTPTypes
package import Identity
import TelemetryQueries
import Testing
package import TraceInterchange

/// A server of other products' APIs whose every response is held against its shape.
package struct InterchangeServer: Sendable {
  package let api: CheckedAPI

  package init(_ apis: [InterchangeAPI], engine: any AnalyticsEngine = EmptyEngine()) {
    let endpoints = InterchangeEndpoints(apis, reader: Self.reader(engine)).endpoints
    api = CheckedAPI(endpoints, now: { Fixtures.now })
  }

  /// Those of the settings' defaults, which the snapshots show.
  package static let limits = QueryLimits(timeout: .seconds(20), memoryBytesMax: 512 << 20)

  private static func reader(_ engine: any AnalyticsEngine) -> TelemetryReader {
    TelemetryReader(engine: engine, derived: NothingDerived(), limits: limits)
  }

  package static let principal = Principal(tenant: .default, permissions: [.query], keyID: nil)

  /// The response to a GET of a path with an optional query.
  package func get(
    _ target: String, accept: String? = nil, principal: Principal = principal
  ) async throws -> (status: Int, type: String, bytes: [UInt8], text: String) {
    let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
    var request = HTTPRequest(method: .get, path: parts[0], query: parts.count > 1 ? parts[1] : "")
    request.fields["accept"] = accept
    let response = try await api.handle(request, principal: principal)
    guard case .bytes(let body) = response.body else {
      Issue.record("\(target): a stream")
      return (response.status, "", [], "")
    }
    return (response.status, response.fields["content-type"] ?? "", body, String(decoding: body, as: UTF8.self))
  }
}

/// An engine in which nothing is stored.
package struct EmptyEngine: AnalyticsEngine {
  package init() {}

  package func execute(_ statement: SQLStatement) throws(EngineError) {}
  package func query(_ statement: SQLStatement, during activity: QueryActivity) throws(EngineError) -> QueryResult {
    QueryResult(columns: [], rowCount: 0)
  }
}

/// An engine that refuses every query.
package struct FailingEngine: AnalyticsEngine {
  private let error: EngineError

  package init(error: EngineError) { self.error = error }

  package func execute(_ statement: SQLStatement) throws(EngineError) { throw error }
  package func query(_ statement: SQLStatement, during activity: QueryActivity) throws(EngineError) -> QueryResult {
    throw error
  }
}
