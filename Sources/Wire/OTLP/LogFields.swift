/// Field numbers of `opentelemetry.proto.logs.v1.LogRecord`.
public enum LogRecordField {
  /// `time_unix_nano`.
  public static let time: UInt32 = 1
  /// `severity_number`.
  public static let severityNumber: UInt32 = 2
  /// `severity_text`.
  public static let severityText: UInt32 = 3
  /// `body`.
  public static let body: UInt32 = 5
  /// `attributes`.
  public static let attributes: UInt32 = 6
  /// `dropped_attributes_count`.
  public static let droppedAttributes: UInt32 = 7
  /// `flags`.
  public static let flags: UInt32 = 8
  /// `trace_id`.
  public static let traceID: UInt32 = 9
  /// `span_id`.
  public static let spanID: UInt32 = 10
  /// `observed_time_unix_nano`.
  public static let observedTime: UInt32 = 11
  /// `event_name`.
  public static let eventName: UInt32 = 12
}
