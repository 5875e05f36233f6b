import Base
import Columns
import JSON
import MetricNaming
import OTLP
import PromQL
import Protobuf
import RemoteWrite
import Series

/// The labels of the series of an OTLP request, made of the attributes of resource, scope and data point.
///
/// `job` is `service.namespace/service.name`, `instance` is `service.instance.id`, and `otel_scope_name` and
/// `otel_scope_version` are those of the scope. They come before an attribute of the same name, and attributes of the
/// data point before those that are promoted from the resource. Attributes whose names
/// become the same are one label, with the values in the order of the attributes' names and `;` between them.
@safe
final class OTLPLabels {
  @safe
  private struct Entry {
    /// As the attribute is named.
    let key: UnsafeRawBufferPointer
    /// Places in the text.
    let name: Range<Int>
    var value: Range<Int>
  }

  private static let limits = RemoteWriteLimits()
  /// Names of labels that are remembered; those of exporters are few.
  private static let rememberedNamesMax = 4096

  private let naming: MetricNaming
  private let promotedNames: Set<String>
  private var names: [String: String] = [:]
  /// The text of resource, scope, point and series, one after another.
  private let text = GrowableBuffer<UInt8>()
  private let scratch = GrowableBuffer<UInt8>()
  /// `job`, `instance` and those of the scope.
  private var shared: [Entry] = []
  /// Of the resource, but those that identify it.
  private var described: [Entry] = []
  /// Attributes of the resource that every series of it has.
  private var promoted: [Entry] = []
  private var own: [Entry] = []
  private var (resourceEnd, resourceCount, scopeEnd) = (0, 0, 0)
  /// Bytes of text of all series of the request, which may be many times the request.
  private(set) var byteCount = 0

  init(_ translation: OTLPTranslation) {
    naming = translation.naming
    promotedNames = translation.promotedAttributes
  }

  /// Begins a request.
  func begin() {
    byteCount = 0
    text.removeAll(keepingBytesMax: 1 << 20)
    names = names.count > Self.rememberedNamesMax ? [:] : names
  }

  /// Whether the resource has what `target_info` is made of: what identifies it, and something besides.
  var describesTarget: Bool { resourceCount > 0 && !described.isEmpty }

  /// Begins a resource.
  func beginResource(_ attributes: [ProtobufReader]) throws(ProtobufError) {
    text.truncate(to: 0)
    shared.removeAll(keepingCapacity: true)
    described.removeAll(keepingCapacity: true)
    promoted.removeAll(keepingCapacity: true)
    var (namespace, service, instance): (Range<Int>?, Range<Int>?, Range<Int>?)
    for attribute in attributes {
      let (key, value) = unsafe try Self.parts(of: attribute)
      let name = unsafe String(decoding: key, as: UTF8.self)
      if promotedNames.contains(name), var entry = unsafe try entry(key, value) {
        entry.value = cut(entry.value)
        promoted.append(entry)
      }
      switch name {
      case "service.namespace": namespace = try append(value)
      case "service.name": service = try append(value)
      case "service.instance.id": instance = try append(value)
      default:
        guard described.count < Self.limits.labelsMax, var entry = unsafe try entry(key, value) else { continue }
        entry.value = cut(entry.value)
        described.append(entry)
      }
    }
    join(&described)
    join(&promoted)
    if let service {
      let start = text.count
      if let namespace, !namespace.isEmpty {
        append(copyOf: namespace)
        text.append(ascii: "/")
      }
      append(copyOf: service)
      share("job", cut(start..<text.count))
    }
    if let instance { share("instance", cut(instance)) }
    (resourceEnd, resourceCount) = (text.count, shared.count)
  }

  /// Begins a scope of the resource.
  func beginScope(name: UnsafeRawBufferPointer, version: UnsafeRawBufferPointer) {
    text.truncate(to: resourceEnd)
    shared.removeSubrange(resourceCount...)
    unsafe shareScope("otel_scope_name", name)
    unsafe shareScope("otel_scope_version", version)
    scopeEnd = text.count
  }

  private func shareScope(_ label: String, _ value: UnsafeRawBufferPointer) {
    let start = text.count
    unsafe text.append(utf8: value)
    // A label with an empty value is one that is not there.
    if text.count > start { share(label, cut(start..<text.count)) }
  }

