package import Columns
package import Base
package import Telemetry

/// A span as it is stored: nothing of what the sender said is lost.
package struct StoredSpan: Sendable {
  package var traceID: TraceID
  package var spanID: SpanID
  /// Nil at a root.
  package var parentSpanID: SpanID?
  package var traceState: String
  package var flags: UInt32
  package var name: String
  package var kind: SpanKind
  package var start: UnixNanoseconds
  /// End minus start; negative when the sender's clock went backwards.
  package var durationNanoseconds: Int64
  package var status: SpanStatus
  package var statusMessage: String
  package var serviceName: String
  package var resource: StoredResource
  package var scope: StoredScope
  package var attributes: [StoredAttribute]
  package var droppedAttributeCount: UInt32
  package var events: [StoredEvent]
  package var droppedEventCount: UInt32
  package var links: [StoredLink]
  package var droppedLinkCount: UInt32
  package var inference: InferenceFields

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

/// What the normaliser found of an inference, whichever convention it came in. Empty text and nil: unknown.
package struct InferenceFields: Sendable, Hashable {
  package var provider = ""
  package var operation = ""
  package var requestModel = ""
  package var responseModel = ""
  package var inputTokens: UInt64?
  package var outputTokens: UInt64?
  package var cachedTokens: UInt64?
  package var cacheCreationTokens: UInt64?
  package var reasoningTokens: UInt64?
  /// Time to first token.
  package var firstTokenNanoseconds: Int64?
  /// Time per output token after the first.
  package var perTokenNanoseconds: Int64?
  package var finishReason = ""
  package var sessionID = ""
  package var userID = ""
  package var errorType = ""
  package var gpuIDs: [String] = []
  package var nodeID = ""

  /// Nothing is known.
  package init() {}
}

extension SpanStatus {
  /// The status of a name in queries; nil for another word.
  package init?(name: some StringProtocol) {
    guard let status = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = status
  }
}
