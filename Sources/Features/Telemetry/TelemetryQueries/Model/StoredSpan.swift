package import Base
package import Columns
package import Scores
package import Telemetry

/// A span as it is stored: nothing of what the sender said is lost.
package struct StoredSpan: Sendable {
  package var traceID = TraceID(high: 0, low: 0)
  package var spanID = SpanID(0)
  /// Nil at a root.
  package var parentSpanID: SpanID?
  package var traceState = ""
  package var flags: UInt32 = 0
  package var name = ""
  package var kind = SpanKind.unspecified
  package var start = UnixNanoseconds(0)
  /// End minus start; negative when the sender's clock went backwards.
  package var durationNanoseconds: Int64 = 0
  package var status = SpanStatus.unset
  package var statusMessage = ""
  package var serviceName = ""
  package var resource = StoredResource()
  package var scope = StoredScope()
  package var attributes: [StoredAttribute] = []
  package var droppedAttributeCount: UInt32 = 0
  package var events: [StoredEvent] = []
  package var droppedEventCount: UInt32 = 0
  package var links: [StoredLink] = []
  package var droppedLinkCount: UInt32 = 0
  package var inference = InferenceValues()
  /// Of the span itself, by name.
  package var scores: [ScoreTally] = []

  package var end: UnixNanoseconds { UnixNanoseconds(start.rawValue &+ durationNanoseconds) }
}

/// An attribute: its key, and its value as canonical text with a type.
package struct StoredAttribute: Sendable, Hashable {
  package var key: String
  package var type: AttributeType
  package var text: String

  package init(key: String, type: AttributeType, text: String) {
    self.key = key
    self.type = type
    self.text = text
  }
}

/// The resource that spans, logs or metric points came from.
package struct StoredResource: Sendable, Hashable {
  package var attributes: [StoredAttribute] = []
  package var droppedAttributeCount: UInt32 = 0
  package var schemaURL = ""
}

/// The instrumentation scope that made spans, logs or metric points.
package struct StoredScope: Sendable, Hashable {
  package var name = ""
  package var version = ""
  package var attributes: [StoredAttribute] = []
  package var droppedAttributeCount: UInt32 = 0
  package var schemaURL = ""
}

/// Something that happened during a span.
package struct StoredEvent: Sendable, Hashable {
  package var time: UnixNanoseconds
  package var name: String
  /// OTLP/JSON: a list of KeyValue objects; empty text for none.
  package var attributesText: String
  package var droppedAttributeCount: UInt32
}

/// A span's pointer to another span.
package struct StoredLink: Sendable, Hashable {
  package var traceID: TraceID
  package var spanID: SpanID
  package var traceState: String
  package var flags: UInt32
  /// OTLP/JSON: a list of KeyValue objects; empty text for none.
  package var attributesText: String
  package var droppedAttributeCount: UInt32
}

extension SpanStatus {
  /// The status of a name in queries; nil for any other name.
  package init?(name: some StringProtocol) {
    guard let status = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = status
  }
}
