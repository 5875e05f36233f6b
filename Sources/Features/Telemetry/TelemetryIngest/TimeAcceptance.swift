import Base
import OTLP
import OTLPDecoding
package import Schema
import TelemetryTables

/// Which times records may have: what the store keeps, and a little ahead.
package struct TimeAcceptance: Sendable {
  let retention: RetentionPolicy
  let ahead: Duration

  /// - Parameters:
  ///   - retention: that of the store, which would remove older rows at once.
  ///   - ahead: how far a sender's clock may be ahead.
  package init(retention: RetentionPolicy, ahead: Duration) {
    self.retention = retention
    self.ahead = ahead
  }

  /// The times that records of a signal may have now.
  func window(of signal: OTLPSignal, now: UnixNanoseconds) -> TimeWindow {
    let kept =
      switch signal {
      case .traces: retention[.traces]
      case .metrics: retention[.metrics]
      case .logs: retention[.logs]
      }
    return TimeWindow(now: now, retention: kept, retentionSetting: "retention.\(signal.rawValue)", ahead: ahead)
  }
}
