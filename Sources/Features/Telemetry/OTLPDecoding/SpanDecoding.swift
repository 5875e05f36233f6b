import Columns
import OTLP
import Protobuf
import Telemetry

/// Spans, as rows of the table `spans`.
struct SpanRecords: RecordDecoding, ~Copyable {
  private let resource: ResourceSemantics
  /// Rows that are complete but for the columns that ``end(_:in:)`` fills.
  private var rowCount: Int

  init(of resource: ReferencedRow, in batch: SpanBatch) {
    self.resource = ResourceSemantics(resources: batch.resources, row: resource.row, block: batch.rows)
    rowCount = batch.rows.spanID.rowCount
  }

  @inline(__always)
  mutating func append(
    _ message: ProtobufReader, of scope: ScopeContext, with decoder: OTLPDecoder, into batch: SpanBatch,
    progress: inout RequestProgress
  ) throws(ProtobufError) {
    let block = batch.rows
    decoder.semantics.reset()
    let isAccepted = try progress.count("span", cuts: decoder.cuts) { progress throws(ProtobufError) in
      try decoder.appendSpan(
        message, resource: resource, request: scope.request, days: &progress.days, into: block, row: rowCount)
    }
    if isAccepted {
      rowCount &+= 1
    } else {
      end(scope, in: batch)
      block.truncate(toRowCount: rowCount)
    }
  }

  borrowing func end(_ scope: ScopeContext, in batch: SpanBatch) {
    batch.rows.pad(toRowCount: rowCount, scope, resource)
  }
}

