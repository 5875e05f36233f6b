package import API
package import Engine
import HTTPTypes
package import Identity
package import MetricsQueries
package import Series

/// The endpoints below `/api/v1/metrics` that read stored series, their statistics and trends; docs/api.md is their
/// reference.
package struct MetricsEndpoints: Sendable {
  let reader: SeriesReader
  let patterns: any TextPatternCompiler
  let workers: any BlockingWorkers
  /// Whether the client that began an export may still read; asked before each portion.
  let isActive: @Sendable (Principal) -> Bool

  package init(
    reader: SeriesReader, patterns: any TextPatternCompiler, workers: any BlockingWorkers,
    isActive: @escaping @Sendable (Principal) -> Bool
  ) {
    self.reader = reader
    self.patterns = patterns
    self.workers = workers
    self.isActive = isActive
  }

  static let all: [Endpoint<MetricsContext>] = [
    names, currentValues, history, statistics, anomalies, forecast, correlation,
  ]

  /// Every endpoint, for a server.
  package var endpoints: [Endpoint<Void>] {
    Self.all.map { endpoint in
      endpoint.bound(
        to: { call in
          MetricsContext(series: reader.series(of: call.principal.tenant, during: call.activity), api: self)
        },
        finish: { _, work in
          do { return try work() } catch let error as SeriesError { throw Problem(error) }
        })
    }
  }
}

/// What an endpoint of metrics works with.
struct MetricsContext: Sendable {
  let series: TenantSeriesSource
  let api: MetricsEndpoints
}

typealias MetricsCall = Call<MetricsContext>

extension MetricsCall {
  /// Asked between portions of samples.
  var isCancelled: @Sendable () -> Bool { { [activity] in activity.isCancelled } }
}

extension Problem {
  init(_ error: SeriesError) {
    switch error {
    case .timeout:
      self.init(.queryTimeout, "The query took too long. Narrow the time range, or select fewer series.")
    case .limitExceeded(let message):
      self.init(.limitReached, message.prefix(1).uppercased() + message.dropFirst() + ".")
    case .unavailable, .cancelled:
      self.init(
        .storeUnavailable, "The store is not available at the moment. Try again soon.", fields: [("retry-after", "5")])
    }
  }
}