  /// Begins a data point.
  ///
  /// - Returns: what is wrong with its attributes, a clause whose subject is the point; nil for nothing.
  func beginPoint(_ attributes: [ProtobufReader]) throws(ProtobufError) -> String? {
    text.truncate(to: scopeEnd)
    own.removeAll(keepingCapacity: true)
    guard attributes.count <= Self.limits.labelsMax else { return "has more than \(Self.limits.labelsMax) attributes" }
    for attribute in attributes {
      let (key, value) = unsafe try Self.parts(of: attribute)
      guard let entry = unsafe try entry(key, value) else { continue }
      own.append(entry)
    }
    join(&own)
    for entry in own {
      if entry.name.count > Self.limits.labelNameBytesMax {
        return "has an attribute whose name is longer than \(Self.limits.labelNameBytesMax) bytes"
      }
      if entry.value.count > Self.limits.labelValueBytesMax {
        return "has an attribute whose value is longer than \(Self.limits.labelValueBytesMax) bytes"
      }
    }
    return nil
  }

  /// Puts the labels of a series of the point into place.
  ///
  /// - Parameter extra: a label such as `le`.
  func set(_ labels: LabelBytes, name: String, extra: (name: String, value: String)? = nil) {
    set(labels, name: name, extra: extra, attributes: own, promoted: promoted, shared: shared[...])
  }

  /// Appends the attributes of an exemplar, which were begun as those of a point; none where they have more characters than
  /// it may have.
  func append(to exemplar: ExemplarBytes) {
    let characterCount = own.reduce(0) { $0 + characters($1.name) + characters($1.value) }
    guard characterCount <= exemplar.charactersLeft else { return }
    for entry in own where unsafe !exemplar.hasID(named: bytes(entry.name)) {
      unsafe exemplar.append(bytes(entry.name), bytes(entry.value))
    }
  }

  private func characters(_ range: Range<Int>) -> Int { unsafe bytes(range).count { $0 & 0xc0 != 0x80 } }

  /// Puts the labels of the resource's series `target_info` into place.
  func setTarget(_ labels: LabelBytes, name: String) {
    text.truncate(to: resourceEnd)
    set(labels, name: name, extra: nil, attributes: described, promoted: [], shared: shared[..<resourceCount])
  }

  private func set(
    _ labels: LabelBytes, name: String, extra: (name: String, value: String)?, attributes: [Entry],
    promoted: [Entry], shared: ArraySlice<Entry>
  ) {
    let end = text.count
    var first = [entry(Label.metricName, name)]
    if let extra { first.append(entry(extra.name, extra.value)) }
    first += shared
    labels.removeAll()
    for entry in first { append(entry, to: labels) }
    for entry in attributes where !first.contains(where: { isEqual($0.name, entry.name) }) {
      append(entry, to: labels)
    }
    for entry in promoted where !(first + attributes).contains(where: { isEqual($0.name, entry.name) }) {
      append(entry, to: labels)
    }
    // The bytes stay where they are until other text is appended, which happens for the next series.
    text.truncate(to: end)
  }

  private func append(_ entry: Entry, to labels: LabelBytes) {
    byteCount += entry.name.count + entry.value.count
    unsafe labels.append(bytes(entry.name), bytes(entry.value))
  }

