import Columns
import OTLP

/// Puts together what a row of `details` holds: the fields of a span that most spans lack, as OTLP/JSON.
///
/// Events and links may come in any order between other fields, so both are collected apart. The buffers are used again
/// for the next span.
final class SpanDetailText {
  /// What the sender, or a limit here, left out.
  struct Dropped {
    var attributes: UInt32
    var events: UInt32
    var links: UInt32

    var isAny: Bool { attributes | events | links != 0 }
  }

  private(set) var eventCount = 0
  private(set) var linkCount = 0
  private let events = GrowableBuffer<UInt8>()
  private let links = GrowableBuffer<UInt8>()

  var isEmpty: Bool { eventCount | linkCount == 0 }

  /// Forgets the span before.
  @inline(__always)
  func reset() {
    guard !isEmpty else { return }
    eventCount = 0
    linkCount = 0
    events.truncate(to: 0)
    links.truncate(to: 0)
  }

  /// Bytes that events and links may still take.
  func bytesLeft(of limits: IngestLimits) -> Int { limits.recordBytesMax - events.count - links.count }

  /// What the attributes of the next event, or link, may take.
  func allowance(of limits: IngestLimits, isEvent: Bool) -> TextAllowance {
    TextAllowance(isEvent ? events : links, bytesMax: bytesLeft(of: limits))
  }

  /// Where the next event is to be written, as one JSON object.
  func beginEvent() -> GrowableBuffer<UInt8> {
    if eventCount > 0 { events.append(ascii: ",") }
    eventCount += 1
    return events
  }

  /// Where the next link is to be written, as one JSON object.
  func beginLink() -> GrowableBuffer<UInt8> {
    if linkCount > 0 { links.append(ascii: ",") }
    linkCount += 1
    return links
  }

  /// Writes all of it as one JSON object.
  ///
  /// The order of the fields is that of OTLP's `Span`.
  func write(traceState: UnsafeRawBufferPointer, dropped: Dropped, to text: GrowableBuffer<UInt8>) {
    text.append(ascii: "{")
    let first = text.count
    if unsafe !traceState.isEmpty {
      text.append(member: "traceState", first: first)
      unsafe text.append(quoted: traceState)
    }
    text.append(count: dropped.attributes, named: "droppedAttributesCount", first: first)
    append(events, named: "events", to: text, first: first)
    text.append(count: dropped.events, named: "droppedEventsCount", first: first)
    append(links, named: "links", to: text, first: first)
    text.append(count: dropped.links, named: "droppedLinksCount", first: first)
    text.append(ascii: "}")
  }

  private func append(
    _ list: GrowableBuffer<UInt8>, named name: StaticString, to text: GrowableBuffer<UInt8>, first: Int
  ) {
    guard list.count > 0 else { return }
    text.append(member: name, first: first)
    text.append(ascii: "[")
    unsafe text.append(copying: list.rawBytes)
    text.append(ascii: "]")
  }
}

extension GrowableBuffer<UInt8> {
  /// Appends a member of a JSON object whose value is a number, unless it is 0.
  ///
  /// - Parameter first: Where the object's first member is.
  func append(count: UInt32, named name: StaticString, first: Int) {
    guard count != 0 else { return }
    append(member: name, first: first)
    append(decimal: UInt64(count))
  }

  /// Appends a comma if members came before, the name and a colon.
  func append(member name: StaticString, first: Int) {
    if count != first { append(ascii: ",") }
    append(ascii: "\"")
    append(ascii: name)
    append(ascii: "\":")
  }
}