extension OTLPDecoder {
  /// Appends one span as the row of number `row`; a fault means that the row is unfinished and must be dropped.
  ///
  /// Columns that hold the same in all spans of a group, or nothing in most, stay behind until `SpanRecords.end` fills them.
  fileprivate func appendSpan(
    _ message: ProtobufReader, resource: borrowing ResourceSemantics, request: RequestContext, days: inout RequestDays,
    into block: SpanBlock, row: Int
  ) throws(ProtobufError) -> RecordFault? {
    guard !message.isAtEnd else { return .empty }
    // A text can grow sixteenfold on its way to the map, as a list of nothing but empty pairs does.
    let mayGrowTooLarge = message.remainingCount > limits.recordBytesMax / 16
    let none = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    var reader = message
    var traceID = unsafe none
    var spanID = unsafe none
    var parentSpanID = unsafe none
    var traceState = unsafe none
    var name = unsafe none
    var kind: UInt64 = 0
    var startTime: UInt64 = 0
    var endTime: UInt64 = 0
    var droppedAttributes: UInt32 = 0
    var droppedEvents: UInt32 = 0
    var droppedLinks: UInt32 = 0
    var status = StatusFields()
    var flags: UInt32 = 0
    var attributeCount = 0
    var place = 0
    details.reset()

    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(SpanField.attributes):
        let message = try reader.readMessage()
        guard attributeCount < limits.attributeCountMax, !mayGrowTooLarge || block.attributes.hasRoom(limits) else {
          droppedAttributes &+= 1
          continue
        }
        attributeCount &+= 1
        place = try append(attribute: message, place: place, to: block)
      case ProtobufTag.bytes(SpanField.traceID): unsafe traceID = try reader.readBytes()
      case ProtobufTag.bytes(SpanField.spanID): unsafe spanID = try reader.readBytes()
      case ProtobufTag.bytes(SpanField.parentSpanID): unsafe parentSpanID = try reader.readBytes()
      case ProtobufTag.bytes(SpanField.name): unsafe name = try reader.readBytes()
      case ProtobufTag.varint(SpanField.kind): kind = try reader.readVarint()
      case ProtobufTag.fixed64(SpanField.startTime): startTime = try reader.readFixed64()
      case ProtobufTag.fixed64(SpanField.endTime): endTime = try reader.readFixed64()
      case ProtobufTag.bytes(SpanField.status): try status.merge(reader.readMessage())
      case ProtobufTag.fixed32(SpanField.flags): flags = try reader.readFixed32()
      case ProtobufTag.bytes(SpanField.traceState): unsafe traceState = try reader.readBytes()
      case ProtobufTag.varint(SpanField.droppedAttributes): droppedAttributes &+= try reader.readUInt32()
      case ProtobufTag.bytes(SpanField.events):
        let event = try reader.readMessage()
        if !(try append(event: event)) { droppedEvents &+= 1 }
      case ProtobufTag.varint(SpanField.droppedEvents): droppedEvents &+= try reader.readUInt32()
      case ProtobufTag.bytes(SpanField.links):
        let link = try reader.readMessage()
        if !(try append(link: link)) { droppedLinks &+= 1 }
      case ProtobufTag.varint(SpanField.droppedLinks): droppedLinks &+= try reader.readUInt32()
      default: try reader.skip(tag)
      }
    }

    // "An ID with all bytes set to zero is considered invalid", likewise another length (trace.proto, Span).
    guard traceID.count == 16 else { return .traceIDLength(traceID.count) }
    guard spanID.count == 8 else { return .spanIDLength(spanID.count) }
    let (traceHigh, traceLow) = unsafe (traceID.bigEndian(at: 0), traceID.bigEndian(at: 8))
    let span = unsafe spanID.bigEndian(at: 0)
    guard traceHigh | traceLow != 0 else { return .traceIDZero }
    guard span != 0 else { return .spanIDZero }
    guard unsafe parentSpanID.isEmpty || parentSpanID.count == 8 else { return .parentSpanIDLength(parentSpanID.count) }
    guard startTime != 0 else { return .noStartTime }
    guard startTime <= UInt64(Int64.max), endTime <= UInt64(Int64.max) else { return .timeBeyondRange }
    guard startTime >= request.times.earliest, startTime <= request.times.latest else {
      return .timeRefused(request.times.refusal(of: startTime, field: "start_time_unix_nano"))
    }
    guard endTime <= request.times.latest else {
      return .timeRefused(request.times.refusal(of: endTime, field: "end_time_unix_nano"))
    }
    guard days.admit(startTime) else { return .tooManyDays }
    // A span that was exported without an end has taken no known time.
    let duration = endTime == 0 ? 0 : Int64(endTime) &- Int64(startTime)

    block.traceID.append(high: traceHigh, low: traceLow)
    block.spanID.append(span)
    block.parentSpanID.append(unsafe parentSpanID.isEmpty ? 0 : parentSpanID.bigEndian(at: 0))
    block.flags.append(flags)
    unsafe block.name.append(cuts.name(name, of: "name"))
    block.kind.append(kind <= 5 ? UInt8(kind) : 0)
    block.startTime.append(Int64(startTime))
    block.durationNanoseconds.append(duration)
    if status.code != 0 {
      block.statusCode.pad(0, toRowCount: row)
      block.statusCode.append(status.code)
    }
    if unsafe !status.message.isEmpty {
      block.statusMessage.padEmpty(toRowCount: row)
      unsafe block.statusMessage.append(cuts.value(status.message, of: "status.message"))
    }
    let dropped = SpanDetailText.Dropped(attributes: droppedAttributes, events: droppedEvents, links: droppedLinks)
    if unsafe !details.isEmpty || !traceState.isEmpty || dropped.isAny {
      block.details.padEmpty(toRowCount: row)
      unsafe details.write(
        traceState: cuts.value(traceState, of: "trace_state"), dropped: dropped, to: block.details.bytes)
      block.details.endRow()
    }
    semantics.writeColumns(
      to: block, row: row, resource: resource,
      span: SpanFacts(
        startNanoseconds: Int64(startTime), durationNanoseconds: duration,
        isFailed: status.code == SpanStatus.error.rawValue))
    cuts.mark(block.attributes)
    block.attributes.endRow()
    return nil
  }
}

extension SpanBlock {
  /// Fills the columns that are behind up to `rowCount` rows, all of one scope.
  fileprivate func pad(toRowCount rowCount: Int, _ scope: ScopeContext, _ resource: borrowing ResourceSemantics) {
    pad(toRowCount: rowCount, scope)
    statusCode.pad(0, toRowCount: rowCount)
    statusMessage.padEmpty(toRowCount: rowCount)
    details.padEmpty(toRowCount: rowCount)
    padNormalised(toRowCount: rowCount, resource: resource)
  }
}

/// The fields of a `Status`.
@safe
struct StatusFields {
  var code: UInt8 = 0
  var message = unsafe UnsafeRawBufferPointer(start: nil, count: 0)

  mutating func merge(_ message: ProtobufReader) throws(ProtobufError) {
    var reader = message
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(StatusField.message): unsafe self.message = try reader.readBytes()
      case ProtobufTag.varint(StatusField.code):
        // An enum is open: what this version does not know counts as unset.
        code = SpanStatus(rawValue: UInt8(truncatingIfNeeded: min(try reader.readVarint(), 255)))?.rawValue ?? 0
      default: try reader.skip(tag)
      }
    }
  }
}

extension UnsafeRawBufferPointer {
  /// Eight bytes as a big-endian number; they MUST lie within the buffer.
  @inline(__always)
  func bigEndian(at offset: Int) -> UInt64 {
    assert(offset + 8 <= count)
    return unsafe UInt64(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }
}
