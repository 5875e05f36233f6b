import Engine
import TelemetryQueries

extension QueryLimits {
  /// Those of the settings' defaults, which the snapshots show.
  static let ofDefaults = QueryLimits(timeout: .seconds(20), memoryBytesMax: 512 << 20)
}

extension TelemetryReader {
  static func over(_ engine: any AnalyticsEngine, derived: any DerivedTables = NothingDerived()) -> TelemetryReader {
    TelemetryReader(engine: engine, derived: derived, limits: .ofDefaults)
  }
}
