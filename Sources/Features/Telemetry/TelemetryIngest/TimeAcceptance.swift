import Base
import OTLPDecoding
package import Schema

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

  /// The times that records may have now that are kept for a period.
  func window(of period: RetentionPeriod, now: UnixNanoseconds) -> TimeWindow {
    TimeWindow(now: now, retention: retention[period], retentionSetting: "retention.\(period.name)", ahead: ahead)
  }
}
