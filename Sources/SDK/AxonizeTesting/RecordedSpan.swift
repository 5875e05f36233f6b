public import Axonize

/// A span as it would have been sent.
public struct RecordedSpan: Sendable, Hashable {
  /// The name that was given last.
  public var name: String
  /// The relation to others.
  public var kind: SpanKind
  /// The trace that the span belongs to.
  public var traceID: TraceID
  /// The span within its trace.
  public var spanID: SpanID
  /// nil for the first span of a trace.
  public var parentSpanID: SpanID?
  /// W3C's header `tracestate`, inherited from the parent; empty for none.
  public var traceState: String
  /// When the span started.
  public var startTime: Timestamp
  /// When the span ended.
  public var endTime: Timestamp
  /// The attributes, in the order in which they were first set.
  public var attributes: Attributes
  /// The events, in the order in which they were added.
  public var events: [RecordedEvent]
  /// The links, in the order in which they were added.
  public var links: [SpanLink]
  /// How the work ended.
  public var status: SpanStatus
  /// Attributes beyond the limit.
  public var droppedAttributes: Int
  /// Events beyond the limit.
  public var droppedEvents: Int
  /// Links beyond the limit.
  public var droppedLinks: Int
  /// Whether the parent is of another process.
  public var hasRemoteParent: Bool
  /// The name of the tracer.
  public var scope: String
  /// The version of the tracer.
  public var scopeVersion: String
  /// The attributes of the tracer.
  public var scopeAttributes: Attributes
  /// The attributes of the process.
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
  /// The name that was given last.
  public var name: String
  /// When it happened.
  public var time: Timestamp
  /// The attributes, in the order in which they were first set.
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
