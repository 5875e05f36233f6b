package import Base
import Columns

/// A log record as it is stored.
package struct StoredLog: Sendable {
  package var time = UnixNanoseconds(0)
  package var observedTime = UnixNanoseconds(0)
  /// OTLP's number, 0 for unspecified.
  package var severityNumber: UInt8 = 0
  package var severityText = ""
  /// The body as an attribute without key: its type and canonical text.
  package var body = StoredAttribute(key: "", type: .empty, text: "")
  package var traceID: TraceID?
  package var spanID: SpanID?
  package var flags: UInt32 = 0
  package var serviceName = ""
  package var resource = StoredResource()
  package var scope = StoredScope()
  package var eventName = ""
  package var attributes: [StoredAttribute] = []
  package var droppedAttributeCount: UInt32 = 0
  /// Distinguishes records of the same nanosecond; stable across pages.
  package var tieBreaker: UInt64 = 0
}

/// What log records are looked for.
package struct LogSearch: Sendable, Hashable {
  package var range: TimeRange
  package var service: String?
  /// The least severity number.
  package var severityMinimum: UInt8?
  package var traceID: TraceID?
  package var spanID: SpanID?
  /// Text that the body contains, whatever the case.
  package var text: String?
  package var attributes: [AttributeFilter] = []
  /// Only records after this place, newest first.
  package var place: (time: Int64, tieBreaker: UInt64)? {
    get { placeTime.map { ($0, placeTie) } }
    set {
      placeTime = newValue?.time
      placeTie = newValue?.tieBreaker ?? 0
    }
  }
  private var placeTime: Int64?
  private var placeTie: UInt64 = 0
  package var limit: Int

  package init(range: TimeRange, limit: Int) {
    self.range = range
    self.limit = limit
  }
}
