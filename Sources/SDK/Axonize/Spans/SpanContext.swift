/// The identity of a span: what its children, links and other processes need of it.
public struct SpanContext: Sendable, Hashable {
  /// The trace that the span belongs to.
  public var traceID: TraceID
  /// The span within its trace.
  public var spanID: SpanID
  /// Whether the span is recorded.
  public var isSampled: Bool
  /// W3C's header `tracestate` as it came; empty for none.
  public var traceState: String
  /// Whether the span is of another process.
  public var isRemote: Bool

  /// The identity of a span, such as one that was read from a queue's message.
  public init(
    traceID: TraceID, spanID: SpanID, isSampled: Bool = true, traceState: String = "", isRemote: Bool = false
  ) {
    self.traceID = traceID
    self.spanID = spanID
    self.isSampled = isSampled
    self.traceState = traceState
    self.isRemote = isRemote
  }

  /// Whether both ids are set; others are no parent and no target of a link.
  public var isValid: Bool { traceID.isValid && spanID.isValid }
}

/// What a span is in relation to others (opentelemetry/proto/trace/v1/trace.proto, Span.SpanKind).
public enum SpanKind: UInt8, Sendable, Hashable, CaseIterable {
  /// Work inside of a process.
  case `internal` = 1
  /// The handling of a request of another process.
  case server = 2
  /// A request to another process.
  case client = 3
  /// The beginning of work that others do later.
  case producer = 4
  /// Work that others began.
  case consumer = 5
}

/// How the work of a span ended.
public enum SpanStatus: Sendable, Hashable {
  /// Nothing was said of it.
  case unset
  /// It succeeded, whatever happened within. Final: nothing replaces it.
  case ok
  /// It failed, with a description.
  case error(String)
}

/// A reference from a span to another one, such as from a batch to the requests in it.
public struct SpanLink: Sendable, Hashable {
  /// The span that is referred to.
  public var context: SpanContext
  /// What the reference is about.
  public var attributes: Attributes

  /// A link to the span of an identity.
  public init(_ context: SpanContext, attributes: Attributes = [:]) {
    self.context = context
    self.attributes = attributes
  }
}

/// Where a new span belongs.
public enum SpanParent: Sendable {
  /// Under the span that is current in this task; the beginning of a trace where none is.
  case current
  /// The beginning of a trace.
  case none
  /// Under a span of this process or another; an identity that is not valid reads as `none`.
  case context(SpanContext)
}

/// A point in time.
public struct Timestamp: Sendable, Hashable, Comparable {
  /// Nanoseconds since 1970 (UTC, without leap seconds).
  public var nanosecondsSince1970: UInt64

  /// A point in time, in nanoseconds since 1970 (UTC, without leap seconds).
  public init(nanosecondsSince1970: UInt64) { self.nanosecondsSince1970 = nanosecondsSince1970 }

  /// Whether a time is before another.
  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.nanosecondsSince1970 < right.nanosecondsSince1970
  }

  /// A later time.
  public static func + (time: Timestamp, duration: Duration) -> Timestamp {
    Timestamp(nanosecondsSince1970: time.nanosecondsSince1970 &+ duration.nanoseconds)
  }

  /// The time between two points; negative when the second is later.
  public static func - (left: Timestamp, right: Timestamp) -> Duration {
    .nanoseconds(Int64(bitPattern: left.nanosecondsSince1970 &- right.nanosecondsSince1970))
  }
}
