import Base
import JSON
import OTLP

/// What the column `details` holds of a span: the OTLP/JSON of a span with a few fields only.
struct SpanDetails {
  var traceState = ""
  var droppedAttributeCount: UInt32 = 0
  var events: [StoredEvent] = []
  var droppedEventCount: UInt32 = 0
  var links: [StoredLink] = []
  var droppedLinkCount: UInt32 = 0

  /// Reads a row; empty text is a span without any of it.
  init(otlpJSON text: ArraySlice<UInt8>) throws(JSONError) {
    guard !text.isEmpty else { return }
    let bytes = Array(text)
    // Failures leave the closure by its result, since a rethrowing one cannot name its error.
    let parsed = unsafe bytes.withUnsafeBytes { pointer -> Result<SpanDetails, JSONError> in
      Result { () throws(JSONError) in try unsafe SpanDetails(reading: pointer) }
    }
    self = try parsed.get()
  }

  /// The details of a span that has none.
  init() {}

  private init(reading text: UnsafeRawBufferPointer) throws(JSONError) {
    self.init()
    // A row has at most the text of its request, which was held to a limit when it came.
    var reader = try unsafe JSONReader(text, limits: .stored)
    try reader.enterObject()
    while let key = try reader.nextKey()?.string {
      switch key {
      case "traceState": traceState = try reader.readString().string
      case "droppedAttributesCount": droppedAttributeCount = try reader.readCount()
      case "events": try reader.readList { reader throws(JSONError) in events.append(try unsafe .init(&reader, text)) }
      case "droppedEventsCount": droppedEventCount = try reader.readCount()
      case "links": try reader.readList { reader throws(JSONError) in links.append(try unsafe .init(&reader, text)) }
      case "droppedLinksCount": droppedLinkCount = try reader.readCount()
      default: try reader.skipValue()
      }
    }
    try reader.finish()
  }
}

extension StoredEvent {
  fileprivate init(_ reader: inout JSONReader, _ text: UnsafeRawBufferPointer) throws(JSONError) {
    self.init(time: UnixNanoseconds(0), name: "", attributesText: "", droppedAttributeCount: 0)
    try reader.enterObject()
    while let key = try reader.nextKey()?.string {
      switch key {
      case "timeUnixNano":
        // A time beyond 2262 has no place in the type; the span's own times are checked when they come.
        time = UnixNanoseconds(Int64(clamping: UInt64(try reader.readString().string) ?? 0))
      case "name": name = try reader.readString().string
      case "attributes": attributesText = try unsafe reader.readRaw(of: text)
      case "droppedAttributesCount": droppedAttributeCount = try reader.readCount()
      default: try reader.skipValue()
      }
    }
  }
}

extension StoredLink {
  fileprivate init(_ reader: inout JSONReader, _ text: UnsafeRawBufferPointer) throws(JSONError) {
    self.init(
      traceID: TraceID(high: 0, low: 0), spanID: SpanID(0), traceState: "", flags: 0, attributesText: "",
      droppedAttributeCount: 0)
    try reader.enterObject()
    while let key = try reader.nextKey()?.string {
      switch key {
      case "traceId": traceID = TraceID(hex: try reader.readString().string) ?? traceID
      case "spanId": spanID = SpanID(hex: try reader.readString().string) ?? spanID
      case "traceState": traceState = try reader.readString().string
      case "attributes": attributesText = try unsafe reader.readRaw(of: text)
      case "droppedAttributesCount": droppedAttributeCount = try reader.readCount()
      case "flags": flags = try reader.readCount()
      default: try reader.skipValue()
      }
    }
  }
}

extension JSONReader {
  fileprivate mutating func readCount() throws(JSONError) -> UInt32 {
    UInt32(truncatingIfNeeded: try readNumber().unsigned ?? 0)
  }

  fileprivate mutating func readList(
    _ element: (inout JSONReader) throws(JSONError) -> Void
  ) throws(JSONError) {
    try enterArray()
    while try nextElement() { try element(&self) }
  }

  /// The text of the next value as it stands in the text that is read.
  fileprivate mutating func readRaw(of text: UnsafeRawBufferPointer) throws(JSONError) -> String {
    let start = offset
    try skipValue()
    return unsafe String(decoding: text[start..<offset], as: UTF8.self)
  }
}
