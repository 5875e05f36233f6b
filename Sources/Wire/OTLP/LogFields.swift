/// Field numbers of `opentelemetry.proto.logs.v1.LogRecord`.
public enum LogRecordField {
  public static let time: UInt32 = 1
  public static let severityNumber: UInt32 = 2
  public static let severityText: UInt32 = 3
  public static let body: UInt32 = 5
  public static let attributes: UInt32 = 6
  public static let droppedAttributes: UInt32 = 7
  public static let flags: UInt32 = 8
  public static let traceID: UInt32 = 9
  public static let spanID: UInt32 = 10
  public static let observedTime: UInt32 = 11
  public static let eventName: UInt32 = 12
}
