import Base
import Columns
import MetricsTables

/// The ids and labels of one exemplar as bytes of a request, while the request is decoded.
@safe
final class ExemplarBytes {
  /// Characters of the names and values of all labels, as in Prometheus (OpenMetrics 1.0, "Exemplars").
  static let charactersMax = 128
  private static let traceLabel = Array("trace_id".utf8)
  private static let spanLabel = Array("span_id".utf8)
  private static let traceDigitCount = 32
  private static let spanDigitCount = 16

  private let labels = LabelBytes()
  private var trace = TraceID(high: 0, low: 0)
  private var span = SpanID(0)
  private var characterCount = 0

  func removeAll() {
    labels.removeAll()
    trace = TraceID(high: 0, low: 0)
    span = SpanID(0)
    characterCount = 0
  }

  /// Characters that labels may still have.
  var charactersLeft: Int { Self.charactersMax - characterCount }

  /// Appends a label; one that is the valid id of a trace or span becomes it.
  ///
  /// - Parameters: bytes that live as long as the request is decoded.
  func append(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
    if value.count == Self.traceDigitCount, !trace.isValid, unsafe name.elementsEqual(Self.traceLabel),
      let id = unsafe TraceID(hex: String(decoding: value, as: UTF8.self)), id.isValid
    {
      return setTrace(id)
    }
    if value.count == Self.spanDigitCount, !span.isValid, unsafe name.elementsEqual(Self.spanLabel),
      let id = unsafe SpanID(hex: String(decoding: value, as: UTF8.self)), id.isValid
    {
      return setSpan(id)
    }
    characterCount += unsafe Self.characters(name) + Self.characters(value)
    unsafe labels.append(name, value)
  }

  func setTrace(_ id: TraceID) {
    trace = id
    characterCount += Self.traceLabel.count + Self.traceDigitCount
  }

  func setSpan(_ id: SpanID) {
    span = id
    characterCount += Self.spanLabel.count + Self.spanDigitCount
  }

  private static func characters(_ text: UnsafeRawBufferPointer) -> Int { unsafe text.count { $0 & 0xc0 != 0x80 } }

  /// Whether an id has taken the place of a label.
  func hasID(named name: UnsafeRawBufferPointer) -> Bool {
    unsafe trace.isValid && name.elementsEqual(Self.traceLabel) || span.isValid && name.elementsEqual(Self.spanLabel)
  }

  /// Sorts the labels; false where there are too many characters, or a name is there twice.
  func isValid() -> Bool {
    guard characterCount <= Self.charactersMax else { return false }
    if case .duplicate = labels.fault() { return false }
    let hasTrace = trace.isValid && labels.contains(Self.traceLabel)
    let hasSpan = span.isValid && labels.contains(Self.spanLabel)
    return !hasTrace && !hasSpan
  }

  /// Hash of all that tells an exemplar from others of the tenant; of one that is valid.
  func id(series: UInt64, value: Double, time: Int64) -> UInt64 {
    let numbers = [series, value.bitPattern, UInt64(bitPattern: time), trace.high, trace.low, span.rawValue]
    return unsafe numbers.withUnsafeBytes { unsafe ByteHash.hash($0, seed: labels.id) }
  }

  /// Appends the ids and the labels to a row.
  func append(to block: ExemplarBlock) {
    block.traceID.append(high: trace.high, low: trace.low)
    block.spanID.append(span.rawValue)
    labels.append(to: block.labels)
  }
}
