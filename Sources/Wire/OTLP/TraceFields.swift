/// Field numbers of `opentelemetry.proto.trace.v1.Span`.
public enum SpanField {
  /// `trace_id`.
  @inlinable public static var traceID: UInt32 { 1 }
  /// `span_id`.
  @inlinable public static var spanID: UInt32 { 2 }
  /// `trace_state`.
  @inlinable public static var traceState: UInt32 { 3 }
  /// `parent_span_id`.
  @inlinable public static var parentSpanID: UInt32 { 4 }
  /// `name`.
  @inlinable public static var name: UInt32 { 5 }
  /// `kind`.
  @inlinable public static var kind: UInt32 { 6 }
  /// `start_time_unix_nano`.
  @inlinable public static var startTime: UInt32 { 7 }
  /// `end_time_unix_nano`.
  @inlinable public static var endTime: UInt32 { 8 }
  /// `attributes`.
  @inlinable public static var attributes: UInt32 { 9 }
  /// `dropped_attributes_count`.
  @inlinable public static var droppedAttributes: UInt32 { 10 }
  /// `events`.
  @inlinable public static var events: UInt32 { 11 }
  /// `dropped_events_count`.
  @inlinable public static var droppedEvents: UInt32 { 12 }
  /// `links`.
  @inlinable public static var links: UInt32 { 13 }
  /// `dropped_links_count`.
  @inlinable public static var droppedLinks: UInt32 { 14 }
  /// `status`.
  @inlinable public static var status: UInt32 { 15 }
  /// `flags`.
  @inlinable public static var flags: UInt32 { 16 }
}

/// Field numbers of `Span.Event`.
public enum EventField {
  /// `time_unix_nano`.
  @inlinable public static var time: UInt32 { 1 }
  /// `name`.
  @inlinable public static var name: UInt32 { 2 }
  /// `attributes`.
  @inlinable public static var attributes: UInt32 { 3 }
  /// `dropped_attributes_count`.
  @inlinable public static var droppedAttributes: UInt32 { 4 }
}

/// Field numbers of `Span.Link`.
public enum LinkField {
  /// `trace_id`.
  @inlinable public static var traceID: UInt32 { 1 }
  /// `span_id`.
  @inlinable public static var spanID: UInt32 { 2 }
  /// `trace_state`.
  @inlinable public static var traceState: UInt32 { 3 }
  /// `attributes`.
  @inlinable public static var attributes: UInt32 { 4 }
  /// `dropped_attributes_count`.
  @inlinable public static var droppedAttributes: UInt32 { 5 }
  /// `flags`.
  @inlinable public static var flags: UInt32 { 6 }
}

/// Field numbers of `Status`.
public enum StatusField {
  /// `message`.
  @inlinable public static var message: UInt32 { 2 }
  /// `code`.
  @inlinable public static var code: UInt32 { 3 }
}
