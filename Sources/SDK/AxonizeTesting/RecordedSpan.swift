public import Axonize

/// A span as it would have been sent.
public struct RecordedSpan: Sendable, Hashable {
  public var name: String
  public var kind: SpanKind
  public var traceID: TraceID
  public var spanID: SpanID
  /// nil for the first span of a trace.
  public var parentSpanID: SpanID?
  public var traceState: String
  public var startTime: Timestamp
  public var endTime: Timestamp
  public var attributes: Attributes
  public var events: [RecordedEvent]
  public var links: [SpanLink]
  public var status: SpanStatus
  /// Attributes beyond the limit.
  public var droppedAttributes: Int
  public var droppedEvents: Int
  public var droppedLinks: Int
  /// Whether the parent is of another process.
  public var hasRemoteParent: Bool
  /// The name of the tracer.
  public var scope: String
  public var scopeVersion: String
  public var scopeAttributes: Attributes
  public var resource: Attributes

  /// The time from start to end.
  public var duration: Duration { endTime - startTime }

  /// The one event of a name.
  ///
  /// - Throws: ``RecordedSpanError`` when there is none or there are several.
  public func event(_ name: String) throws(RecordedSpanError) -> RecordedEvent {
    let found = events.filter { $0.name == name }
    guard found.count == 1 else { throw RecordedSpanError(kind: "events", name, found.count, of: events.map(\.name)) }
    return found[0]
  }
}

/// Something that happened within a span.
public struct RecordedEvent: Sendable, Hashable {
  public var name: String
  public var time: Timestamp
  public var attributes: Attributes

  /// An event to compare with.
  public init(name: String, time: Timestamp, attributes: Attributes = [:]) {
    self.name = name
    self.time = time
    self.attributes = attributes
  }
}

/// Not exactly one of a name was recorded.
public struct RecordedSpanError: Error, CustomStringConvertible, Sendable {
  /// What was asked for and what is there.
  public let description: String

  init(kind: String, _ name: String, _ count: Int, of names: [String]) {
    description = "\(count) \(kind) \"\(name)\" of \(names)"
  }
}
