internal import Axonize

/// Reads spans back from the bytes that would have been sent (opentelemetry/proto/trace/v1/trace.proto).
enum RequestReader {
  /// The spans of an ExportTraceServiceRequest.
  static func spans(of request: [UInt8]) -> [RecordedSpan] {
    var spans: [RecordedSpan] = []
    for (_, resourceSpans) in ProtobufFields(request) {
      var resource = Attributes()
      for (field, content) in ProtobufFields(resourceSpans.bytes) {
        if field == 1 { resource = attributes(content.bytes, field: 1) }
        if field == 2 { spans += scopeSpans(content.bytes, resource) }
      }
    }
    return spans
  }

  private static func scopeSpans(_ message: ArraySlice<UInt8>, _ resource: Attributes) -> [RecordedSpan] {
    var spans: [RecordedSpan] = []
    var name = ""
    var version = ""
    var given = Attributes()
    for (field, content) in ProtobufFields(message) {
      if field == 1 {
        for (field, part) in ProtobufFields(content.bytes) {
          if field == 1 { name = part.text }
          if field == 2 { version = part.text }
        }
        given = attributes(content.bytes, field: 3)
      } else if field == 2 {
        var span = span(content.bytes)
        span.resource = resource
        (span.scope, span.scopeVersion, span.scopeAttributes) = (name, version, given)
        spans.append(span)
      }
    }
    return spans
  }

  private static func span(_ message: ArraySlice<UInt8>) -> RecordedSpan {
    var span = RecordedSpan(
      name: "", kind: .internal, traceID: TraceID(high: 0, low: 0), spanID: SpanID(0), parentSpanID: nil,
      traceState: "", startTime: Timestamp(nanosecondsSince1970: 0), endTime: Timestamp(nanosecondsSince1970: 0),
      attributes: attributes(message, field: 9), events: [], links: [], status: .unset, droppedAttributes: 0,
      droppedEvents: 0, droppedLinks: 0, hasRemoteParent: false, scope: "", scopeVersion: "", scopeAttributes: [:],
      resource: [:])
    for (field, content) in ProtobufFields(message) {
      switch field {
      case 1: span.traceID = traceID(content.bytes)
      case 2: span.spanID = SpanID(bigEndian(content.bytes))
      case 3: span.traceState = content.text
      case 4: span.parentSpanID = SpanID(bigEndian(content.bytes))
      case 5: span.name = content.text
      case 6: span.kind = SpanKind(rawValue: UInt8(clamping: content.number)) ?? .internal
      case 7: span.startTime = Timestamp(nanosecondsSince1970: content.number)
      case 8: span.endTime = Timestamp(nanosecondsSince1970: content.number)
      case 10: span.droppedAttributes = Int(content.number)
      case 11: span.events.append(event(content.bytes))
      case 12: span.droppedEvents = Int(content.number)
      case 13: span.links.append(link(content.bytes))
      case 14: span.droppedLinks = Int(content.number)
      case 15: span.status = status(content.bytes)
      case 16: span.hasRemoteParent = content.number & 0x200 != 0
      default: break
      }
    }
    return span
  }

  private static func event(_ message: ArraySlice<UInt8>) -> RecordedEvent {
    var event = RecordedEvent(
      name: "", time: Timestamp(nanosecondsSince1970: 0), attributes: attributes(message, field: 3))
    for (field, content) in ProtobufFields(message) {
      if field == 1 { event.time = Timestamp(nanosecondsSince1970: content.number) }
      if field == 2 { event.name = content.text }
    }
    return event
  }

  private static func link(_ message: ArraySlice<UInt8>) -> SpanLink {
    var context = SpanContext(traceID: TraceID(high: 0, low: 0), spanID: SpanID(0), isSampled: false)
    for (field, content) in ProtobufFields(message) {
      switch field {
      case 1: context.traceID = traceID(content.bytes)
      case 2: context.spanID = SpanID(bigEndian(content.bytes))
      case 3: context.traceState = content.text
      case 6:
        context.isSampled = content.number & 1 != 0
        context.isRemote = content.number & 0x200 != 0
      default: break
      }
    }
    return SpanLink(context, attributes: attributes(message, field: 4))
  }

  private static func status(_ message: ArraySlice<UInt8>) -> SpanStatus {
    var description = ""
    var code: UInt64 = 0
    for (field, content) in ProtobufFields(message) {
      if field == 2 { description = content.text }
      if field == 3 { code = content.number }
    }
    return code == 1 ? .ok : code == 2 ? .error(description) : .unset
  }

  // MARK: Values

  private static func bigEndian(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

  private static func traceID(_ bytes: ArraySlice<UInt8>) -> TraceID {
    TraceID(high: bigEndian(bytes.prefix(8)), low: bigEndian(bytes.dropFirst(8)))
  }

  private static func attributes(_ message: ArraySlice<UInt8>, field wanted: UInt64) -> Attributes {
    var attributes = Attributes()
    for (field, content) in ProtobufFields(message) where field == wanted {
      let (key, value) = pair(content.bytes)
      attributes[key] = value
    }
    return attributes
  }

  private static func pair(_ message: ArraySlice<UInt8>) -> (key: String, value: AttributeValue) {
    var key = ""
    var value = AttributeValue.empty
    for (field, content) in ProtobufFields(message) {
      if field == 1 { key = content.text }
      if field == 2 { value = self.value(content.bytes) }
    }
    return (key, value)
  }

  private static func value(_ message: ArraySlice<UInt8>) -> AttributeValue {
    var fields = ProtobufFields(message)
    guard let (field, content) = fields.next() else { return .empty }
    switch field {
    case 1: return .string(content.text)
    case 2: return .bool(content.number != 0)
    case 3: return .int(Int64(bitPattern: content.number))
    case 4: return .double(Double(bitPattern: content.number))
    case 5: return .array(ProtobufFields(content.bytes).map { value($0.content.bytes) })
    case 6: return .map(attributes(content.bytes, field: 1))
    case 7: return .bytes(Array(content.bytes))
    default: return .empty
    }
  }
}