  private func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    // SAFETY: ranges are of what was appended.
    unsafe UnsafeRawBufferPointer(start: text.base + range.lowerBound, count: range.count)
  }

  private func isEqual(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
    unsafe left.count == right.count && bytes(left).elementsEqual(bytes(right))
  }

  // MARK: Text

  private func share(_ name: String, _ value: Range<Int>) {
    shared.append(unsafe Entry(key: UnsafeRawBufferPointer(start: nil, count: 0), name: append(name), value: value))
  }

  private func entry(_ name: String, _ value: String) -> Entry {
    unsafe Entry(key: UnsafeRawBufferPointer(start: nil, count: 0), name: append(name), value: append(value))
  }

  /// Nil for an attribute of whose name nothing is left.
  private func entry(_ key: UnsafeRawBufferPointer, _ value: ProtobufReader?) throws(ProtobufError) -> Entry? {
    let name = unsafe String(decoding: key, as: UTF8.self)
    let label: String
    if let known = names[name] {
      label = known
    } else {
      guard let new = naming.labelName(name) else { return nil }
      label = new
      names[name] = new
    }
    return unsafe Entry(key: key, name: append(label), value: try append(value))
  }

  /// Makes one of entries of the same name.
  private func join(_ entries: inout [Entry]) {
    guard entries.count > 1 else { return }
    entries.sort { unsafe $0.key.lexicographicallyPrecedes($1.key) }
    var count = 1
    for entry in entries.dropFirst() {
      if let same = entries[..<count].firstIndex(where: { isEqual($0.name, entry.name) }) {
        let start = text.count
        append(copyOf: entries[same].value)
        text.append(ascii: ";")
        append(copyOf: entry.value)
        entries[same].value = start..<text.count
      } else {
        entries[count] = entry
        count += 1
      }
    }
    entries.removeSubrange(count...)
  }

  private func append(_ string: String) -> Range<Int> {
    let start = text.count
    var string = string
    string.withUTF8 { unsafe text.append(copying: UnsafeRawBufferPointer($0)) }
    return start..<text.count
  }

  private func append(copyOf range: Range<Int>) {
    // Room first, for the text may move.
    _ = unsafe text.reserve(range.count)
    unsafe text.append(copying: bytes(range))
  }

  private func cut(_ range: Range<Int>) -> Range<Int> {
    let kept = unsafe UTF8Text.prefix(bytes(range), bytesMax: Self.limits.labelValueBytesMax).count
    return range.lowerBound..<range.lowerBound + kept
  }

  // MARK: Attributes

  private static func parts(
    of keyValue: ProtobufReader
  ) throws(ProtobufError) -> (key: UnsafeRawBufferPointer, value: ProtobufReader?) {
    var reader = keyValue
    var key = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    var value: ProtobufReader?
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(KeyValueField.key): unsafe key = try reader.readBytes()
      case ProtobufTag.bytes(KeyValueField.value): value = try reader.readMessage()
      default: try reader.skip(tag)
      }
    }
    return unsafe (key, value)
  }

  /// Appends a value as text; lists and objects as JSON, bytes in base64.
  ///
  /// Of several values the last counts.
  private func append(_ value: ProtobufReader?) throws(ProtobufError) -> Range<Int> {
    let start = text.count
    guard let value else { return start..<start }
    var reader = value
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(AnyValueField.string):
        text.truncate(to: start)
        unsafe text.append(utf8: try reader.readBytes())
      case ProtobufTag.varint(AnyValueField.int):
        text.truncate(to: start)
        text.append(decimal: Int64(bitPattern: try reader.readVarint()))
      case ProtobufTag.fixed64(AnyValueField.double):
        text.truncate(to: start)
        _ = append(NumberNotation.text(try reader.readDouble()))
      case ProtobufTag.varint(AnyValueField.bool):
        text.truncate(to: start)
        text.append(ascii: try reader.readBool() ? "true" : "false")
      case ProtobufTag.bytes(AnyValueField.bytes):
        text.truncate(to: start)
        unsafe text.append(base64: try reader.readBytes())
      case ProtobufTag.bytes(AnyValueField.array), ProtobufTag.bytes(AnyValueField.keyValueList):
        text.truncate(to: start)
        try appendJSON(value)
        return start..<text.count
      default: try reader.skip(tag)
      }
    }
    return start..<text.count
  }

  private func appendJSON(_ value: ProtobufReader) throws(ProtobufError) {
    scratch.removeAll(keepingBytesMax: 1 << 16)
    var allowance = TextAllowance(scratch)
    try AnyValueText.append(value, to: scratch, within: &allowance)
    // SAFETY: the scratch holds the count.
    let written = unsafe Array(UnsafeBufferPointer(start: scratch.base, count: scratch.count))
    guard let tree = AnyValue(otlpJSON: written[...]) else { return }
    var writer = JSONWriter(reservingCapacity: written.count)
    tree.writeJSON(to: &writer)
    unsafe writer.bytes.withUnsafeBytes { unsafe text.append(copying: $0) }
  }
}
