package import API
package import Base
package import Engine
package import Identity
package import TelemetryQueries

/// The endpoints below `/api/v1` that read traces, spans, services, analytics, attributes and logs.
///
/// docs/api.md is their reference.
package struct TelemetryEndpoints: Sendable {
  let reader: TelemetryReader
  let workers: any BlockingWorkers
  /// The wall clock.
  let now: @Sendable () -> UnixNanoseconds
  /// Waits for a time; for live tails.
  let sleep: @Sendable (Duration) async throws -> Void
  /// Whether the client that began a live tail may still read; checked repeatedly.
  let isActive: @Sendable (Principal) -> Bool
  let tails = TailSlots()

  package init(
    reader: TelemetryReader, workers: any BlockingWorkers, now: @escaping @Sendable () -> UnixNanoseconds,
    sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
    isActive: @escaping @Sendable (Principal) -> Bool
  ) {
    self.reader = reader
    self.workers = workers
    self.now = now
    self.sleep = sleep
    self.isActive = isActive
  }

  static let all: [Endpoint<TelemetryContext>] =
    traceEndpoints + [traceIDEndpoint] + spanEndpoints + ownerEndpoints + serviceEndpoints + analyticsEndpoints
    + [facetEndpoint, heatMapEndpoint, comparisonEndpoint, percentileEndpoint, serviceGraphEndpoint]
    + attributeEndpoints + logEndpoints

  /// Every endpoint, for a server.
  package var endpoints: [Endpoint<Void>] {
    Self.all.map { endpoint in
      endpoint.bound(
        to: { call in
          TelemetryContext(telemetry: reader.telemetry(of: call.principal.tenant, during: call.activity), api: self)
        }, finish: { context, work in try context.telemetry.finishing(work) })
    }
  }
}

/// What an endpoint of telemetry works with.
struct TelemetryContext: Sendable {
  let telemetry: TenantTelemetry
  let api: TelemetryEndpoints
}

typealias TelemetryCall = Call<TelemetryContext>

extension Call<TelemetryContext> {
  /// The telemetry of the caller's tenant.
  var telemetry: TenantTelemetry { context.telemetry }
}
