/// Field numbers of `opentelemetry.proto.trace.v1.Span`.
public enum SpanField {
  @inlinable public static var traceID: UInt32 { 1 }
  @inlinable public static var spanID: UInt32 { 2 }
  @inlinable public static var traceState: UInt32 { 3 }
  @inlinable public static var parentSpanID: UInt32 { 4 }
  @inlinable public static var name: UInt32 { 5 }
  @inlinable public static var kind: UInt32 { 6 }
  @inlinable public static var startTime: UInt32 { 7 }
  @inlinable public static var endTime: UInt32 { 8 }
  @inlinable public static var attributes: UInt32 { 9 }
  @inlinable public static var droppedAttributes: UInt32 { 10 }
  @inlinable public static var events: UInt32 { 11 }
  @inlinable public static var droppedEvents: UInt32 { 12 }
  @inlinable public static var links: UInt32 { 13 }
  @inlinable public static var droppedLinks: UInt32 { 14 }
  @inlinable public static var status: UInt32 { 15 }
  @inlinable public static var flags: UInt32 { 16 }
}

/// Field numbers of `Span.Event`.
public enum EventField {
  @inlinable public static var time: UInt32 { 1 }
  @inlinable public static var name: UInt32 { 2 }
  @inlinable public static var attributes: UInt32 { 3 }
  @inlinable public static var droppedAttributes: UInt32 { 4 }
}

/// Field numbers of `Span.Link`.
public enum LinkField {
  @inlinable public static var traceID: UInt32 { 1 }
  @inlinable public static var spanID: UInt32 { 2 }
  @inlinable public static var traceState: UInt32 { 3 }
  @inlinable public static var attributes: UInt32 { 4 }
  @inlinable public static var droppedAttributes: UInt32 { 5 }
  @inlinable public static var flags: UInt32 { 6 }
}

/// Field numbers of `Status`.
public enum StatusField {
  @inlinable public static var message: UInt32 { 2 }
  @inlinable public static var code: UInt32 { 3 }
}
