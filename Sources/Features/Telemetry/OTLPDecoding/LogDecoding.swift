import Columns
import OTLP
import Protobuf
import Telemetry

/// Log records, as rows of the table `logs`.
struct LogRecords: RecordDecoding {
  init(of resource: ReferencedRow, in batch: LogBatch) {}

  func append(
    _ message: ProtobufReader, of scope: ScopeContext, with decoder: OTLPDecoder, into batch: LogBatch,
    progress: inout RequestProgress
  ) throws(ProtobufError) {
    let block = batch.rows
    let isAccepted = try progress.count("log record", cuts: decoder.cuts) { progress throws(ProtobufError) in
      try decoder.append(record: message, of: scope, into: block, progress: &progress)
    }
    if !isAccepted { block.columns.truncate(toRowCount: block.batchID.rowCount) }
  }

  func end(_ scope: ScopeContext, in batch: LogBatch) {}
}

extension OTLPDecoder {
  fileprivate func append(
    record message: ProtobufReader, of scope: ScopeContext, into block: LogBlock, progress: inout RequestProgress
  ) throws(ProtobufError) -> RecordFault? {
    let request = scope.request
    guard !message.isAtEnd else { return .empty }
    let none = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    var reader = message
    var time: UInt64 = 0
    var observedTime: UInt64 = 0
    var severityNumber: UInt64 = 0
    var severityText = unsafe none
    var body = AppendedValue()
    var dropped: UInt32 = 0
    var flags: UInt32 = 0
    var traceID = unsafe none
    var spanID = unsafe none
    var eventName = unsafe none
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.fixed64(LogRecordField.time): time = try reader.readFixed64()
      case ProtobufTag.fixed64(LogRecordField.observedTime): observedTime = try reader.readFixed64()
      case ProtobufTag.varint(LogRecordField.severityNumber): severityNumber = try reader.readVarint()
      case ProtobufTag.bytes(LogRecordField.severityText): unsafe severityText = try reader.readBytes()
      case ProtobufTag.bytes(LogRecordField.body):
        block.body.dropOpenRow()
        body = AppendedValue()
        try block.body.appendOpen(anyValue: reader.readMessage(), to: &body)
      case ProtobufTag.bytes(LogRecordField.attributes):
        let attribute = try reader.readMessage()
        if block.attributes.hasRoom(limits) {
          _ = try block.attributes.append(keyValue: attribute, cuts: cuts)
        } else {
          dropped &+= 1
        }
      case ProtobufTag.varint(LogRecordField.droppedAttributes): dropped &+= try reader.readUInt32()
      case ProtobufTag.fixed32(LogRecordField.flags): flags = try reader.readFixed32()
      case ProtobufTag.bytes(LogRecordField.traceID): unsafe traceID = try reader.readBytes()
      case ProtobufTag.bytes(LogRecordField.spanID): unsafe spanID = try reader.readBytes()
      case ProtobufTag.bytes(LogRecordField.eventName): unsafe eventName = try reader.readBytes()
      default: try reader.skip(tag)
      }
    }
    guard time <= UInt64(Int64.max), observedTime <= UInt64(Int64.max) else { return .timeBeyondRange }
    // "Use Timestamp if it is present, otherwise use ObservedTimestamp" (logs data model), and the receiver is the
    // one who observes a record that has neither.
    let observed = observedTime != 0 ? Int64(observedTime) : request.receivedAt
    let counted = time != 0 ? Int64(time) : observed
    if time != 0 || observedTime != 0 {
      guard request.times.contains(UInt64(counted)) else {
        let field: StaticString = time != 0 ? "time_unix_nano" : "observed_time_unix_nano"
        return .timeRefused(request.times.refusal(of: UInt64(counted), field: field))
      }
      guard progress.days.admit(UInt64(counted)) else { return .tooManyDays }
    } else {
      progress.decoded.isRecognisable = false
    }
    if body.isCut { cuts.record("body") }
    block.time.append(counted)
    block.observedTime.append(observed)
    block.severityNumber.append(severityNumber <= 24 ? UInt8(severityNumber) : 0)
    unsafe block.severityText.append(cuts.name(severityText, of: "severity_text"))
    block.body.endRow()
    block.bodyType.append(body.type.rawValue)
    // A record whose ids are invalid belongs to no trace (logs.proto, LogRecord.trace_id and span_id).
    let isInTrace = traceID.count == 16
    block.traceID.append(
      high: unsafe isInTrace ? traceID.bigEndian(at: 0) : 0, low: unsafe isInTrace ? traceID.bigEndian(at: 8) : 0)
    block.spanID.append(unsafe isInTrace && spanID.count == 8 ? spanID.bigEndian(at: 0) : 0)
    block.flags.append(flags)
    unsafe block.eventName.append(cuts.name(eventName, of: "event_name"))
    cuts.mark(block.attributes)
    block.attributes.endRow()
    block.droppedAttributes.append(dropped)
    block.append(scope)
    return nil
  }
}
