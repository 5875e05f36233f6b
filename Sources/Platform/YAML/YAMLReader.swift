import CYAML

/// Reads a strict subset of YAML: one document of mappings, sequences and scalars.
///
/// Anchors, aliases, tags, merge keys, duplicate keys, keys that are not scalars, and further documents are refused, so
/// that a file means what it looks like.
package enum YAMLReader {
  /// The most bytes of a text and levels of nesting.
  package static let bytesMax = 1 << 20
  package static let depthMax = 32

  /// The value of a document; nil when it is empty.
  package static func read(_ text: [UInt8]) throws(YAMLError) -> YAMLNode? {
    guard text.count <= bytesMax else {
      throw YAMLError(line: 1, column: 1, reason: "the text is longer than \(bytesMax) bytes")
    }
    let events = try YAMLEvents(text)
    return try events.document()
  }
}

/// The events of libyaml over a text.
@safe
private final class YAMLEvents {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let text: UnsafeMutablePointer<UInt8>

  init(_ bytes: [UInt8]) throws(YAMLError) {
    unsafe parser = .allocate(capacity: 1)
    unsafe parser.initialize(to: yaml_parser_t())
    unsafe text = .allocate(capacity: max(bytes.count, 1))
    unsafe text.initialize(from: bytes, count: bytes.count)
    guard unsafe yaml_parser_initialize(parser) == 1 else {
      throw YAMLError(line: 1, column: 1, reason: "not enough memory for the parser")
    }
    // SAFETY: the text is ours and lives as long as the parser; see deinit.
    unsafe yaml_parser_set_input_string(parser, text, bytes.count)
    unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
  }

  deinit {
    // SAFETY: both were allocated by init, and nobody else has them. A parser that could not be initialized is zero,
    // which yaml_parser_delete takes.
    unsafe yaml_parser_delete(parser)
    unsafe parser.deallocate()
    unsafe text.deallocate()
  }

  private enum Event {
    case scalar(String, isPlain: Bool)
    case sequenceStart, sequenceEnd, mappingStart, mappingEnd, documentStart, documentEnd, streamStart, streamEnd
  }

  private struct PlacedEvent {
    let event: Event
    let line: Int
    let column: Int

    func error(_ reason: String) -> YAMLError { YAMLError(line: line, column: column, reason: reason) }
  }

  func document() throws(YAMLError) -> YAMLNode? {
    _ = try next()
    guard case .documentStart = try next().event else { return nil }
    let node = try node(try next(), depth: 0)
    _ = try next()
    let end = try next()
    guard case .streamEnd = end.event else { throw end.error("a second document begins; only one is read") }
    return node
  }

  private func node(_ event: PlacedEvent, depth: Int) throws(YAMLError) -> YAMLNode {
    guard depth < YAMLReader.depthMax else {
      throw event.error("values are nested more than \(YAMLReader.depthMax) deep")
    }
    let content: YAMLContent =
      switch event.event {
      case .scalar(let text, let isPlain): .scalar(text, isPlain: isPlain)
      case .sequenceStart: .sequence(try sequence(depth: depth))
      case .mappingStart: .mapping(try mapping(depth: depth))
      default: throw event.error("a value is expected")
      }
    return YAMLNode(content: content, line: event.line, column: event.column)
  }

  private func sequence(depth: Int) throws(YAMLError) -> [YAMLNode] {
    var elements: [YAMLNode] = []
    while true {
      let event = try next()
      if case .sequenceEnd = event.event { return elements }
      elements.append(try node(event, depth: depth + 1))
    }
  }

  private func mapping(depth: Int) throws(YAMLError) -> [YAMLEntry] {
    var entries: [YAMLEntry] = []
    var lines: [String: Int] = [:]
    while true {
      let event = try next()
      if case .mappingEnd = event.event { return entries }
      guard case .scalar(let key, let isPlain) = event.event else { throw event.error("a key must be a plain text") }
      if isPlain && key == "<<" { throw event.error("merge keys are not supported") }
      if let line = lines[key] { throw event.error("'\(key)' stands here and on line \(line)") }
      lines[key] = event.line
      let value = try node(try next(), depth: depth + 1)
      entries.append(YAMLEntry(key: key, value: value, line: event.line, column: event.column))
    }
  }

  private func next() throws(YAMLError) -> PlacedEvent {
    var event = unsafe yaml_event_t()
    // SAFETY: the parser is initialized; the event is deleted below, once what it points to has been copied.
    guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw unsafe failure(parser.pointee) }
    defer { unsafe yaml_event_delete(&event) }
    let line = unsafe event.start_mark.line + 1
    let column = unsafe event.start_mark.column + 1
    func place(_ value: Event) -> PlacedEvent { PlacedEvent(event: value, line: line, column: column) }
    func refuse(_ anchor: UnsafeMutablePointer<UInt8>?, _ tag: UnsafeMutablePointer<UInt8>?) throws(YAMLError) {
      if unsafe anchor != nil { throw YAMLError(line: line, column: column, reason: "anchors are not supported") }
      if unsafe tag != nil { throw YAMLError(line: line, column: column, reason: "tags are not supported") }
    }
    // SAFETY: the member of the union that the type names is the one that libyaml has filled.
    switch unsafe event.type {
    case YAML_STREAM_START_EVENT: return place(.streamStart)
    case YAML_STREAM_END_EVENT: return place(.streamEnd)
    case YAML_DOCUMENT_START_EVENT: return place(.documentStart)
    case YAML_DOCUMENT_END_EVENT: return place(.documentEnd)
    case YAML_SEQUENCE_START_EVENT:
      unsafe try refuse(event.data.sequence_start.anchor, event.data.sequence_start.tag)
      return place(.sequenceStart)
    case YAML_SEQUENCE_END_EVENT: return place(.sequenceEnd)
    case YAML_MAPPING_START_EVENT:
      unsafe try refuse(event.data.mapping_start.anchor, event.data.mapping_start.tag)
      return place(.mappingStart)
    case YAML_MAPPING_END_EVENT: return place(.mappingEnd)
    case YAML_SCALAR_EVENT:
      unsafe try refuse(event.data.scalar.anchor, event.data.scalar.tag)
      let bytes = unsafe UnsafeBufferPointer(start: event.data.scalar.value, count: event.data.scalar.length)
      let isPlain = unsafe event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE
      return place(.scalar(unsafe String(decoding: bytes, as: UTF8.self), isPlain: isPlain))
    case YAML_ALIAS_EVENT: throw YAMLError(line: line, column: column, reason: "aliases are not supported")
    default: throw YAMLError(line: line, column: column, reason: "the parser has stopped")
    }
  }

  /// What the parser says; its problem is a static text.
  private func failure(_ parser: yaml_parser_t) -> YAMLError {
    let problem = unsafe parser.problem.map { unsafe String(cString: $0) } ?? "it is not YAML"
    // The reader's errors (bad UTF-8, control characters) have an offset instead of a mark.
    let mark = unsafe parser.error == YAML_READER_ERROR ? parser.mark : parser.problem_mark
    return YAMLError(line: mark.line + 1, column: mark.column + 1, reason: problem)
  }
}
