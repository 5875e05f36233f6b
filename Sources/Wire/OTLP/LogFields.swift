/// Field numbers of `opentelemetry.proto.logs.v1.LogRecord`.
package enum LogRecordField {
  package static let time: UInt32 = 1
  package static let severityNumber: UInt32 = 2
  package static let severityText: UInt32 = 3
  package static let body: UInt32 = 5
  package static let attributes: UInt32 = 6
  package static let droppedAttributes: UInt32 = 7
  package static let flags: UInt32 = 8
  package static let traceID: UInt32 = 9
  package static let spanID: UInt32 = 10
  package static let observedTime: UInt32 = 11
  package static let eventName: UInt32 = 12
}
